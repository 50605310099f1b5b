using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.Topology;

/// <summary><c>GET /api/v1/topology</c>: the map of everything, by namespace, workload or pod.</summary>
internal sealed class TopologyMapApi(FlowRequests requests, TopologyReader reader)
{
    private static readonly ApiParameter<TopologyLevel> Level = Parameter.Word(
        "level", "What pods are grouped to.", ("workload", TopologyLevel.Workload), ("namespace", TopologyLevel.Namespace), ("pod", TopologyLevel.Pod));

    private static readonly IntegerParameter Limit = Parameter.Integer("limit", "Most edges; other says what is left over.", 1, 10_000, 1000, 100);

    private static readonly ApiParameter<bool> Counts = Parameter.Word(
        "metric", "What is counted of edges: flows, or observations and connections as well, which takes longer.", ("flows", false), ("observations", true));

    private static readonly ApiOperation MapOperation = new(ApiFamily.Flows, "The map: who talks to whom on which port, the strongest first")
    {
        Text = "Ends are what they were as of each flow's time; addresses that are nobody's are grouped to networks. Both reports of a connection, "
            + "and those of its replies, are one edge. Answers are kept for Query:CacheTime, and are at most a second behind new flows (X-Cache, Age).",
        Parameters = [FlowRequests.From, FlowRequests.To, FlowRequests.Filter, Level, Counts, Limit],
        Answers = [ApiResponse.Ok("TopologyMap")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/topology", (HttpContext context, TopologyMapApi api) => api.GetAsync(context))
            .LimitedPerClient(ClientLimits.Aggregates).Cached().OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(MapOperation);

    private async Task GetAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var (level, counts, limit) = (parameters.Get(Level), parameters.Get(Counts), parameters.Get(Limit));
        var selection = await requests.SelectNowAsync(context, parameters);
        var map = await reader.AllAsync(selection, level, counts, limit, context.RequestAborted);
        await FlowResponses.WriteAsync(context, selection.Window, map.IsCut, json =>
        {
            json.WriteStartArray("nodes"u8);
            foreach (var node in map.Edges.SelectMany(edge => new[] { edge.Client, edge.Server }).Distinct().OrderBy(node => node.Id, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("id"u8, node.Id);
                json.WriteString("kind"u8, node.Kind);
                json.WriteString("namespace"u8, node.Namespace);
                json.WriteString("name"u8, node.Name);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("edges"u8);
            foreach (var edge in map.Edges)
            {
                json.WriteStartObject();
                json.WriteString("source"u8, edge.Client.Id);
                json.WriteString("target"u8, edge.Server.Id);
                TopologyAnswers.WritePort(json, "server_port", edge);
                json.WriteString("protocol"u8, edge.Protocol);
                json.WriteNumber("flows"u8, edge.Flows);
                json.WriteNumber("dropped"u8, edge.Dropped);
                if (edge.Observations is { } observations)
                {
                    json.WriteNumber("observations"u8, observations);
                    json.WriteNumber("connections"u8, edge.Connections!.Value);
                }

                json.WriteString("first_seen"u8, TopologyAnswers.Time(edge.FirstSeen));
                json.WriteString(counts ? "last_seen"u8 : "newest_first_seen"u8, TopologyAnswers.Time(edge.LastSeen));
                TopologyAnswers.WriteTexts(json, "reported_by", edge.ReportedBy);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("other"u8);
            json.WriteNumber("edges"u8, map.OtherEdges);
            json.WriteNumber("flows"u8, map.OtherFlows);
            json.WriteEndObject();
        });
    }
}
