using KGuardian.Analytics.Bench.Commands;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Measure;

/// <summary>What no server on this machine can exceed: events over loopback into nothing, the parser alone, loopback alone, and the disk.</summary>
internal sealed record MachineLimits(IReadOnlyList<LoadResult> IntoNothing, ParserSpeed Parser, double LoopbackMegabytesPerSecond, DiskSpeed Disk)
{
    /// <param name="duration">Of each measurement.</param>
    public static MachineLimits Over(TimeSpan duration) => new(
        [.. from shape in new[] { (8, 100), (8, 1000), (256, 100), (256, 1000) } select SendIntoNothing(shape.Item1, shape.Item2, duration)],
        ParserSpeed.Over(duration),
        LoopbackSpeed.MegabytesPerSecond(duration),
        DiskSpeed.Of(Path.GetTempPath()));

    private static LoadResult SendIntoNothing(int connections, int batch, TimeSpan duration)
    {
        // A process of its own, so that the generator's CPU is counted apart.
        using var sink = new ChildProcess(BenchExecutable.Path, ["sink", "--port", "0", "--batch", $"{batch}"], []);
        sink.WaitUntilReady(() => sink.Address is not null, TimeSpan.FromMinutes(1));
        var generator = new LoadGenerator(sink.Address!, IngestCommand.NewFleet(0, connections), new(sink.Id, null));
        return generator.Run(new()
        {
            Name = $"into nothing, {connections} x {batch}",
            Connections = connections,
            Batch = batch,
            NewShare = 1,
            Warmup = duration / 5,
            Duration = duration,
        });
    }
}
