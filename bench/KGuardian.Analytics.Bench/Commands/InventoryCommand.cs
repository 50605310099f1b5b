using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Model;
using KGuardian.Analytics.Bench.Report;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>inventory</c>: pods and services of a large cluster are posted, looked up beside ingest, read whole and loaded at a start.</summary>
internal static class InventoryCommand
{
    public static int Run(Flags flags)
    {
        var smoke = flags.Has("smoke");
        var pods = flags.Count("pods", smoke ? 500 : 43_000);
        var services = flags.Count("services", smoke ? 50 : 5_000);
        var connections = flags.Count("connections", smoke ? 32 : 256);
        var rate = flags.Number("rate", 500);
        var time = flags.Seconds("seconds", smoke ? 1 : 20);
        var eventRate = flags.Number("event-rate", smoke ? 2_000 : 0);
        var readers = flags.Count("readers", smoke ? 4 : 20);
        var json = flags.Text("json");
        flags.RejectUnknown();

        using var target = new AnalyticsTarget();
        var before = target.Probe.ServerBytes;
        var generator = new SpecGenerator(target.Url, target.Probe);
        SpecResult[] posts =
        [
            generator.Post("pods, new", pods, connections, pod => ClusterSpecs.Pod(target.Url, pod, 0)),
            generator.Post("services, new", services, connections, service => ClusterSpecs.Service(target.Url, service)),
            generator.Post("pods, unchanged", pods, connections, pod => ClusterSpecs.Pod(target.Url, pod, 0)),
            generator.Post("pods, changed", pods, connections, pod => ClusterSpecs.Pod(target.Url, pod, 1)),
        ];
        var growth = target.Probe.ServerBytes - before;

        var info = new ReadGenerator(target.Url, target.Probe).Run(new ReadOptions("all pods", "/pod/info", smoke ? 3 : 20, Warmup: 2) { RowMark = null });
        var readersGrowth = ReadAtOnce(target, readers);
        // Before there are flows, whose index is loaded at a start, too.
        var restart = StartOf(target);
        StartCost empty;
        using (var other = new AnalyticsTarget())
        {
            empty = StartOf(other);
        }

        generator = new SpecGenerator(target.Url, target.Probe);
        var load = Task.Run(() => new LoadGenerator(target.Url, IngestCommand.NewFleet(0, 8), target.Probe).Run(
            new LoadOptions { Name = "beside", Rate = eventRate, Warmup = TimeSpan.Zero, Duration = 2 * time + TimeSpan.FromSeconds(1) }));
        SpecResult[] lookUps =
        [
            generator.LookUp("/pod/ip beside ingest", pods, rate, time, pod => $"/pod/ip/{ClusterSpecs.Ip(pod)}"),
            generator.LookUp("/pod/name beside ingest", pods, rate, time, pod => $"/pod/name/{ClusterSpecs.Name(pod)}"),
        ];
        Console.Error.WriteLine($"ingest beside: {load.GetAwaiter().GetResult().EventsPerSecond:N0} events/s");

        var report = new InventoryReport(
            posts, lookUps, info.Bytes, info.FirstByteP50, info.MegabytesPerSecond, readers, readersGrowth, growth, restart, empty);
        Console.WriteLine($"{MachineInfo.Current}\n");
        Console.WriteLine(report);
        JsonFile.Write(json, "inventory", report);
        var after = new ReadGenerator(target.Url, target.Probe).Run(new ReadOptions("all pods", "/pod/info", 1) { RowMark = null });
        if (after.Bytes != info.Bytes)
        {
            Console.Error.WriteLine($"{after.Bytes} bytes of pods are known after the restart, {info.Bytes} were before.");
            return 1;
        }

        return 0;
    }

    /// <summary>What the server grows by while some read all pods at once; the peak over its size before.</summary>
    private static long ReadAtOnce(AnalyticsTarget target, int readers)
    {
        var pid = target.Probe.Pid!.Value;
        ProcessStatus.ResetPeak(pid);
        var before = target.Probe.ServerBytes;
        var all = new ReadOptions("all pods", "/pod/info", 3) { RowMark = null };
        Task.WaitAll(Enumerable.Range(0, readers).Select(_ => Task.Factory.StartNew(
            () => new ReadGenerator(target.Url, new ServerProbe(null, null)).Run(all), TaskCreationOptions.LongRunning)).ToArray());
        return target.Probe.ServerPeakBytes - before;
    }

    private static StartCost StartOf(AnalyticsTarget target)
    {
        var seconds = target.Restart().TotalSeconds;
        var cpu = target.Probe.SampleCpu();
        return new StartCost(seconds, cpu.Server, cpu.Store, target.Probe.ServerBytes);
    }
}
