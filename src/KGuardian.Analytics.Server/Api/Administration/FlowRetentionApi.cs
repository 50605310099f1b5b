using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Options;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary>Retention and clearing of flow reports: <c>/api/v1/flow-reports/retention</c> and <c>DELETE /api/v1/flow-reports</c>.</summary>
internal static class FlowRetentionApi
{
    private const string DryRun = "dry_run";
    private const string Target = "flow-reports";

    public static void MapFlowRetention(this IEndpointRouteBuilder routes)
    {
        var reports = routes.MapGroup("/api/v1/flow-reports").AnswersErrorsAs(ErrorStyle.ErrorText);
        reports.MapGet("/retention", GetAsync).Needs(TokenRole.Read).Documented(AdministrationDocuments.GetRetention);
        reports.MapPut("/retention", PutAsync).OnTier(ServerRole.Ingest).Needs(TokenRole.Admin).Documented(AdministrationDocuments.PutRetention);
        reports.MapDelete("", ClearAsync).OnTier(ServerRole.Ingest).Needs(TokenRole.Admin).Documented(AdministrationDocuments.Clear);
    }

    private static async Task GetAsync(HttpContext context, RetentionPolicy retention)
    {
        WholeNumber.Read(context.Request.Query, DryRun, 1, RetentionPolicy.MaxDays, out var dryRun, out var problem);
        if ((WholeNumber.FindUnknown(context.Request.Query, DryRun) ?? problem) is { } refusal)
        {
            await ResultEnvelope.WriteErrorAsync(context, StatusCodes.Status400BadRequest, refusal);
        }
        else if (dryRun is { } days)
        {
            await PreviewAsync(context, retention, days);
        }
        else
        {
            await ResultEnvelope.WriteAsync(context, new { days = retention.Days });
        }
    }

    private static async Task PutAsync(HttpContext context, RetentionPolicy retention, AdminEventLog log)
    {
        WholeNumber.Read(context.Request.Query, DryRun, 1, RetentionPolicy.MaxDays, out var dryRun, out var problem);
        if ((WholeNumber.FindUnknown(context.Request.Query, DryRun) ?? problem) is { } refusal)
        {
            await ResultEnvelope.WriteErrorAsync(context, StatusCodes.Status400BadRequest, refusal);
            return;
        }

        if (dryRun is { } preview)
        {
            await PreviewAsync(context, retention, preview);
            return;
        }

        var (days, bodyProblem) = await ReadDaysAsync(context.Request);
        if (bodyProblem is not null)
        {
            await ResultEnvelope.WriteErrorAsync(context, StatusCodes.Status400BadRequest, bodyProblem);
            return;
        }

        // Once begun it is carried out, whether or not the client waits: the audit log must not miss it.
        var before = await retention.ChangeAsync(days, CancellationToken.None);
        log.Record(AdminActivity.RetentionChanged, Principal.Current(context).Initiator, Target, ("days_before", Text(before)), ("days", Text(days)));
        await ResultEnvelope.WriteMessageAsync(context, "Flow reports retention policy updated successfully");
    }

    private static async Task ClearAsync(HttpContext context, [FromServices] IngestTier? ingest, AdminEventLog log, IngestOptions options)
    {
        if (WholeNumber.FindUnknown(context.Request.Query) is { } refusal)
        {
            // "Delete those of one pod", say, must not delete everything.
            await ResultEnvelope.WriteErrorAsync(context, StatusCodes.Status400BadRequest, refusal);
            return;
        }

        if (options.Servers == IngestServers.Several)
        {
            await ResultEnvelope.WriteErrorAsync(
                context, StatusCodes.Status409Conflict,
                "several ingest servers take flows in (Ingest:Servers = several), which would bring some back: clear with one that runs alone, with Ingest:Servers = one");
            return;
        }

        var rows = await ingest!.ClearAsync();
        log.Record(AdminActivity.FlowsCleared, Principal.Current(context).Initiator, Target, ("flows", Text(rows)));
        await ResultEnvelope.WriteMessageAsync(context, "All flow reports cleared successfully");
    }

    private static async Task PreviewAsync(HttpContext context, RetentionPolicy retention, int days)
    {
        var preview = await retention.PreviewAsync(days, context.RequestAborted);
        await ResultEnvelope.WriteAsync(context, new
        {
            days,
            dry_run = true,
            oldest_day = preview.OldestDay,
            partitions = preview.Partitions.Count,
            rows = preview.Rows,
            bytes = preview.Bytes,
            expired = preview.Partitions.Select(partition => new
            {
                table = partition.TableName,
                day = partition.Day,
                rows = partition.Rows,
                bytes = partition.Bytes,
            }),
        });
    }

    private static async Task<(int Days, string? Problem)> ReadDaysAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
        {
            return (0, "the body must be application/json, such as {\"days\": 7}");
        }

        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            var root = body.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("days", out var days) || root.EnumerateObject().Count() != 1)
            {
                return (0, "the body must be an object with the one field days, such as {\"days\": 7}");
            }

            return days.ValueKind == JsonValueKind.Number && days.TryGetInt32(out var value) && value is >= 1 and <= RetentionPolicy.MaxDays
                ? (value, null)
                : (0, $"days must be a whole number from 1 to {RetentionPolicy.MaxDays}");
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or (IOException and not BadHttpRequestException))
        {
            // Not only JSON's: a packed body that is damaged, a name that is no text, such as "\ud800", and a chunk's size beyond 64 bits.
            return (0, $"the body is not JSON: {e.Message}");
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
