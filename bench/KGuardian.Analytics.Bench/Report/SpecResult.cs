using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>What posts or look-ups of the inventory came to; latencies in milliseconds.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Requests">How often.</param>
/// <param name="PerSecond">How often a second.</param>
/// <param name="P50">Median latency.</param>
/// <param name="P99">Latency that 1 % exceeded.</param>
/// <param name="Cpu">CPU time that it took.</param>
internal sealed record SpecResult(string Name, long Requests, double PerSecond, double P50, double P99, CpuSample Cpu);
