using System.Globalization;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Reports;

/// <summary><c>GET /api/events/network-traffic</c>: flows as traffic events, newest first; all that are kept unless a date says otherwise.</summary>
internal static class NetworkTrafficApi
{
    internal const int DefaultPageSize = 100;
    internal const int MaxPageSize = 1000;

    public const string Start = "TYPE_START";
    public const string End = "TYPE_END";
    public const string Drop = "TYPE_DROP";
    public const string UnknownDirection = "DIRECTION_UNKNOWN";

    private static readonly FlowFilter Nothing = FlowFilter.Not(FlowFilter.Everything);
    private static readonly FlowFilter Dropped = FlowFilter.Where(FlowField.Decision, FilterOperator.Equal, "DROP");

    public static void MapNetworkTraffic(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/events/network-traffic", GetAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).Documented(ReportDocuments.NetworkTraffic).AnswersErrorsAs(ErrorStyle.MessageAndCode);

    private static async Task GetAsync(HttpContext context, FlowRequests requests, TrafficEventReader reader)
    {
        var parameters = new QueryParameters(context.Request);
        var page = parameters.Integer("page", 1, int.MaxValue) ?? 1;
        var size = parameters.Integer("page_size", 1, MaxPageSize) ?? DefaultPageSize;
        var selection = await requests.SelectNowAsync(context, now => Selection(parameters, now));

        var found = await reader.PageAsync(selection, (page - 1L) * size, size, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(
            new
            {
                data = found.Rows.Select(NetworkTrafficEvent.Of),
                page,
                page_size = size,
                total_records = found.Total,
                total_pages = (found.Total + size - 1) / size,
            },
            context.RequestAborted);
    }

    private static FlowSelection Selection(QueryParameters parameters, DateTimeOffset now)
    {
        var protocol = parameters.Integer("protocol", 0, byte.MaxValue)?.ToString(CultureInfo.InvariantCulture);
        FlowFilter?[] filters =
        [
            // Agents know of no users, and of no kind of connection: those flows there are none of.
            parameters.Text("user_id") is null ? null : Nothing,
            parameters.WordOrNone("connection_type", "P2P", "ROUTED") is null ? null : Nothing,
            parameters.Read("reporter_id", "namespace/name or name", PodId.Filter),
            protocol is null ? null : FlowFilter.Where(FlowField.Protocol, FilterOperator.Equal, protocol),
            parameters.WordOrNone("type", Start, End, Drop) switch
            {
                Start => FlowFilter.Not(Dropped),
                Drop => Dropped,
                End => Nothing,
                _ => null,
            },
            parameters.WordOrNone("direction", "INGRESS", "EGRESS", UnknownDirection) switch
            {
                UnknownDirection => FlowFilter.Where(FlowField.Direction, FilterOperator.NotIn, "INGRESS", "EGRESS"),
                { } direction => FlowFilter.Where(FlowField.Direction, FilterOperator.Equal, direction),
                _ => null,
            },
            parameters.Read("search", "a text", Search),
        ];
        var window = ReportWindow.Read(parameters, ("start_date", "1900-01-01"), ("end_date", "2299-12-31"), now);
        return new FlowSelection(window, FlowFilter.And(filters.OfType<FlowFilter>()));
    }

    /// <summary>Names and addresses as they are shown: a name may have its namespace before it, an address its port behind it.</summary>
    private static FlowFilter Search(string text)
    {
        var found = new List<FlowFilter> { FlowFilter.Where(FlowField.Search, FilterOperator.Contains, text) };
        if (FlowEndpoint.Parse(text) is { Address: not null, Port: not null } end)
            found.AddRange([end.IsSource, end.IsDestination]);
        if (text.Contains('/', StringComparison.Ordinal))
            found.Add(PodId.Filter(text));
        return FlowFilter.Or(found);
    }
}
