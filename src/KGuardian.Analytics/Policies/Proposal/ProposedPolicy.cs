using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Observed;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>A policy and why it is so.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Workload">What it is for.</param>
/// <param name="Ingress">Its rules for what comes in.</param>
/// <param name="Egress">Its rules for what goes out.</param>
/// <param name="Warnings">What one should look at.</param>
internal sealed record ProposedPolicy(
    NetworkPolicy Policy, EdgeOwner Workload, IReadOnlyList<ProposedRule> Ingress, IReadOnlyList<ProposedRule> Egress, IReadOnlyList<string> Warnings);
