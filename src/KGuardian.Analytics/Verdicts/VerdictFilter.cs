namespace KGuardian.Analytics.Verdicts;

/// <summary>Which verdicts are asked for; null is any.</summary>
/// <param name="Policy">The policy's name.</param>
/// <param name="Namespace">Its namespace; empty for those of the whole cluster.</param>
/// <param name="Verdict"><c>Allow</c> or <c>WouldDeny</c>.</param>
/// <param name="Direction"><c>Ingress</c> or <c>Egress</c>.</param>
internal sealed record VerdictFilter(string? Policy, string? Namespace, string? Verdict, string? Direction);
