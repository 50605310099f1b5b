using System.Globalization;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Reports;

/// <summary><c>GET /api/events/network-traffic</c>: flows as traffic events, newest first; all that are kept unless a date says otherwise.</summary>
internal static class NetworkTrafficApi
{
    public const string Start = "TYPE_START";
    public const string End = "TYPE_END";
    public const string Drop = "TYPE_DROP";
    public const string UnknownDirection = "DIRECTION_UNKNOWN";

    private static readonly FlowFilter Nothing = FlowFilter.Not(FlowFilter.Everything);
    private static readonly FlowFilter Dropped = Is(FlowField.Decision, "DROP");

    private static readonly IntegerParameter Page = Parameter.Integer("page", "The page.", 1, int.MaxValue, 1, 1);
    private static readonly IntegerParameter PageSize = Parameter.Integer("page_size", "Events of a page.", 1, 1000, 100, 100);
    private static readonly ReportWindow Window = ReportWindow.Between(("start_date", "1900-01-01"), ("end_date", "2299-12-31"));

    // Agents know of no users, and of no kind of connection: those flows there are none of.
    private static readonly ApiParameter<string?> User = Parameter.Text("user_id", "A user; no flow has one.", "nobody");

    private static readonly ApiParameter<FlowFilter?> Connection = Parameter.Choice(
        "connection_type", "The kind of connection; no flow has one.", ("P2P", Nothing), ("ROUTED", Nothing));

    private static readonly ApiParameter<FlowFilter?> Reporter = Parameter.Meaning<FlowFilter>(
        "reporter_id", "The pod that reported: namespace/name or name.", "shop/shop-0", ("cannot be taken", "namespace/name or name"), PodId.Filter);

    private static readonly ApiParameter<int?> Protocol = Parameter.OptionalInteger("protocol", "The IP protocol's number.", 0, byte.MaxValue, 6);

    private static readonly ApiParameter<FlowFilter?> Type = Parameter.Choice(
        "type", "The kind of event.", (Start, FlowFilter.Not(Dropped)), (End, Nothing), (Drop, Dropped));

    private static readonly ApiParameter<FlowFilter?> Direction = Parameter.Choice<FlowFilter>(
        "direction", "As the pod sees it.", ("INGRESS", Is(FlowField.Direction, "INGRESS")), ("EGRESS", Is(FlowField.Direction, "EGRESS")),
        (UnknownDirection, FlowFilter.Where(FlowField.Direction, FilterOperator.NotIn, "INGRESS", "EGRESS")));

    private static readonly ApiParameter<FlowFilter?> Search = Parameter.Meaning<FlowFilter>(
        "search", "Text in names and addresses.", "shop", ("cannot be taken", "a text"), SearchFor);

    private static readonly ApiOperation Events = new(ApiFamily.Events, "Flows as traffic events, newest first")
    {
        Text = "What agents do not see is null or empty: bytes, packets, users, policies, places.",
        Parameters = [Page, PageSize, User, Reporter, Protocol, Type, Connection, Direction, Search, Window.Start, Window.End],
        Answers = [ApiResponse.Ok("TrafficEvents")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/events/network-traffic", GetAsync)
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).WithOperation(Events);

    private static async Task GetAsync(HttpContext context, FlowRequests requests, TrafficEventReader reader, QueryMetrics metrics)
    {
        var parameters = RequestParameters.Of(context);
        var (page, size) = (parameters.Get(Page), parameters.Get(PageSize));
        var selection = await requests.SelectNowAsync(context, now => Selection(parameters, now));

        var found = await reader.PageAsync(selection, (page - 1L) * size, size, context.RequestAborted);
        metrics.UnknownEnds.Add(found.Rows.Count(row => row.PeerEnd is null));
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

    private static FlowSelection Selection(RequestParameters parameters, DateTimeOffset now)
    {
        var protocol = parameters.Get(Protocol)?.ToString(CultureInfo.InvariantCulture);
        FlowFilter?[] filters =
        [
            parameters.Has(User) ? Nothing : null, parameters.Get(Connection), parameters.Get(Reporter),
            protocol is null ? null : Is(FlowField.Protocol, protocol), parameters.Get(Type), parameters.Get(Direction), parameters.Get(Search),
        ];
        return new FlowSelection(Window.Read(parameters, now), FlowFilter.And(filters.OfType<FlowFilter>()));
    }

    private static FlowFilter Is(FlowField field, string value) => FlowFilter.Where(field, FilterOperator.Equal, value);

    /// <summary>Names and addresses as they are shown: a name may have its namespace before it, an address its port behind it.</summary>
    private static FlowFilter SearchFor(string text)
    {
        var found = new List<FlowFilter> { FlowFilter.Where(FlowField.Search, FilterOperator.Contains, text) };
        if (FlowEndpoint.Parse(text) is { Address: not null, Port: not null } end)
        {
            found.AddRange([end.IsSource, end.IsDestination]);
        }

        if (text.Contains('/', StringComparison.Ordinal))
        {
            found.Add(PodId.Filter(text));
        }

        return FlowFilter.Or(found);
    }
}
