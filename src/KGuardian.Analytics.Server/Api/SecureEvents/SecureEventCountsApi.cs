using System.Text.Json;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.SecureEvents;

/// <summary>
/// Events counted: <c>count</c>, <c>topStats</c> and <c>timeSeries</c>, below <c>/api/v1</c> as clients ask, and below <c>/api/vi</c> as
/// the document spells it.
/// </summary>
internal sealed class SecureEventCountsApi(SecureEventRequests requests, EventAggregates aggregates, TopologyOptions topology)
{
    private static readonly ApiParameter<bool?> IsOfUsers = Parameter.Choice<bool?>(
        "metric", "What events are told apart by. Flows know no users: their series are none.", ("severity", false), ("user", true)).Required();

    private static readonly ApiOperation Count = Operation(
        "How many events there are of each severity", "SecureEventCounts", SecureEventRequests.Simulation);

    private static readonly ApiOperation Top = Operation(
        "What most events are about", "SecureEventTops", SecureEventRequests.Rows, SecureEventRequests.Simulation);

    private static readonly ApiOperation Series = Operation(
        "Events over time", "SecureEventSeries", IsOfUsers, SecureEventRequests.Rows, SecureEventRequests.Simulation);

    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var path in new[] { "/api/v1/secureEvents", "/api/vi/secureEvents" })
        {
            var counts = routes.MapGroup(path).LimitedPerClient(ClientLimits.Aggregates).Cached();
            Get(counts, "/count", (context, api) => api.CountAsync(context), Count);
            Get(counts, "/topStats", (context, api) => api.TopAsync(context), Top);
            Get(counts, "/timeSeries", (context, api) => api.SeriesAsync(context), Series);
        }
    }

    private static void Get(RouteGroupBuilder group, string path, Func<HttpContext, SecureEventCountsApi, Task> answer, ApiOperation operation) =>
        group.MapGet(path, (HttpContext context, SecureEventCountsApi api) => answer(context, api))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(operation);

    private static ApiOperation Operation(string summary, string schema, params ApiParameter[] parameters) => new(ApiFamily.SecureEvents, summary)
    {
        Parameters = [SecureEventRequests.Counted.From, SecureEventRequests.Counted.To, SecureEventRequests.Filter, .. parameters],
        Answers = [ApiResponse.Ok(schema)],
    };

    private async Task CountAsync(HttpContext context)
    {
        var (selection, _, category) = await SelectAsync(context, RequestParameters.Of(context));
        var counts = (await aggregates.BySeverityAsync(selection, category, context.RequestAborted))
            .ToDictionary(count => count.Severity, count => count.Count);
        await WriteAsync(context, selection, json =>
        {
            json.WriteStartObject();
            WriteCounts(json, "policyEvents", counts);
            // Of images nothing is scanned here: that is known.
            WriteCounts(json, "scanningEvents", []);
            json.WriteEndObject();
        });
    }

    private async Task TopAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var rows = parameters.Get(SecureEventRequests.Rows);
        var (selection, _, category) = await SelectAsync(context, parameters);
        var tops = await Task.WhenAll(
            new[] { EventDimension.Namespace, EventDimension.Node, EventDimension.Rule, EventDimension.Workload }
                .Select(by => aggregates.TopAsync(selection, category, by, rows, context.RequestAborted)));
        var all = topology.ClusterName is { } cluster
            ? (await aggregates.BySeverityAsync(selection, category, context.RequestAborted)).Sum(count => count.Count) is > 0 and var events
                ? [new KeyCount(cluster, events)] : Array.Empty<KeyCount>()
            : [];
        await WriteAsync(context, selection, json =>
        {
            json.WriteStartObject();
            WriteTop(json, "kubernetes.cluster.name", all);
            WriteTop(json, "compliance", []);
            WriteTop(json, "mitre", []);
            WriteTop(json, "kubernetes.namespace.name", tops[0]);
            WriteTop(json, "kubernetes.node.name", tops[1]);
            WriteTop(json, "ruleName", tops[2]);
            WriteTop(json, "workload", tops[3]);
            json.WriteEndObject();
        });
    }

    private async Task SeriesAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var isOfUsers = parameters.Get(IsOfUsers) ?? throw new ParameterException(IsOfUsers.Name, "", "is missing", "severity or user");
        var rows = parameters.Get(SecureEventRequests.Rows);
        var (selection, window, category) = await SelectAsync(context, parameters);
        var steps = EventSteps.Of(window.From, window.To);
        var found = isOfUsers ? []
            : await aggregates.ByTimeAsync(selection, category, TimeSpan.FromTicks(steps.Step / TimeSpan.NanosecondsPerTick), context.RequestAborted);
        await WriteAsync(context, selection, json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("values"u8);
            foreach (var series in found.GroupBy(step => step.Severity).OrderByDescending(series => series.Sum(step => step.Count)).Take(rows)
                .OrderBy(series => series.Key))
            {
                WriteSeries(json, $"{series.Key}", steps, series.ToDictionary(step => step.Step * steps.Step, step => step.Count));
            }

            json.WriteEndObject();
            json.WriteNumber("step"u8, steps.Step);
            json.WriteEndObject();
        });
    }

    private async Task<(FlowSelection Selection, EventWindow Window, EventCategory Category)> SelectAsync(HttpContext context, RequestParameters parameters)
    {
        var window = requests.ReadWindow(parameters);
        var (filter, category) = (requests.ReadFilter(parameters), parameters.Get(SecureEventRequests.Simulation));
        await requests.CatchUpAsync(context);
        return (await requests.SelectAsync(window, filter, context.RequestAborted), window, category);
    }

    private static Task WriteAsync(HttpContext context, FlowSelection selection, Action<Utf8JsonWriter> write)
    {
        FlowResponses.DescribeWhole(context.Response, selection.Window, isCut: false);
        return SecureEventsApi.WriteAsync(context, write);
    }

    private static void WriteCounts(Utf8JsonWriter json, string name, Dictionary<int, long> counts)
    {
        json.WriteStartObject(name);
        json.WriteStartObject("countBySeverity"u8);
        for (var severity = 0; severity <= EventRule.MildestSeverity; severity++)
        {
            json.WriteNumber($"{severity}", counts.GetValueOrDefault(severity));
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTop(Utf8JsonWriter json, string column, IEnumerable<KeyCount> rows)
    {
        json.WriteStartArray(column);
        foreach (var (key, count) in rows)
        {
            json.WriteStartObject();
            json.WriteString("key"u8, key);
            json.WriteNumber("count"u8, count);
            json.WriteString("label"u8, column);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSeries(Utf8JsonWriter json, string name, EventSteps steps, Dictionary<long, long> counts)
    {
        json.WriteStartArray(name);
        for (var step = 0; step < steps.Count; step++)
        {
            json.WriteStartArray();
            json.WriteNumberValue(steps.BeginOf(step));
            json.WriteNumberValue(counts.GetValueOrDefault(steps.BeginOf(step)));
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
