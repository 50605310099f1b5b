using System.Text.Json;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>
/// <c>GET /api/v1/flows/count</c>, <c>/top</c>, <c>/timeseries</c> and <c>/edges</c>: flows counted, each once, when it was first
/// seen, or how often they were seen.
/// </summary>
internal static class FlowCountsApi
{
    private const int MostDimensions = 3;

    private static readonly FlowDimension[] EdgeOfPods = FlowDimension.Of("namespace", "pod", "direction", "peer_ip", "peer_port", "protocol", "decision");
    private static readonly FlowDimension[] EdgeOfNamespaces = FlowDimension.Of("namespace", "direction", "peer_ip", "peer_port", "protocol", "decision");


    private static readonly FlowDimension[] EdgeOfWorkloads = FlowDimension.Of(
        "namespace", "workload_kind", "workload", "direction", "peer_type", "peer_namespace", "peer_workload", "peer_service", "peer_port", "protocol",
        "decision");

    private static readonly ApiParameter<bool> IsExact = Parameter.Word("mode", "Exact, or bounds from the index, at once.", ("exact", true), ("fast", false));

    private static readonly ApiParameter<IReadOnlyList<FlowDimension>> Dimensions = Parameter.List(
        "by", "What is counted by.",
        [.. FlowDimension.All.Select(dimension => (dimension.Name, dimension))], MostDimensions, FlowDimension.Of("pod"), "namespace,decision");

    private static readonly ApiParameter<FlowMetric> Metric = Parameter.Word(
        "metric", "What is counted: flows, or how often they were seen.", ("flows", FlowMetric.Flows), ("observations", FlowMetric.Observations));

    private static readonly IntegerParameter TopLimit = Parameter.Integer("limit", "Most rows; other says what is left over.", 1, 1000, 10, 5);

    private static readonly ApiParameter<bool> CollapsesPorts = Parameter.Word("collapse", "Counts ephemeral ports as one.", ("none", false), ("ports", true));

    private static readonly ApiParameter<bool> IsActivity = Parameter.Word(
        "metric", "New flows, or observations: these are known by the hour, so the window widens to whole hours.", ("new", false), ("active", true));

    private static readonly ApiParameter<FlowDimension[]> Ends = Parameter.Word(
        "by", "What the ends are: a pod or its namespace and an address, or the workloads of both, as of each flow's time.",
        ("pod", EdgeOfPods), ("namespace", EdgeOfNamespaces), ("workload", EdgeOfWorkloads));
    private static readonly IntegerParameter EdgeLimit = Parameter.Integer("limit", "Most pairs.", 1, 10_000, 1000, 100);

    private static readonly ApiOperation Count = Aggregate("How many flows there are", "FlowCount", IsExact);
    private static readonly ApiOperation Top = Aggregate(
        "The most frequent values of one to three dimensions", "FlowTop", Dimensions, Metric, TopLimit, CollapsesPorts);
    private static readonly ApiOperation Series = Aggregate("Flows over time", "FlowSeries", IsActivity, SeriesStep.Step);
    private static readonly ApiOperation Edges = Aggregate("Who talks to whom, the pairs of most flows first", "FlowEdges", Ends, EdgeLimit, CollapsesPorts);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var flows = routes.MapGroup("/api/v1/flows").LimitedPerClient(ClientLimits.Aggregates).Cached();
        flows.MapGet("/count", CountAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Count);
        flows.MapGet("/top", TopAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Top);
        flows.MapGet("/timeseries", SeriesAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Series);
        flows.MapGet("/edges", EdgesAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Edges);
    }

    private static ApiOperation Aggregate(string summary, string schema, params ApiParameter[] parameters) => new(ApiFamily.Flows, summary)
    {
        Text = "Each flow counts once, when it was first seen. Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age).",
        Parameters = [FlowRequests.From, FlowRequests.To, FlowRequests.Filter, .. parameters],
        Answers = [ApiResponse.Ok(schema)],
    };

    private static async Task CountAsync(HttpContext context, FlowRequests requests, FlowAggregates counter)
    {
        var parameters = RequestParameters.Of(context);
        var isExact = parameters.Get(IsExact);
        var selection = await requests.SelectNowAsync(context, parameters);
        if (isExact)
        {
            var (flows, summary) = await counter.CountAsync(selection, context.RequestAborted);
            await FlowResponses.WriteAsync(context, summary, selection.Window, isCut: false, json => Write(json, new CountEstimate(flows, flows)));
            return;
        }

        var estimate = await counter.EstimateAsync(selection, context.RequestAborted);
        await FlowResponses.WriteAsync(context, default(ClickHouseSummary), selection.Window, isCut: false, json => Write(json, estimate));
    }

    private static async Task TopAsync(HttpContext context, FlowRequests requests, FlowAggregates counter)
    {
        var parameters = RequestParameters.Of(context);
        var (by, metric) = (parameters.Get(Dimensions), parameters.Get(Metric));
        var (limit, collapsePorts) = (parameters.Get(TopLimit), parameters.Get(CollapsesPorts));
        var selection = await requests.SelectNowAsync(context, parameters);

        var (rows, rest) = await counter.TopAsync(
            selection, by, metric, collapsePorts, limit, context.RequestAborted);
        await FlowResponses.WriteAsync(context, rows, selection.Window, rest.Groups > 0, json =>
        {
            json.WriteStartObject("other");
            json.WriteNumber("groups", rest.Groups);
            json.WriteNumber("flows", rest.Flows);
            if (metric == FlowMetric.Observations)
            {
                json.WriteNumber("observations", rest.Observations);
            }

            json.WriteEndObject();
            json.WriteString("metric", parameters.TextOf(Metric));
        });
    }

    private static async Task SeriesAsync(HttpContext context, FlowRequests requests, FlowAggregates counter)
    {
        var parameters = RequestParameters.Of(context);
        var isActivity = parameters.Get(IsActivity);
        var selection = await requests.SelectNowAsync(context, parameters);
        if (isActivity)
        {
            selection = selection with { Window = selection.Window.InHours() };
        }

        var step = SeriesStep.Of(parameters, selection.Window, isActivity ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1));

        var rows = isActivity
            ? await counter.ActivityAsync(selection, step, context.RequestAborted)
            : await counter.SeriesAsync(selection, step, context.RequestAborted);
        await FlowResponses.WriteAsync(context, rows, selection.Window, isCut: false, json =>
        {
            json.WriteString("metric", isActivity ? "active" : "new");
            json.WriteString("time", isActivity ? "observed" : "first_seen");
            json.WriteNumber("step_seconds", (long)step.TotalSeconds);
        });
    }

    private static async Task EdgesAsync(HttpContext context, FlowRequests requests, FlowAggregates counter)
    {
        var parameters = RequestParameters.Of(context);
        var ends = parameters.Get(Ends);
        var (limit, collapsePorts) = (parameters.Get(EdgeLimit), parameters.Get(CollapsesPorts));
        var selection = await requests.SelectNowAsync(context, parameters);

        var rows = await counter.EdgesAsync(selection, ends, collapsePorts, limit, context.RequestAborted);
        await FlowResponses.WriteAsync(context, rows, selection.Window, rows.IsCut);
    }

    private static void Write(Utf8JsonWriter json, CountEstimate count)
    {
        json.WriteNumber("flows", count.Flows);
        json.WriteBoolean("exact", count.Error == 0);
        json.WriteNumber("error", count.Error);
        json.WriteNumber("at_least", count.AtLeast);
        json.WriteNumber("at_most", count.AtMost);
    }
}
