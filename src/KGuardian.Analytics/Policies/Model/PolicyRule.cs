namespace KGuardian.Analytics.Policies.Model;

/// <summary>What a policy allows: connections with any of the peers, to any of the ports.</summary>
/// <param name="Peers">The other ends; none are all.</param>
/// <param name="Ports">The ports; none are all, of every protocol.</param>
internal sealed record PolicyRule(IReadOnlyList<PolicyPeer> Peers, IReadOnlyList<PolicyPort> Ports);
