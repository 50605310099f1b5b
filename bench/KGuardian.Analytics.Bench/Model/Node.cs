namespace KGuardian.Analytics.Bench.Model;

/// <summary>A node and what its agent sees: the stems of its pods, most popular first, TCP and UDP apart.</summary>
internal sealed class Node(IReadOnlyList<FlowStem> tcp, IReadOnlyList<FlowStem> udp)
{
    private readonly ZipfSampler _tcpRanks = new(tcp.Count);
    private readonly ZipfSampler _udpRanks = new(udp.Count);

    public IReadOnlyList<FlowStem> Stems { get; } = [.. tcp, .. udp];

    /// <summary>The index in <see cref="Stems"/> that the next event belongs to.</summary>
    public int Draw(ref FastRandom random, double udpShare) => random.Chance(udpShare)
        ? tcp.Count + _udpRanks.Next(ref random)
        : _tcpRanks.Next(ref random);
}
