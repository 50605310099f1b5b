namespace KGuardian.Analytics.Bench.Report;

/// <summary>One result beside the same done by a peer, and beside what nothing can exceed. Shares above 1 mean that ours is better.</summary>
/// <param name="IsCost">Less is better: milliseconds, not events a second.</param>
internal sealed record Ratio(string Measure, double Ours, bool IsCost, string? PeerName, double? Peer, string? LimitName, double? Limit)
{
    public double? OfPeer => Share(Peer);

    public double? OfLimit => Share(Limit);

    private double? Share(double? other) => other is > 0 && Ours > 0 ? (IsCost ? other / Ours : Ours / other) : null;
}
