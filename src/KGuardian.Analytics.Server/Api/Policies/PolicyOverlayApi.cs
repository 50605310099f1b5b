using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Policies.Reading;
using KGuardian.Analytics.Policies.Replay;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Server.Api.Topology;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Topology;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>
/// <c>POST /api/v1/networkSecurity/networkPolicyOverlayOwnerTopology</c>: the graph around an owner, with what policies would have made of each edge.
/// </summary>
internal static class PolicyOverlayApi
{
    private static readonly ApiOperation Overlay = new(ApiFamily.NetworkSecurity, "The graph around an owner, with the edges that policies would block")
    {
        Text = "The body, if there is one, is NetworkPolicy documents, YAML or JSON, taken as all the policies there are; without one nothing is blocked. "
            + "Those that name no namespace are of the owner's. "
            + "Otherwise the answer is that of networkTopology/ownerTopology. Policies see names as of each flow's time; an edge is blocked when every "
            + "flow of it is, and blockedFlows counts those that are.",
        Parameters = OwnerTopologyApi.Parameters,
        Body = "PolicyDocument",
        Answers = [ApiResponse.Ok("PolicyOverlay")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/networkSecurity/networkPolicyOverlayOwnerTopology", OverlayAsync)
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Aggregates).WithOperation(Overlay)
            .WithMetadata(new RequestSizeLimitAttribute(PolicyBodies.MostBytes));

    private static async Task OverlayAsync(HttpContext context, OwnerTopologyApi topology, InventoryTier inventory)
    {
        var parameters = RequestParameters.Of(context);
        _ = TopologyRequests.Owner(parameters);
        var policies = await PolicyBodies.ReadOptionalAsync(context.Request, parameters.Get(TopologyRequests.OwnerNamespace));
        var judge = policies is null ? new EdgeJudge([], _ => _ => Blocking.None) : new EdgeJudge(policies.Networks, pods => Judge(policies, pods, inventory));
        await topology.GraphAsync(context, judge);
    }

    private static Func<ObservedEdge, Blocking> Judge(PolicySet policies, IEnumerable<EdgeEnd> pods, InventoryTier inventory)
    {
        var evaluator = new PolicyEvaluator(policies);
        var connections = new ObservedConnections(new ClusterFacts(inventory.Pods, inventory.Services), pods);
        return edge =>
        {
            var verdict = EdgeVerdict.Of(evaluator, connections.Of(edge));
            return (verdict.Ingress.Length > 0 ? Blocking.Ingress : Blocking.None) | (verdict.Egress.Length > 0 ? Blocking.Egress : Blocking.None);
        };
    }
}
