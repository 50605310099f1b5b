using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Evaluation;

/// <summary>Tells whether an end is one of a rule's peers.</summary>
/// <param name="namespaceLabels">Labels of the namespaces of which they are known.</param>
internal sealed class PeerMatcher(IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> namespaceLabels)
{
    /// <summary>The label that every namespace has, with its name, whatever else is known of it.</summary>
    public const string NameLabel = "kubernetes.io/metadata.name";

    /// <summary>Whether an end is one of the peers; none are all.</summary>
    /// <param name="peers">The rule's peers.</param>
    /// <param name="policyNamespace">The policy's namespace.</param>
    /// <param name="end">The end.</param>
    public Truth Matches(IReadOnlyList<PolicyPeer> peers, string policyNamespace, PolicyEndpoint end)
    {
        var best = peers.Count == 0 ? Truth.Yes : Truth.No;
        foreach (var peer in peers)
        {
            if (Matches(peer, policyNamespace, end) is var matches && matches > best)
            {
                best = matches;
            }
        }

        return best;
    }

    /// <summary>Whether a selector of pods selects one.</summary>
    public static Truth Matches(LabelSelector selector, PolicyPod pod) =>
        selector.Requirements.Count == 0 ? Truth.Yes : pod.Labels is null ? Truth.Unknown : Known(selector.Matches(pod.Labels));

    private Truth Matches(PolicyPeer peer, string policyNamespace, PolicyEndpoint end)
    {
        if (peer.Block is not null)
        {
            return end.Address is null ? Truth.Unknown : Known(peer.Block.Contains(end.Address));
        }

        // Selectors are about pods: a node, and who uses its network, is matched by its address only.
        if (end.Pod is not { } pod)
        {
            return Truth.No;
        }

        var inNamespace = peer.Namespaces is null ? Known(pod.Namespace == policyNamespace) : MatchesNamespace(peer.Namespaces, pod.Namespace);
        var isPod = peer.Pods is null ? Truth.Yes : Matches(peer.Pods, pod);
        return inNamespace < isPod ? inNamespace : isPod;
    }

    private Truth MatchesNamespace(LabelSelector selector, string name)
    {
        var worst = Truth.Yes;
        var labels = namespaceLabels.GetValueOrDefault(name);
        var known = new Dictionary<string, string>(labels ?? new Dictionary<string, string>(), StringComparer.Ordinal) { [NameLabel] = name };
        foreach (var requirement in selector.Requirements)
        {
            var met = labels is null && requirement.Key != NameLabel ? Truth.Unknown : Known(requirement.IsMetBy(known));
            worst = met < worst ? met : worst;
        }

        return worst;
    }

    private static Truth Known(bool isSo) => isSo ? Truth.Yes : Truth.No;
}
