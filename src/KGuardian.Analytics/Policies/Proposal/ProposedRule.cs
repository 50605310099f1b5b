using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>A rule and why it is there.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="Peers">Its peers, in the rule's order.</param>
internal sealed record ProposedRule(PolicyRule Rule, IReadOnlyList<PeerEvidence> Peers);
