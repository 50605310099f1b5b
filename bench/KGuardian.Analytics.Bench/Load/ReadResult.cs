using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>What one read scenario came to: milliseconds, bytes; rows and bytes are those of one answer.</summary>
internal sealed record ReadResult
{
    public required ReadOptions Options { get; init; }

    /// <summary>Requests made.</summary>
    public required int Requests { get; init; }

    public required double FirstByteP50 { get; init; }

    public required double P50 { get; init; }

    public required double P99 { get; init; }

    public required double P999 { get; init; }

    public required long Rows { get; init; }

    public required long Bytes { get; init; }

    public bool IsExact => Options.ExpectedRows is not { } expected || expected == Rows;

    /// <summary>Of all answers together.</summary>
    public required double MegabytesPerSecond { get; init; }

    public required CpuSample Cpu { get; init; }

    public required long ServerPeakBytes { get; init; }

    /// <summary>How far the peak during the reads was above the size before them.</summary>
    public required long ServerGrowthBytes { get; init; }

    public required long StorePeakBytes { get; init; }
}
