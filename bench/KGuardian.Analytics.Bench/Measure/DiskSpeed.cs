using System.Diagnostics;
using KGuardian.Analytics.Bench.Load;

namespace KGuardian.Analytics.Bench.Measure;

/// <summary>What the disk under a directory gives to one writer.</summary>
internal sealed record DiskSpeed(double WriteMegabytesPerSecond, double FsyncP50Milliseconds, double FsyncP99Milliseconds)
{
    private const int Block = 1 << 20;
    private const int Blocks = 256;
    private const int Appends = 200;

    public static DiskSpeed Of(string directory)
    {
        var path = Path.Combine(directory, $"kguardian-bench-{Guid.NewGuid():N}");
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        var block = new byte[Block];
        Random.Shared.NextBytes(block);
        var startedAt = Stopwatch.GetTimestamp();
        for (var i = 0; i < Blocks; i++)
        {
            file.Write(block);
        }

        file.Flush(flushToDisk: true);
        var megabytesPerSecond = (double)Block * Blocks / 1e6 / Stopwatch.GetElapsedTime(startedAt).TotalSeconds;

        // What a commit of a small batch pays at least.
        var fsyncs = new LatencyHistogram();
        for (var i = 0; i < Appends; i++)
        {
            startedAt = Stopwatch.GetTimestamp();
            file.Write(block.AsSpan(0, 4096));
            file.Flush(flushToDisk: true);
            fsyncs.Record(Stopwatch.GetElapsedTime(startedAt));
        }

        return new(megabytesPerSecond, fsyncs.Percentile(0.5).TotalMilliseconds, fsyncs.Percentile(0.99).TotalMilliseconds);
    }
}
