using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>What one ingest scenario came to. Latencies in milliseconds, sizes in bytes, CPU in seconds within the measured window.</summary>
internal sealed record LoadResult
{
    public required LoadOptions Options { get; init; }

    public required double Seconds { get; init; }

    public required long Events { get; init; }

    public required double MegabytesPerSecond { get; init; }

    public required double P50 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    public required double Max { get; init; }

    public required long Errors { get; init; }

    /// <summary>Errors that were answers of 503: the same request was sent again.</summary>
    public required long Refusals { get; init; }

    public string? LastError { get; init; }

    /// <summary>New flows sent, and the sum of the answers, both from the first request on.</summary>
    public required long ExpectedNew { get; init; }

    public required long AnsweredNew { get; init; }

    public required CpuSample Cpu { get; init; }

    public required long ServerPeakBytes { get; init; }

    public required long StorePeakBytes { get; init; }

    public required long DiskBytes { get; init; }

    /// <summary>Flows in the store after the run, as far as this fleet knows.</summary>
    public required long Flows { get; init; }

    public double EventsPerSecond => Events / Seconds;

    public double GeneratorMicrosecondsPerEvent => Cpu.Generator * 1e6 / Math.Max(1, Events);

    /// <summary>Whether nothing worse happened than that the server took a request later.</summary>
    public bool IsCounted => ExpectedNew == AnsweredNew && Errors == Refusals;

    public bool IsExact => ExpectedNew == AnsweredNew && Errors == 0;
}
