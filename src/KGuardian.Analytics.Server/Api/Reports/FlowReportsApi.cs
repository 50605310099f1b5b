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
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Reports;

/// <summary>
/// <c>GET /api/v1/flow-reports</c>, as pages or grouped by day or subscriber, and <c>/stats</c>. A flow is in the window in which it was first
/// seen; the pod that reported it is the subscriber, EGRESS is uplink and INGRESS downlink. Agents count no bytes: reports have observations instead.
/// </summary>
internal sealed class FlowReportsApi(FlowRequests requests, FlowReportReader reader, GroupedReports groups, RowStreamer streamer)
{
    private static readonly IntegerParameter Page = Parameter.Integer("page", "The page.", 1, int.MaxValue, 1, 1);
    private static readonly IntegerParameter PageSize = Parameter.Integer("per_page", "Reports of a page.", 1, 100, 25, 25);
    private static readonly ReportWindow Window = ReportWindow.Between(("start", "now-7d"), ("end", "now"));

    private static readonly ApiParameter<FlowFilter?> Subscriber = Parameter.Meaning<FlowFilter>(
        "subscriber_id", "The pod that reported: namespace/name or name.", "shop/shop-0", ("cannot be taken", "namespace/name or name"), PodId.Filter);

    private static readonly ApiParameter<int?> Protocol = Parameter.OptionalInteger("protocol", "The IP protocol's number.", 1, byte.MaxValue, 6);

    private static readonly ApiParameter<FlowFilter?> Source = Parameter.Meaning(
        "source", "Where flows come from: an address, with a port or without.", "10.244.2.10", ("cannot be taken", FlowEndpoint.Expected),
        text => FlowEndpoint.Parse(text)?.IsSource);

    private static readonly ApiParameter<FlowFilter?> Destination = Parameter.Meaning(
        "destination", "Where they go to.", "10.244.1.5:8080", ("cannot be taken", FlowEndpoint.Expected), text => FlowEndpoint.Parse(text)?.IsDestination);

    private static readonly ApiParameter<FlowFilter?> Direction = Parameter.Choice<FlowFilter>(
        "direction", "EGRESS is uplink, INGRESS downlink.", ("downlink", Is(FlowField.Direction, "INGRESS")), ("uplink", Is(FlowField.Direction, "EGRESS")));

    private static readonly ApiParameter<FlowFilter?> Action = Parameter.Choice<FlowFilter>(
        "action", "What was decided.", ("allow", Is(FlowField.Decision, "allow")), ("drop", Is(FlowField.Decision, "drop")));

    private static readonly ApiParameter<ReportGrouping?> GroupBy = Parameter.Choice<ReportGrouping>(
        "group_by", "All reports of the window by this, instead of a page.", ("day", ReportGrouping.Day), ("subscriber", ReportGrouping.Subscriber));

    private static readonly ApiParameter[] Filters = [Subscriber, Protocol, Source, Destination, Window.Start, Window.End, Direction, Action];

    private static readonly ApiOperation Reports = new(ApiFamily.FlowReports, "Reports on flows, as pages or grouped")
    {
        Parameters = [Page, PageSize, .. Filters, GroupBy],
        Answers = [ApiResponse.Ok("FlowReports")],
    };

    private static readonly ApiOperation Stats = new(ApiFamily.FlowReports, "Flows by protocol, and the most frequent uplink destinations")
    {
        Text = "Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age).",
        Parameters = Filters,
        Answers = [ApiResponse.Ok("FlowReportStats")],
    };

    private static readonly byte[] Begin = [.. "{\"result\":"u8];
    private static readonly byte[] End = [.. "}"u8];

    public static void Map(IEndpointRouteBuilder routes)
    {
        var reports = routes.MapGroup("/api/v1/flow-reports");
        reports.MapGet("", (HttpContext context, FlowReportsApi api) => api.GetAsync(context))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).WithOperation(Reports);
        reports.MapGet("/stats", (HttpContext context, FlowReportsApi api) => api.GetStatsAsync(context))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Aggregates).Cached().WithOperation(Stats);
    }

    private Task GetAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        // Groups come whole; clients may send what they send for lists.
        var (page, size) = (parameters.Get(Page), parameters.Get(PageSize));
        return parameters.Get(GroupBy) is { } grouping ? StreamAsync(context, parameters, grouping) : PageAsync(context, parameters, page, size);
    }

    private async Task PageAsync(HttpContext context, RequestParameters parameters, int page, int size)
    {
        var selection = await requests.SelectNowAsync(context, now => Selection(parameters, now));

        var found = await reader.PageAsync(selection, (page - 1L) * size, size, context.RequestAborted);
        await ResultEnvelope.WriteAsync(context, new { items = found.Rows.Select(Item), page, per_page = size, total_count = found.Total });
    }

    private async Task StreamAsync(HttpContext context, RequestParameters parameters, ReportGrouping grouping)
    {
        var selection = await requests.SelectNowAsync(context, now => Selection(parameters, now));
        await using var rows = await groups.StreamAsync(selection, grouping, context.RequestAborted);
        await streamer.CopyAsync(rows, Begin, End, context);
    }

    private async Task GetStatsAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var selection = await requests.SelectNowAsync(context, now => Selection(parameters, now));
        await ResultEnvelope.WriteAsync(context, await reader.StatsAsync(selection, context.RequestAborted));
    }

    private static FlowSelection Selection(RequestParameters parameters, DateTimeOffset now)
    {
        var protocol = parameters.Get(Protocol)?.ToString(CultureInfo.InvariantCulture);
        FlowFilter?[] filters =
        [
            parameters.Get(Subscriber), protocol is null ? null : Is(FlowField.Protocol, protocol), parameters.Get(Source), parameters.Get(Destination),
            parameters.Get(Direction), parameters.Get(Action),
        ];
        return new FlowSelection(Window.Read(parameters, now), FlowFilter.And(filters.OfType<FlowFilter>()));
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
