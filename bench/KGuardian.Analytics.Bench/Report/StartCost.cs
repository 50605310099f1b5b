namespace KGuardian.Analytics.Bench.Report;

/// <summary>What the start of a server with its node took until it was healthy; processes' CPU time since they were begun, and the server's size.</summary>
internal sealed record StartCost(double Seconds, double ServerCpuSeconds, double NodeCpuSeconds, long ServerBytes);
