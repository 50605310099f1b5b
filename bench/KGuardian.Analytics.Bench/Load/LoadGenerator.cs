using System.Diagnostics;
using System.Net;
using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>Runs scenarios of one fleet against one server, a thread a connection.</summary>
internal sealed class LoadGenerator(Uri server, AgentFleet fleet, ServerProbe probe)
{
    private const int StackBytes = 128 * 1024;
    private readonly IPEndPoint _endPoint = new(IPAddress.Parse(server.Host == "localhost" ? "127.0.0.1" : server.Host), server.Port);
    private ulong _runs;

    /// <summary>Sends at least this many all-new flows as fast as answers come.</summary>
    public LoadResult Seed(long flows, int connections = 8, int batch = 1000) => Run(new()
    {
        Name = "seed",
        Connections = connections,
        Batch = batch,
        NewShare = 1,
        Warmup = TimeSpan.Zero,
        Duration = TimeSpan.FromDays(1),
        RequestsPerConnection = (flows + (long)connections * batch - 1) / ((long)connections * batch),
    });

    public LoadResult Run(LoadOptions options)
    {
        _runs++;
        var loops = Enumerable.Range(0, options.Connections).Select(connection => new AgentLoop(
            _endPoint, fleet.Prepare(connection, options, server.Authority), fleet.Clock(connection), options, connection, Seed(connection))).ToArray();
        GC.Collect();

        // All threads stand ready before the first sends: starting one takes long on a machine that is busy already.
        using var gate = new ManualResetEventSlim();
        long startAt = 0, measureFrom = 0, measureTo = 0;
        var threads = loops.Select(_ => new Thread(Enter, StackBytes)).ToList();
        for (var i = 0; i < loops.Length; i++)
        {
            threads[i].Start(loops[i]);
        }

        startAt = Stopwatch.GetTimestamp();
        measureFrom = startAt + (long)(options.Warmup.TotalSeconds * Stopwatch.Frequency);
        measureTo = measureFrom + (long)(options.Duration.TotalSeconds * Stopwatch.Frequency);
        gate.Set();
        WaitUntil(measureFrom, threads);
        var before = probe.SampleCpu();
        WaitUntil(measureTo, threads);
        var cpu = probe.SampleCpu() - before;
        threads.ForEach(thread => thread.Join());
        return Summarize(options, loops, measureFrom, measureTo, cpu);

        void Enter(object? loop)
        {
            gate.Wait();
            ((AgentLoop)loop!).Run(startAt, measureFrom, measureTo);
        }
    }

    private LoadResult Summarize(LoadOptions options, AgentLoop[] loops, long measureFrom, long measureTo, CpuSample cpu)
    {
        var latencies = new LatencyHistogram();
        foreach (var loop in loops)
        {
            latencies.Add(loop.Latencies);
        }

        // A seed ends before its window does, the backlog of an open loop after it.
        var endedAt = loops.Max(loop => loop.LastMeasuredAt);
        var closedLoop = options is { Rate: 0, RequestsPerConnection: 0 };
        var seconds = Stopwatch.GetElapsedTime(measureFrom, closedLoop ? measureTo : endedAt).TotalSeconds;
        return new()
        {
            Options = options,
            Seconds = seconds,
            Events = loops.Sum(loop => loop.MeasuredEvents),
            MegabytesPerSecond = loops.Sum(loop => loop.MeasuredBytes) / 1e6 / seconds,
            P50 = latencies.Percentile(0.50).TotalMilliseconds,
            P99 = latencies.Percentile(0.99).TotalMilliseconds,
            P999 = latencies.Percentile(0.999).TotalMilliseconds,
            Max = latencies.Max.TotalMilliseconds,
            Errors = loops.Sum(loop => loop.Errors),
            Refusals = loops.Sum(loop => loop.Refusals),
            LastError = loops.Select(loop => loop.LastError).FirstOrDefault(error => error is not null),
            ExpectedNew = loops.Sum(loop => loop.ExpectedNew),
            AnsweredNew = loops.Sum(loop => loop.AnsweredNew),
            Cpu = cpu,
            ServerPeakBytes = probe.ServerPeakBytes,
            StorePeakBytes = probe.StorePeakBytes,
            DiskBytes = probe.DiskBytes,
            Flows = fleet.Flows,
        };
    }

    private ulong Seed(int connection) => ((ulong)fleet.Model.Seed << 40) + (_runs << 20) + (ulong)connection;

    private static void WaitUntil(long timestamp, List<Thread> threads)
    {
        while (Stopwatch.GetTimestamp() < timestamp && threads.Any(thread => thread.IsAlive))
        {
            Thread.Sleep(1);
        }
    }
}
