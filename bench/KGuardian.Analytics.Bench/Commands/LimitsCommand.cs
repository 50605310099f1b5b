using System.Globalization;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>limits</c>: what no server on this machine can exceed: events over loopback into nothing, and the disk.</summary>
internal static class LimitsCommand
{
    public static int Run(Flags flags)
    {
        var duration = flags.Seconds("seconds", 5);
        var json = flags.Text("json");
        flags.RejectUnknown();

        var results = new List<LoadResult>();
        foreach (var (connections, batch) in new[] { (8, 100), (8, 1000), (256, 100) })
        {
            // A process of its own, so that the generator's CPU is counted apart.
            var port = ChildProcess.FreePort();
            using var sink = new ChildProcess(BenchExecutable.Path, ["sink", "--port", $"{port}", "--batch", $"{batch}"], []);
            Uri url = new($"http://127.0.0.1:{port}");
            sink.WaitUntilReady(() => BenchExecutable.Accepts(port), TimeSpan.FromSeconds(10));
            var generator = new LoadGenerator(url, IngestCommand.NewFleet(0, connections), new(sink.Id, null));
            results.Add(generator.Run(new()
            {
                Name = $"into nothing, {connections} x {batch}",
                Connections = connections,
                Batch = batch,
                NewShare = 1,
                Warmup = TimeSpan.FromSeconds(1),
                Duration = duration,
            }));
        }

        var disk = DiskSpeed.Of(Path.GetTempPath());
        Console.WriteLine(LoadReport.Table(results));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"disk: {disk.WriteMegabytesPerSecond:0} MB/s sequential; 4 KB append and fsync p50 {disk.FsyncP50Milliseconds:0.00} ms, p99 {disk.FsyncP99Milliseconds:0.00} ms"));
        JsonFile.Write(json, "limits", new { loopback = results, disk });
        return 0;
    }
}
