using KGuardian.Analytics.Policies.Proposal;
using KGuardian.Analytics.Policies.Reading;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary><c>GET</c> and <c>POST /api/v1/policies/proposal</c>: policies that let through what was seen, and nothing else.</summary>
internal static class PolicyProposalApi
{
    private const int LongestName = 253;

    private static readonly ApiParameter<string?> Namespace =
        Parameter.Text("namespace", "The namespace.", "shop", LongestName).Required();

    private static readonly ApiParameter<string?> Kind = Parameter.Text(
        "kind", "The kind of a workload: Deployment, StatefulSet, DaemonSet, CronJob, Job, Pod; left out, any.", "ReplicaSet", LongestName);

    private static readonly ApiParameter<string?> Name = Parameter.Text(
        "name", "The workload's name; left out, every workload of the namespace has a policy.", "shop-5d4f", LongestName);

    private static readonly IntegerParameter MaxBlocks = Parameter.Integer(
        "max_blocks", "Blocks of addresses in one direction of a policy at most: addresses are put together to them.", 1, 256, 20, 5);

    private static readonly ApiParameter<bool> AlwaysDns = Parameter.Word(
        "dns", "Whether names may be asked for only where it was seen, or by every pod, of the pods k8s-app=kube-dns.", ("observed", false), ("always", true));

    private static readonly ApiOperation Proposal = new(ApiFamily.Policies, "Policies that let through what was seen of a namespace's workloads")
    {
        Text = "YAML, each rule with its evidence as comments; with Accept: application/json the policies and the evidence as a table. Nothing is stored. "
            + "Replayed over the same flows it blocks none of them.",
        Parameters = [FlowRequests.From, FlowRequests.To, FlowRequests.Filter, Namespace, Kind, Name, MaxBlocks, AlwaysDns],
        Answers = [ApiResponse.Ok(null, "application/yaml"), ApiResponse.Ok("PolicyProposal")],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var policies = routes.MapGroup("/api/v1/policies").LimitedPerClient(ClientLimits.Aggregates);
        policies.MapGet("/proposal", GetAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Proposal);
        policies.MapPost("/proposal", GetAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Proposal);
    }

    /// <summary>The name of a namespace, checked.</summary>
    /// <exception cref="ParameterException">It is none.</exception>
    public static string Checked(string parameter, string? name) => name is not null && LabelText.IsObjectName(name) ? name
        : throw new ParameterException(
            parameter, name, name is null ? "is missing" : "is no name",
            "a name of Kubernetes: lower-case letters, digits, '-' and '.', with a letter or digit at both ends");

    private static async Task GetAsync(HttpContext context, FlowRequests requests, ObservedFlows flows)
    {
        var parameters = RequestParameters.Of(context);
        var (kind, name, maxBlocks, alwaysDns) = (parameters.Get(Kind), parameters.Get(Name), parameters.Get(MaxBlocks), parameters.Get(AlwaysDns));
        var selection = await requests.SelectNowAsync(context, parameters);
        var options = new ProposalOptions(Checked("namespace", parameters.Get(Namespace)), kind, name, maxBlocks, alwaysDns);
        var (policies, notes) = await PolicyProposals.ProposeAsync(flows, selection, options, "namespace", context.RequestAborted);
        await (ProposalAnswer.IsJsonWanted(context.Request) ? ProposalAnswer.WriteEvidenceAsync(context, policies, selection.Window, notes)
            : ProposalAnswer.WriteYamlAsync(context, policies, selection.Window, notes));
    }
}
