using System.Text.Encodings.Web;
using System.Text.Json;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Backups;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary>Backups of the store: <c>/api/v1/admin/backups</c>. A restore needs the store for itself, so it is a command only.</summary>
internal static class BackupsApi
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const string OrderExample = "application/json such as {} or {\"to\": \"/mnt/backups\", \"full\": true}";
    private const string CheckExample = "application/json such as {} or {\"to\": \"/mnt/backups\"}";

    public static void MapBackups(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/admin/backups", ListAsync).Needs(TokenRole.Admin).Documented(AdministrationDocuments.Backups);
        routes.MapPost("/api/v1/admin/backups", StartAsync).Needs(TokenRole.Admin).Documented(AdministrationDocuments.Backup);
        routes.MapPost("/api/v1/admin/backups/check", CheckAsync).Needs(TokenRole.Admin).Documented(AdministrationDocuments.CheckBackups);
    }

    private static async Task CheckAsync(HttpContext context, BackupInspector inspector, BackupCatalog catalog)
    {
        _ = new QueryParameters(context.Request);
        var (to, _) = await ReadAsync(context.Request, CheckExample, isOrder: false);
        var listed = await inspector.LookAsync(await catalog.ListAsync(context.RequestAborted), to is null ? null : Parse(to), context.RequestAborted);
        await context.Response.WriteAsJsonAsync(listed, SnakeCase, context.RequestAborted);
    }

    private static async Task ListAsync(HttpContext context, BackupRunner runner, BackupCatalog catalog)
    {
        _ = new QueryParameters(context.Request);
        // Before the list: what has just been done is in it.
        var current = runner.Current;
        var backups = await catalog.ListAsync(context.RequestAborted);
        await context.Response.WriteAsJsonAsync(new { current, backups }, SnakeCase, context.RequestAborted);
    }

    private static async Task StartAsync(HttpContext context, BackupRunner runner, LocalNodeHandle node)
    {
        _ = new QueryParameters(context.Request);
        var (to, full) = await ReadAsync(context.Request, OrderExample, isOrder: true);
        var job = runner.TryStart(DestinationOf(to, node.BackupDirectory), full, Principal.Current(context).Initiator);
        if (job is null)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status409Conflict, "A backup is being made", "One at a time: GET /api/v1/admin/backups says how far it is.");
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsJsonAsync(job, SnakeCase, context.RequestAborted);
    }

    /// <summary>The local node may write to one directory; names in it are relative to it, so that backups that build on each other can be moved together.</summary>
    private static BackupDestination DestinationOf(string? to, string? nodeDirectory)
    {
        var destination = to is not null ? Parse(to) : nodeDirectory is not null ? BackupDestination.In(nodeDirectory) : BackupDestination.Default;
        if (nodeDirectory is null || !destination.IsFile || destination.Path.Length == 0)
        {
            return destination;
        }

        return Path.TrimEndingDirectorySeparator(Path.GetFullPath(destination.Path)) == Path.TrimEndingDirectorySeparator(nodeDirectory)
            ? BackupDestination.In(nodeDirectory)
            : throw new ParameterException(
                "to", destination.Path, "is not where this server's local node may write",
                $"{nodeDirectory}, which the setting Node:BackupDirectory names; or stop the server, and 'kguardian-analytics backup' can write anywhere");
    }

    private static BackupDestination Parse(string to)
    {
        try
        {
            return BackupDestination.Parse(to);
        }
        catch (FormatException e)
        {
            throw new ParameterException("to", null, e.Message, "a place for backups, or to left out for the one that is configured");
        }
    }

    private static async Task<(string? To, bool Full)> ReadAsync(HttpRequest request, string allowed, bool isOrder)
    {
        if (!request.HasJsonContentType())
        {
            throw new ParameterException("body", request.ContentType, "is not JSON", allowed);
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            if (body.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new ParameterException("body", null, "is no object", allowed);
            }

            string? to = null;
            var full = false;
            foreach (var field in body.RootElement.EnumerateObject())
            {
                switch (field.Name, field.Value.ValueKind)
                {
                    case ("to", JsonValueKind.String):
                        to = field.Value.GetString();
                        break;
                    case ("full", JsonValueKind.True or JsonValueKind.False) when isOrder:
                        full = field.Value.GetBoolean();
                        break;
                    default:
                        throw new ParameterException(field.Name, null, "is no field of the body, or not of its type", allowed);
                }
            }

            return (to, full);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or (IOException and not BadHttpRequestException))
        {
            // Not only JSON's: a packed body that is damaged, a name that is no text, such as "\ud800", and a chunk's size beyond 64 bits.
            throw new ParameterException("body", null, $"is not JSON: {e.Message}", allowed);
        }
    }
}
