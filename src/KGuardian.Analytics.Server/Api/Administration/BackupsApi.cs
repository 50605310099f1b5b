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
    private static readonly ApiOperation Backups = new(ApiFamily.Administration, "The backups that were made, newest first, and the one that runs")
    {
        Answers = [ApiResponse.Ok("Backups")],
    };

    private static readonly ApiOperation Start = new(ApiFamily.Administration, "Begins a backup")
    {
        Text = "It has everything that was acknowledged before, and is made in the background. "
            + "It builds on the last one at the same place, unless full says otherwise.",
        Body = "BackupOrder",
        Answers =
        [
            new(StatusCodes.Status202Accepted, "BackupJob", Text: "It has begun."),
            ApiResponse.Error(ApiFamily.Administration, StatusCodes.Status409Conflict, "Another one runs."),
        ],
    };

    private static readonly ApiOperation Check = new(ApiFamily.Administration, "Looks whether the backups that were made are there")
    {
        Text = "Each is opened, with all that it builds on, and its manifest compared with what was backed up. Nothing is changed. "
            + "What needs keys is looked at when to names its place with them.",
        Body = "BackupPlace",
        Answers = [ApiResponse.Ok("CheckedBackups")],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/admin/backups", ListAsync).RequireRole(TokenRole.Admin).WithOperation(Backups);
        routes.MapPost("/api/v1/admin/backups", StartAsync).RequireRole(TokenRole.Admin).WithOperation(Start);
        routes.MapPost("/api/v1/admin/backups/check", CheckAsync).RequireRole(TokenRole.Admin).WithOperation(Check);
    }

    private static async Task CheckAsync(HttpContext context, BackupInspector inspector, BackupCatalog catalog)
    {
        RequestParameters.RefuseAll(context);
        var body = await JsonBody.ReadAsync(context.Request, """{} or {"to": "/mnt/backups"}""", "to");
        var place = body.Text("to") is { } to ? Parse(to) : null;
        var listed = await inspector.LookAsync(await catalog.ListAsync(context.RequestAborted), place, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(listed, SnakeCaseJson.Plain, context.RequestAborted);
    }

    private static async Task ListAsync(HttpContext context, BackupRunner runner, BackupCatalog catalog)
    {
        RequestParameters.RefuseAll(context);
        // Before the list: what has just been done is in it.
        var current = runner.Current;
        var backups = await catalog.ListAsync(context.RequestAborted);
        await context.Response.WriteAsJsonAsync(new { current, backups }, SnakeCaseJson.Plain, context.RequestAborted);
    }

    private static async Task StartAsync(HttpContext context, BackupRunner runner, LocalNodeHandle node)
    {
        RequestParameters.RefuseAll(context);
        var body = await JsonBody.ReadAsync(context.Request, """{} or {"to": "/mnt/backups", "full": true}""", "to", "full");
        var (to, full) = (body.Text("to"), body.Flag("full"));
        var job = runner.TryStart(DestinationOf(to, node.BackupDirectory), full, Principal.Current(context).Initiator);
        if (job is null)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status409Conflict, "A backup is being made", "One at a time: GET /api/v1/admin/backups says how far it is.");
            return;
        }

        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsJsonAsync(job, SnakeCaseJson.Plain, context.RequestAborted);
    }

    /// <summary>
    /// The local node may write to one directory; names in it are relative to it, so that backups that build on each other can be moved together.
    /// </summary>
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
}
