using KGuardian.Analytics.Policies.Proposal;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>Proposes policies from stored flows, for both families that ask for it.</summary>
internal static class PolicyProposals
{
    /// <summary>So many characters of addresses a filter takes; a namespace with more is found among all flows.</summary>
    private const int MostAddressText = 24_000;

    /// <summary>Policies, and what one should know of all of them.</summary>
    /// <exception cref="ParameterException">The namespace, or the workload, has no pod and no flow in the window.</exception>
    public static async Task<(IReadOnlyList<ProposedPolicy> Policies, IReadOnlyList<string> Notes)> ProposeAsync(
        ObservedFlows flows, FlowSelection selection, ProposalOptions options, string parameter, CancellationToken cancellationToken)
    {
        var proposer = new PolicyProposer(options);
        await flows.ReadAsync(
            selection, countsRepeats: false, (slice, names) => Narrow(slice, names, options.Namespace), names => proposer.Add(names.Pods), proposer.Add,
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

    /// <summary>Flows that pods of the namespace reported, or others of them.</summary>
    private static FlowSelection Narrow(FlowSelection slice, NameSpans names, string podNamespace)
    {
        var addresses = names.AddressesOf(podNamespace).Where(address => System.Net.IPAddress.TryParse(address, out _)).Order(StringComparer.Ordinal).ToArray();
        if (addresses.Sum(address => address.Length + 3) > MostAddressText)
        {
            return slice;
        }

        var reported = FlowFilter.Where(FlowField.Namespace, FilterOperator.Equal, podNamespace);
        var others = addresses.Chunk(FilterLimits.ListLength).Select(some => FlowFilter.Where(FlowField.PeerIp, FilterOperator.In, some));
        return slice with { Filter = FlowFilter.And(slice.Filter, FlowFilter.Or([reported, .. others])) };
    }
}
