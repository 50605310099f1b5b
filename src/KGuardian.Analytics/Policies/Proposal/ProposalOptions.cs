namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>What is to be proposed.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Kind">The kind of its workload; null for any.</param>
/// <param name="Name">The workload's name; null for all workloads, one policy each.</param>
/// <param name="MaxBlocks">Blocks of addresses in one rule at most, 1 or more.</param>
/// <param name="AlwaysDns">Whether names may be asked for also where nobody was seen to.</param>
internal sealed record ProposalOptions(string Namespace, string? Kind, string? Name, int MaxBlocks, bool AlwaysDns);
