using System.Globalization;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Administration;

/// <summary>Retention and clearing of flow reports: <c>/api/v1/flow-reports/retention</c> and <c>DELETE /api/v1/flow-reports</c>.</summary>
internal static class FlowRetentionApi
{
    private const string Target = "flow-reports";

    private static readonly ApiParameter<int?> DryRun = Parameter.OptionalInteger(
        "dry_run", "Answers what would go if so many days were kept; nothing is changed.", 1, RetentionPolicy.MaxDays, 7);

    private static readonly ApiOperation Get = new(ApiFamily.FlowReports, "How many days flows are kept")
    {
        Parameters = [DryRun],
        Answers = [ApiResponse.Ok("RetentionResult")],
    };

    private static readonly ApiOperation Put = new(ApiFamily.FlowReports, "Changes how many days flows are kept")
    {
        Text = "What that leaves behind goes at once.",
        Parameters = [DryRun],
        Body = "Retention",
        Answers = [ApiResponse.Ok("RetentionChange")],
    };

    private static readonly ApiOperation Clear = new(ApiFamily.FlowReports, "Clears all flows") { Answers = [ApiResponse.Ok("Done")] };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var reports = routes.MapGroup("/api/v1/flow-reports");
        reports.MapGet("/retention", GetAsync).RequireRole(TokenRole.Read).WithOperation(Get);
        reports.MapPut("/retention", PutAsync).OnServer(ServerRole.Ingest).RequireRole(TokenRole.Admin).WithOperation(Put);
        reports.MapDelete("", ClearAsync).OnServer(ServerRole.Ingest).RequireRole(TokenRole.Admin).WithOperation(Clear);
    }

    private static Task GetAsync(HttpContext context, RetentionPolicy retention) =>
        RequestParameters.Of(context).Get(DryRun) is { } days
            ? PreviewAsync(context, retention, days)
            : ResultEnvelope.WriteAsync(context, new { days = retention.Days });

    private static async Task PutAsync(HttpContext context, RetentionPolicy retention, AdminEventLog log)
    {
        if (RequestParameters.Of(context).Get(DryRun) is { } preview)
        {
            await PreviewAsync(context, retention, preview);
            return;
        }

        var body = await JsonBody.ReadAsync(context.Request, """{"days": 7}""", "days");
        var days = body.Integer("days", 1, RetentionPolicy.MaxDays);
        // Once begun it is carried out, whether or not the client waits: the audit log must not miss it.
        var before = await retention.ChangeAsync(days, CancellationToken.None);
        log.Record(AdminActivity.RetentionChanged, Principal.Current(context).Initiator, Target, ("days_before", Text(before)), ("days", Text(days)));
        await ResultEnvelope.WriteMessageAsync(context, "Flow reports retention policy updated successfully");
    }

    private static async Task ClearAsync(HttpContext context, [FromServices] IngestTier? ingest, AdminEventLog log, IngestOptions options)
    {
        // "Delete those of one pod", say, must not delete everything.
        RequestParameters.RefuseAll(context);
        if (options.Servers == IngestServers.Several)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status409Conflict, "Flows of several ingest servers cannot be cleared",
                "several ingest servers take flows in (Ingest:Servers = several), which would bring some back: "
                + "clear with one that runs alone, with Ingest:Servers = one");
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

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
