namespace KGuardian.Analytics.Policies.Evaluation;

/// <summary>What policies make of a connection: it needs both, what the client may open and what the server takes.</summary>
/// <param name="Egress">What the client's policies say.</param>
/// <param name="Ingress">What the server's policies say.</param>
internal sealed record ConnectionVerdict(DirectionVerdict Egress, DirectionVerdict Ingress)
{
    /// <summary>Whether it is let through.</summary>
    public Truth IsAllowed => Egress.IsAllowed < Ingress.IsAllowed ? Egress.IsAllowed : Ingress.IsAllowed;
}
