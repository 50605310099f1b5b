using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Evaluation;

/// <summary>What one end's policies say of a connection.</summary>
/// <param name="IsAllowed">Whether they let it through.</param>
/// <param name="Isolating">The policies that select the end, or perhaps do: without any, everything is let through.</param>
/// <param name="By">A policy and the place in its list of the rule that lets it through; null when none surely does.</param>
internal sealed record DirectionVerdict(Truth IsAllowed, IReadOnlyList<NetworkPolicy> Isolating, (NetworkPolicy Policy, int Rule)? By)
{
    /// <summary>No policy has a say.</summary>
    public static readonly DirectionVerdict Free = new(Truth.Yes, [], null);
}
