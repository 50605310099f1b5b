namespace KGuardian.Analytics.Verdicts;

/// <summary>What one policy makes of a flow.</summary>
/// <param name="PolicyUid">The policy's uid; empty when the evaluator said none.</param>
/// <param name="PolicyNamespace">Its namespace; empty for one of the whole cluster.</param>
/// <param name="PolicyName">Its name.</param>
/// <param name="Direction"><c>Ingress</c> or <c>Egress</c>.</param>
/// <param name="Verdict"><c>Allow</c> or <c>WouldDeny</c>.</param>
/// <param name="Reason">Why it would deny; empty for none.</param>
internal sealed record PolicyVerdict(
    string PolicyUid, string PolicyNamespace, string PolicyName, string Direction, string Verdict, string Reason)
{
    /// <summary>The policy lets the flow through.</summary>
    public const string Allow = "Allow";

    /// <summary>The policy would deny the flow, were it enforced.</summary>
    public const string WouldDeny = "WouldDeny";
}
