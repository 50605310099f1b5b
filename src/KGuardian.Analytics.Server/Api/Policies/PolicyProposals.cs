using KGuardian.Analytics.Policies.Proposal;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>Proposes policies from stored flows, for both families that ask for it.</summary>
internal static class PolicyProposals
{
    /// <summary>Policies, and what one should know of all of them.</summary>
    /// <exception cref="ParameterException">The namespace, or the workload, has no pod and no flow in the window.</exception>
    public static async Task<(IReadOnlyList<ProposedPolicy> Policies, IReadOnlyList<string> Notes)> ProposeAsync(
        ObservedFlows flows, FlowSelection selection, ProposalOptions options, string parameter, CancellationToken cancellationToken)
    {
        var proposer = new PolicyProposer(options);
        var outside = await flows.OutsideAsync([selection], [], cancellationToken);
        await flows.ReadAsync(
            selection, new EdgeDetail { Scope = new EdgeScope("Namespace", options.Namespace, "") }, outside, names => proposer.Add(names.Pods), proposer.Add,
            (_, _) => Task.CompletedTask, cancellationToken);
        if (!proposer.IsKnown)
        {
            throw new ParameterException(parameter, options.Namespace, "has no pod and no flow in the window", "a namespace that has, or a longer window");
        }

        var policies = proposer.Propose();
        if (policies.Count == 0)
        {
            throw new ParameterException(
                "name", $"{options.Kind ?? "workload"} {options.Name}",
                $"is no workload with a pod or a flow of the namespace {options.Namespace} in the window",
                "a workload that has, or a longer window");
        }

        var notes = new List<string>();
        if (proposer.DroppedFlows > 0)
        {
            notes.Add($"{proposer.DroppedFlows} flows of the namespace were dropped: they are no reason for a rule here");
        }

        if (proposer.UnknownFlows > 0)
        {
            notes.Add($"{proposer.UnknownFlows} flows of the namespace are left out, as it is not known who opened them");
        }

        return (policies, notes);
    }
}
