namespace KGuardian.Analytics.Bench.Measure;

/// <summary>CPU seconds of the load generator, the server, the store behind it, and of everything else on the machine:
/// where that last number is not small, the others are not to be trusted.</summary>
internal sealed record CpuSample(double Generator, double Server, double Store, double Others)
{
    public static CpuSample operator -(CpuSample to, CpuSample from) =>
        new(to.Generator - from.Generator, to.Server - from.Server, to.Store - from.Store, to.Others - from.Others);
}
