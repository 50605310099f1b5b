using System.Text.Json;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary><c>GET /api/v1/flows/count</c>, <c>/top</c>, <c>/timeseries</c> and <c>/edges</c>: flows counted, each once, when it was first seen, or how often they were seen.</summary>
internal static class FlowCountsApi
{
    internal const int DefaultTop = 10;
    internal const int DefaultEdges = 1000;
    internal const int MostEdges = 10_000;
    internal const int MostRows = 1000;
    internal const int MostDimensions = 3;

    private static readonly string[] EdgeOfPods = ["namespace", "pod", "direction", "peer_ip", "peer_port", "protocol", "decision"];
    private static readonly string[] EdgeOfNamespaces = ["namespace", "direction", "peer_ip", "peer_port", "protocol", "decision"];

    public static void MapFlowCounts(this IEndpointRouteBuilder routes)
    {
        var flows = routes.MapGroup("/api/v1/flows").LimitedPerClient(ClientLimits.Aggregates).Cached();
        flows.MapGet("/count", CountAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).Documented(FlowDocuments.Count);
        flows.MapGet("/top", TopAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).Documented(FlowDocuments.Top);
        flows.MapGet("/timeseries", SeriesAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).Documented(FlowDocuments.Series);
        flows.MapGet("/edges", EdgesAsync).OnTier(ServerRole.Query).Needs(TokenRole.Read).Documented(FlowDocuments.Edges);
    }

    private static async Task CountAsync(HttpContext context, FlowRequests requests, FlowCounter counter)
    {
        var parameters = new QueryParameters(context.Request);
        var mode = parameters.Word("mode", "exact", "fast");
        var selection = await requests.SelectNowAsync(context, parameters);
        if (mode == "exact")
        {
            var (flows, summary) = await counter.CountAsync(selection, context.RequestAborted);
            await FlowAnswers.WriteAsync(context, summary, selection.Window, isCut: false, json => Write(json, new CountEstimate(flows, flows)));
            return;
        }

        var estimate = await counter.EstimateAsync(selection, context.RequestAborted);
        await FlowAnswers.WriteAsync(context, default(ClickHouseSummary), selection.Window, isCut: false, json => Write(json, estimate));
    }

    private static async Task TopAsync(HttpContext context, FlowRequests requests, FlowCounter counter)
    {
        var parameters = new QueryParameters(context.Request);
        var by = parameters.List("by", FlowDimension.Find, FlowDimension.All.Select(dimension => dimension.Name), MostDimensions)
            ?? [FlowDimension.Find("pod")!];
        var metric = parameters.Word("metric", "flows", "observations");
        var limit = parameters.Integer("limit", 1, MostRows) ?? DefaultTop;
        var collapsePorts = CollapsesPorts(parameters);
        var selection = await requests.SelectNowAsync(context, parameters);

        var (rows, rest) = await counter.TopAsync(
            selection, by, metric == "flows" ? FlowMetric.Flows : FlowMetric.Observations, collapsePorts, limit, context.RequestAborted);
        await FlowAnswers.WriteAsync(context, rows, selection.Window, rest.Groups > 0, json =>
        {
            json.WriteStartObject("other");
            json.WriteNumber("groups", rest.Groups);
            json.WriteNumber("flows", rest.Flows);
            if (metric == "observations")
                json.WriteNumber("observations", rest.Observations);
            json.WriteEndObject();
            json.WriteString("metric", metric);
        });
    }

    private static async Task SeriesAsync(HttpContext context, FlowRequests requests, FlowCounter counter)
    {
        var parameters = new QueryParameters(context.Request);
        var isActivity = parameters.Word("metric", "new", "active") == "active";
        var selection = await requests.SelectNowAsync(context, parameters);
        if (isActivity)
            selection = selection with { Window = selection.Window.InHours() };
        var step = SeriesStep.Of(parameters, selection.Window, isActivity ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(1));

        var rows = isActivity
            ? await counter.ActivityAsync(selection, step, context.RequestAborted)
            : await counter.SeriesAsync(selection, step, context.RequestAborted);
        await FlowAnswers.WriteAsync(context, rows, selection.Window, isCut: false, json =>
        {
            json.WriteString("metric", isActivity ? "active" : "new");
            json.WriteString("time", isActivity ? "observed" : "first_seen");
            json.WriteNumber("step_seconds", (long)step.TotalSeconds);
        });
    }

    private static async Task EdgesAsync(HttpContext context, FlowRequests requests, FlowCounter counter)
    {
        var parameters = new QueryParameters(context.Request);
        var ends = FlowDimension.Of(parameters.Word("by", "pod", "namespace") == "pod" ? EdgeOfPods : EdgeOfNamespaces);
        var limit = parameters.Integer("limit", 1, MostEdges) ?? DefaultEdges;
        var collapsePorts = CollapsesPorts(parameters);
        var selection = await requests.SelectNowAsync(context, parameters);

        var rows = await counter.EdgesAsync(selection, ends, collapsePorts, limit, context.RequestAborted);
        await FlowAnswers.WriteAsync(context, rows, selection.Window, rows.IsCut);
    }

    private static bool CollapsesPorts(QueryParameters parameters) => parameters.Word("collapse", "none", "ports") == "ports";

    private static void Write(Utf8JsonWriter json, CountEstimate count)
    {
        json.WriteNumber("flows", count.Flows);
        json.WriteBoolean("exact", count.Error == 0);
        json.WriteNumber("error", count.Error);
        json.WriteNumber("at_least", count.AtLeast);
        json.WriteNumber("at_most", count.AtMost);
    }
}
