using System.Globalization;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Reports;

/// <summary>
/// <c>GET /api/v1/flow-reports</c>, as pages or grouped by day or subscriber, and <c>/stats</c>. A flow is in the window in which it was first
/// seen; the pod that reported it is the subscriber, EGRESS is uplink and INGRESS downlink. Agents count no bytes: reports have observations instead.
/// </summary>
internal static class FlowReportsApi
{
    internal const int DefaultPageSize = 25;
    internal const int MaxPageSize = 100;

    private static readonly byte[] Begin = [.. "{\"result\":"u8];
    private static readonly byte[] End = [.. "}"u8];

    public static void MapFlowReports(this IEndpointRouteBuilder routes)
    {
        var reports = routes.MapGroup("/api/v1/flow-reports").AnswersErrorsAs(ErrorStyle.ErrorText);
        reports.MapGet("", GetAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).Documented(ReportDocuments.Reports);
        reports.MapGet("/stats", GetStatsAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).LimitedPerClient(ClientLimits.Aggregates).Cached().Documented(ReportDocuments.Stats);
    }

    private static Task GetAsync(HttpContext context, FlowRequests requests, FlowReportReader reader, GroupedReports groups, RowStreamer streamer)
    {
        var parameters = new QueryParameters(context.Request);
        // Groups come whole; clients may send what they send for lists.
        var page = parameters.Integer("page", 1, int.MaxValue) ?? 1;
        var size = parameters.Integer("per_page", 1, MaxPageSize) ?? DefaultPageSize;
        return parameters.WordOrNone("group_by", "day", "subscriber") switch
        {
            "day" => StreamAsync(context, parameters, ReportGrouping.Day, requests, groups, streamer),
            "subscriber" => StreamAsync(context, parameters, ReportGrouping.Subscriber, requests, groups, streamer),
            _ => PageAsync(context, parameters, page, size, requests, reader),
        };
    }

    private static async Task PageAsync(
        HttpContext context, QueryParameters parameters, int page, int size, FlowRequests requests, FlowReportReader reader)
    {
        var selection = await requests.SelectNowAsync(context, now => Selection(parameters, now));

        var found = await reader.PageAsync(selection, (page - 1L) * size, size, context.RequestAborted);
        await ResultEnvelope.WriteAsync(context, new { items = found.Rows.Select(Item), page, per_page = size, total_count = found.Total });
    }

    private static async Task StreamAsync(
        HttpContext context, QueryParameters parameters, ReportGrouping grouping, FlowRequests requests, GroupedReports groups, RowStreamer streamer)
    {
        var selection = await requests.SelectNowAsync(context, now => Selection(parameters, now));
        await using var rows = await groups.StreamAsync(selection, grouping, context.RequestAborted);
        await streamer.CopyAsync(rows, Begin, End, context);
    }

    private static async Task GetStatsAsync(HttpContext context, FlowRequests requests, FlowReportReader reader)
    {
        var parameters = new QueryParameters(context.Request);
        var selection = await requests.SelectNowAsync(context, now => Selection(parameters, now));
        await ResultEnvelope.WriteAsync(context, await reader.StatsAsync(selection, context.RequestAborted));
    }

    private static FlowSelection Selection(QueryParameters parameters, DateTimeOffset now)
    {
        var protocol = parameters.Integer("protocol", 1, byte.MaxValue)?.ToString(CultureInfo.InvariantCulture);
        var direction = parameters.WordOrNone("direction", "uplink", "downlink");
        var action = parameters.WordOrNone("action", "allow", "drop");
        FlowFilter?[] filters =
        [
            parameters.Read("subscriber_id", "namespace/name or name", PodId.Filter),
            protocol is null ? null : Is(FlowField.Protocol, protocol),
            parameters.Read("source", FlowEndpoint.Expected, text => FlowEndpoint.Parse(text)?.IsSource),
            parameters.Read("destination", FlowEndpoint.Expected, text => FlowEndpoint.Parse(text)?.IsDestination),
            direction is null ? null : Is(FlowField.Direction, direction == "uplink" ? "EGRESS" : "INGRESS"),
            action is null ? null : Is(FlowField.Decision, action),
        ];
        return new FlowSelection(ReportWindow.Read(parameters, ("start", "now-7d"), ("end", "now"), now), FlowFilter.And(filters.OfType<FlowFilter>()));
    }

    private static FlowFilter Is(FlowField field, string value) => FlowFilter.Where(field, FilterOperator.Equal, value);

    private static object Item(FlowReport report) => new
    {
        report.Id,
        report.SubscriberId,
        report.SourceIp,
        report.DestinationIp,
        report.SourcePort,
        report.DestinationPort,
        report.Protocol,
        report.Observations,
        report.StartTime,
        report.EndTime,
        report.Direction,
        report.Action,
        report.Uuid,
    };
}
