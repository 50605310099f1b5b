using KGuardian.Analytics.Policies.Observed;

namespace KGuardian.Analytics.Policies.Changes;

/// <summary>An edge that is not what it was.</summary>
/// <param name="Key">The edge.</param>
/// <param name="Before">What was seen of it in the earlier window; null for nothing: it is new.</param>
/// <param name="DecisionsBefore">What became of it then, in order.</param>
/// <param name="After">What was seen of it in the later window; null for nothing: it is gone.</param>
/// <param name="DecisionsAfter">What became of it then, in order.</param>
internal sealed record EdgeChange(
    ChangeKey Key, EdgeTally? Before, IReadOnlyList<string> DecisionsBefore, EdgeTally? After, IReadOnlyList<string> DecisionsAfter)
{
    /// <summary>new, gone or changed.</summary>
    public string Word => Before is null ? "new" : After is null ? "gone" : "changed";
}
