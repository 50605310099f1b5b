using System.Text.Json;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Caching;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.Topology;

/// <summary>Whom one owner talks to: summaries of either direction, addresses that are nobody's, and the graph around it.</summary>
internal sealed class OwnerTopologyApi(TopologyRequests requests, TopologyReader reader, TopologyAnswers answers, TopologyOptions options)
{
    /// <summary>What an owner and a window are asked for by.</summary>
    public static readonly ApiParameter[] Parameters =
    [
        TopologyRequests.Cluster, TopologyRequests.OwnerNamespace, TopologyRequests.Name, TopologyRequests.Kind, SecondsWindow.From,
        SecondsWindow.To, TopologyRequests.Limit,
    ];

    private static readonly ApiOperation Ingress = Of("Who connects to an owner", "TopologySummary");
    private static readonly ApiOperation Egress = Of("Whom an owner connects to", "TopologySummary");
    private static readonly ApiOperation IngressIps = Of("Addresses that are nobody's and connect to an owner", "TopologyUnresolved");
    private static readonly ApiOperation EgressIps = Of("Addresses that are nobody's and that an owner connects to", "TopologyUnresolved");
    private static readonly ApiOperation Graph = Of("An owner, its neighbours, and the edges between them", "TopologyGraph");

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/networkTopology").LimitedPerClient(ClientLimits.Aggregates).Cached();
        Get(group, "/ingressSummaries", (context, api) => api.SummaryAsync(context, OwnerSide.Server), Ingress);
        Get(group, "/egressSummaries", (context, api) => api.SummaryAsync(context, OwnerSide.Client), Egress);
        Get(group, "/ingressUnresolvedIps", (context, api) => api.UnresolvedAsync(context, OwnerSide.Server), IngressIps);
        Get(group, "/egressUnresolvedIps", (context, api) => api.UnresolvedAsync(context, OwnerSide.Client), EgressIps);
        Get(group, "/ownerTopology", (context, api) => api.GraphAsync(context), Graph);
    }

    private static ApiOperation Of(string summary, string schema) => new(ApiFamily.Topology, summary)
    {
        Text = "An owner that is not known has none. Both reports of a connection, and those of its replies, are one. "
            + "Beyond the limit the strongest are shown.",
        Parameters = Parameters,
        Answers = [ApiResponse.Ok(schema)],
    };

    private static void Get(RouteGroupBuilder group, string path, Func<HttpContext, OwnerTopologyApi, Task> answer, ApiOperation operation) =>
        group.MapGet(path, (HttpContext context, OwnerTopologyApi api) => answer(context, api))
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(operation);

    private async Task SummaryAsync(HttpContext context, OwnerSide side)
    {
        var (window, edges, labels) = await ReadAsync(context, side, byAddress: false);
        var (name, prefix) = side == OwnerSide.Server ? ("client", "ir") : ("server", "er");
        var rows = edges.Edges.Select(edge => (Edge: edge, Other: side == OwnerSide.Server ? edge.Client : edge.Server))
            .Where(row => row.Other.Kind != TopologyEnd.External)
            .OrderBy(row => row.Other).ThenBy(row => row.Edge.Port).ThenBy(row => row.Edge.Protocol, StringComparer.Ordinal);
        await TopologyAnswers.WriteAsync(context, window, edges.IsCut, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("connections"u8);
            foreach (var (edge, other) in rows)
            {
                json.WriteStartObject();
                json.WritePropertyName($"{name}Owner");
                answers.WriteOwner(json, other, labels(other));
                json.WritePropertyName($"{name}Namespace");
                answers.WriteNamespace(json, other.Kind == "Namespace" ? other.Name : other.Namespace);
                WriteProcess(json, side);
                TopologyAnswers.WritePort(json, "serverPort", edge);
                json.WriteString("rowId"u8, $"{prefix}_{other.Namespace}_{other.Kind}_{other.Name}_{PortId(edge)}");
                json.WriteString("protocol"u8, edge.Protocol);
                TopologyAnswers.WriteCounts(json, edge);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteMetadata(json, window);
            json.WriteEndObject();
        });
    }

    private async Task UnresolvedAsync(HttpContext context, OwnerSide side)
    {
        var (window, edges, _) = await ReadAsync(context, side, byAddress: true);
        var (name, prefix) = side == OwnerSide.Server ? ("client", "iu") : ("server", "eu");
        var rows = edges.Edges.Select(edge => (Edge: edge, Ip: (side == OwnerSide.Server ? edge.Client : edge.Server).Name))
            .OrderBy(row => row.Ip, StringComparer.Ordinal).ThenBy(row => row.Edge.Port).ThenBy(row => row.Edge.Protocol, StringComparer.Ordinal);
        await TopologyAnswers.WriteAsync(context, window, edges.IsCut, json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("clusterSubnetsComplete"u8, options.AreSubnetsComplete);
            json.WriteStartArray("unresolveds"u8);
            foreach (var (edge, ip) in rows)
            {
                var origin = AddressOrigin.Of(ip, options.ClusterCidrs);
                json.WriteStartObject();
                json.WriteStartObject($"{name}IPMetadata");
                json.WriteString("origin"u8, origin);
                json.WriteString("ip"u8, ip);
                json.WriteEndObject();
                WriteProcess(json, side);
                json.WriteStartObject("serverPort"u8);
                TopologyAnswers.WritePort(json, "port", edge);
                json.WriteString("protocol"u8, edge.Protocol);
                json.WriteEndObject();
                json.WriteString("alias"u8, "");
                json.WriteString("rowId"u8, $"{prefix}_{origin}_{ip}_{PortId(edge)}");
                json.WriteString("protocol"u8, edge.Protocol);
                TopologyAnswers.WriteCounts(json, edge);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Answers the graph around the owner that the request names.</summary>
    /// <param name="context">The request.</param>
    /// <param name="judge">Says where policies would have stopped an edge; null where none are asked about.</param>
    public async Task GraphAsync(HttpContext context, EdgeJudge? judge = null)
    {
        var (window, edges, labels) = await ReadAsync(context, OwnerSide.Any, byAddress: false, judge);
        await TopologyAnswers.WriteAsync(context, window, edges.IsCut, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("nodes"u8);
            foreach (var node in edges.Edges.SelectMany(edge => new[] { edge.Client, edge.Server }).Distinct().OrderBy(node => node.Id, StringComparer.Ordinal))
            {
                answers.WriteNode(json, node, labels(node));
            }

            json.WriteEndArray();
            json.WriteStartArray("edges"u8);
            foreach (var edge in edges.Edges.OrderBy(edge => edge.Id, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("id"u8, edge.Id);
                json.WriteString("source"u8, edge.Client.Id);
                json.WriteString("target"u8, edge.Server.Id);
                TopologyAnswers.WritePort(json, "serverPort", edge);
                json.WriteString("protocol"u8, edge.Protocol);
                TopologyAnswers.WriteCounts(json, edge);
                if (judge is not null)
                {
                    TopologyAnswers.WriteBlocking(json, edge);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            WriteMetadata(json, window);
            json.WriteEndObject();
        });
    }

    private async Task<(TimeWindow Window, TopologyEdges Edges, Func<TopologyEnd, IEnumerable<string>> Labels)> ReadAsync(
        HttpContext context, OwnerSide side, bool byAddress, EdgeJudge? judge = null)
    {
        var parameters = RequestParameters.Of(context);
        var (owner, limit) = (TopologyRequests.Owner(parameters), parameters.Get(TopologyRequests.Limit));
        var selection = await requests.SelectAsync(context, parameters);
        if (!requests.IsHere(parameters))
        {
            return (selection.Window, new TopologyEdges([], 0, 0), _ => []);
        }

        var (edges, pods) = await reader.OfOwnerAsync(selection, owner, side, byAddress, limit, judge, context.RequestAborted);
        var byOwner = pods.All.ToLookup(TopologyEnds.OwnerOf);
        return (selection.Window, edges, end => ClusterPods.CommonLabels(
            end.Kind == "Pod" && !byOwner.Contains(end) ? pods.All.Where(pod => pod.Namespace == end.Namespace && pod.Name == end.Name) : byOwner[end]));
    }

    /// <summary>The port's part of a row's id: two protocols of one port are two rows.</summary>
    private static string PortId(TopologyEdge edge) => edge.Protocol is "TCP" or null ? $"{edge.Port}" : $"{edge.Port}_{edge.Protocol}";

    /// <summary>Agents know of no processes; the member is there, as clients read it.</summary>
    private static void WriteProcess(Utf8JsonWriter json, OwnerSide side) => json.WriteNull(side == OwnerSide.Server ? "serverProcess"u8 : "clientProcess"u8);

    private static void WriteMetadata(Utf8JsonWriter json, TimeWindow window)
    {
        json.WriteStartObject("metadata"u8);
        json.WriteNumber("resolvedFrom"u8, TimeWindow.Seconds(window.From));
        json.WriteNumber("resolvedTo"u8, TimeWindow.Seconds(window.To.AddTicks(-1)));
        json.WriteEndObject();
    }
}
