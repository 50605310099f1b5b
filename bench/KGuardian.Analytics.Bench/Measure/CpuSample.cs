namespace KGuardian.Analytics.Bench.Measure;

/// <summary>CPU seconds of the load generator, the server and the store behind it.</summary>
internal sealed record CpuSample(double Generator, double Server, double Store)
{
    public static CpuSample operator -(CpuSample to, CpuSample from) =>
        new(to.Generator - from.Generator, to.Server - from.Server, to.Store - from.Store);
}
