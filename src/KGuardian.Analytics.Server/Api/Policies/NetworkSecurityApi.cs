using KGuardian.Analytics.Policies.Proposal;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>
/// <c>POST /api/v1/networkSecurity/namespaces/{namespaceName}/simulatedPolicies</c> and <c>GET …/status</c>: proposals as other products' clients ask for
/// them.
/// </summary>
internal static class NetworkSecurityApi
{
    private const string NotProvided = "(not provided)";
    private const int Blocks = 20;

    private static readonly ApiParameter<string?> Namespace = new(
        "namespaceName", "The namespace.", Parameter.SchemaOf(253), text => text, absent: null)
    { Example = "shop", IsPath = true };

    private static readonly ApiParameter<string?> Cluster = Parameter.Text("cluster", "The cluster of flows.", NotProvided);

    private static readonly ApiParameter<string?> Name = Parameter.Text(
        "name", "A workload; left out, every workload of the namespace has a policy.", "shop-0");

    private static readonly ApiParameter<string?> Kind = Parameter.Choice<string>(
        "kind", "Its kind.",
        [.. new[] { "Namespace", "Deployment", "StatefulSet", "DaemonSet", "Pod", "Job", "CronJob", "ReplicaSet" }.Select(kind => (kind, (string?)kind))]);

    private static readonly ApiOperation Simulated = new(ApiFamily.NetworkSecurity, "Network policies that what was seen implies")
    {
        Text = "YAML, one document a workload; with Accept: application/json the object, or a List. Nothing is stored.",
        Parameters = [Namespace, Cluster, Name, Kind, SecondsWindow.From, SecondsWindow.To],
        Answers = [ApiResponse.Ok(null, "application/yaml"), ApiResponse.Ok("PolicyDocument")],
    };

    private static readonly ApiOperation Status = new(ApiFamily.NetworkSecurity, "Whether it is there") { Answers = [ApiResponse.Ok("EmptyObject")] };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var security = routes.MapGroup("/api/v1/networkSecurity");
        security.MapPost("/namespaces/{namespaceName}/simulatedPolicies", ProposeAsync)
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Aggregates).WithOperation(Simulated);
        security.MapGet("/status", StatusAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Status);
    }

    private static async Task ProposeAsync(HttpContext context, FlowRequests requests, ObservedFlows flows)
    {
        var parameters = RequestParameters.Of(context);
        var space = PolicyProposalApi.Checked("namespaceName", parameters.Get(Namespace));
        var (kind, name) = (parameters.Get(Kind), parameters.Get(Name));
        if (kind is not null and not "Namespace" && name is null)
        {
            throw new ParameterException("name", null, $"is missing beside kind={kind}", "the workload's name, or neither of the two");
        }

        if (parameters.Get(Cluster) is { } cluster && cluster != NotProvided)
        {
            throw new ParameterException("cluster", cluster, "has no pod and no flow in the window", NotProvided);
        }

        var options = new ProposalOptions(space, kind is "Namespace" ? null : kind, kind is "Namespace" ? null : name, Blocks, AlwaysDns: false);
        var selection = await requests.SelectNowAsync(context, now => new FlowSelection(SecondsWindow.Of(parameters, now), FlowFilter.Everything));
        var (policies, notes) = await PolicyProposals.ProposeAsync(flows, selection, options, "namespaceName", context.RequestAborted);
        await (ProposalAnswer.IsJsonWanted(context.Request) ? ProposalAnswer.WriteObjectAsync(context, policies, selection.Window)
            : ProposalAnswer.WriteYamlAsync(context, policies, selection.Window, notes));
    }

    private static Task StatusAsync(HttpContext context, CancellationToken cancellationToken)
    {
        RequestParameters.RefuseAll(context);
        return context.Response.WriteAsJsonAsync(new { }, cancellationToken);
    }
}
