using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Reading;

namespace KGuardian.Analytics.Policies.Evaluation;

/// <summary>
/// Tells whether policies let a connection through. What is not known (a pod's labels, a namespace's labels, named ports) makes the answer unknown
/// only where it could change it. See the folder's README for what each case comes from.
/// </summary>
internal sealed class PolicyEvaluator
{
    private readonly ILookup<string, NetworkPolicy> _policies;
    private readonly PeerMatcher _peers;

    /// <summary>An evaluator for a set of policies, which are all there are.</summary>
    public PolicyEvaluator(PolicySet set)
    {
        _policies = set.Policies.ToLookup(policy => policy.Namespace, StringComparer.Ordinal);
        _peers = new PeerMatcher(set.NamespaceLabels);
    }

    /// <summary>Judges a connection.</summary>
    public ConnectionVerdict Judge(PolicyConnection connection)
    {
        if (connection.Client.IsSamePod(connection.Server))
        {
            return new ConnectionVerdict(DirectionVerdict.Free, DirectionVerdict.Free);
        }

        return new ConnectionVerdict(
            Judge(connection, connection.Client, connection.Server, policy => policy.IsolatesEgress, policy => policy.Egress),
            Judge(connection, connection.Server, connection.Client, policy => policy.IsolatesIngress, policy => policy.Ingress));
    }

    /// <summary>Whether a rule of a policy lets a connection through, whatever other rules and policies do.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="isIngress">Whether it is one of its rules for what comes in.</param>
    /// <param name="rule">Its place in their list.</param>
    /// <param name="connection">The connection.</param>
    public Truth Uses(NetworkPolicy policy, bool isIngress, int rule, PolicyConnection connection)
    {
        var (end, peer) = isIngress ? (connection.Server, connection.Client) : (connection.Client, connection.Server);
        if (end.Pod is not { } pod || pod.Namespace != policy.Namespace || PeerMatcher.Matches(policy.Pods, pod) is var selects && selects == Truth.No)
        {
            return Truth.No;
        }

        return Lesser(selects, Matches((isIngress ? policy.Ingress : policy.Egress)[rule], policy, connection, peer));
    }

    private Truth Matches(PolicyRule rule, NetworkPolicy policy, PolicyConnection connection, PolicyEndpoint peer) =>
        Lesser(_peers.Matches(rule.Peers, policy.Namespace, peer), PortMatcher.Matches(rule.Ports, connection));

    private DirectionVerdict Judge(
        PolicyConnection connection, PolicyEndpoint end, PolicyEndpoint peer,
        Func<NetworkPolicy, bool> isolates, Func<NetworkPolicy, IReadOnlyList<PolicyRule>> rules)
    {
        if (end.Pod is not { } pod)
        {
            // Policies are about pods; those of the host's network are not among them.
            return DirectionVerdict.Free;
        }

        var byNode = peer.IsNodeOf(end);
        var isolating = new List<NetworkPolicy>();
        var selectsSurely = false;
        var allowedSurely = Truth.No;
        // What it is when those that perhaps select the pod do: each has to let it through by itself.
        var allowedByEachPerhaps = Truth.Yes;
        (NetworkPolicy, int)? by = null;
        foreach (var policy in _policies[pod.Namespace])
        {
            var selects = isolates(policy) ? PeerMatcher.Matches(policy.Pods, pod) : Truth.No;
            if (selects == Truth.No)
            {
                continue;
            }

            isolating.Add(policy);
            selectsSurely |= selects == Truth.Yes;
            var (allows, rule) = Allows(policy, rules(policy), connection, peer);
            if (selects == Truth.Yes)
            {
                by ??= allows == Truth.Yes ? (policy, rule) : null;
                allowedSurely = Greater(allowedSurely, allows);
            }
            else
            {
                allowedSurely = Greater(allowedSurely, Lesser(allows, Truth.Unknown));
                allowedByEachPerhaps = Lesser(allowedByEachPerhaps, allows);
            }
        }

        var allowed = isolating.Count == 0 ? Truth.Yes
            : selectsSurely ? allowedSurely
            // Perhaps none selects it, and it is free.
            : allowedByEachPerhaps == Truth.Yes ? Truth.Yes : Truth.Unknown;
        return new DirectionVerdict(Greater(allowed, byNode), isolating, by);
    }

    private (Truth Allows, int Rule) Allows(NetworkPolicy policy, IReadOnlyList<PolicyRule> rules, PolicyConnection connection, PolicyEndpoint peer)
    {
        var best = (Allows: Truth.No, Rule: -1);
        for (var at = 0; at < rules.Count && best.Allows != Truth.Yes; at++)
        {
            var matches = Matches(rules[at], policy, connection, peer);
            best = matches > best.Allows ? (matches, at) : best;
        }

        return best;
    }

    private static Truth Greater(Truth one, Truth other) => one > other ? one : other;

    private static Truth Lesser(Truth one, Truth other) => one < other ? one : other;
}
