using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Model;
using KGuardian.Analytics.Bench.Report;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>ingest</c> and <c>seed</c>: one scenario against a server that runs already.</summary>
internal static class IngestCommand
{
    private const int LeastNodes = 64;

    public static int Ingest(Flags flags) => Run(flags, "ingest", (generator, options, preload) =>
    {
        var seeded = preload > 0 ? generator.Seed(preload) : null;
        var measured = generator.Run(options);
        return seeded is null ? [measured] : [seeded, measured];
    });

    public static int Seed(Flags flags)
    {
        var flows = flags.Count("flows", 1_000_000);
        return Run(flags, "seed", (generator, options, _) => [generator.Seed(flows, options.Connections, options.Batch)]);
    }

    /// <summary>Enough nodes that every connection speaks for one.</summary>
    public static AgentFleet NewFleet(int seed, int connections) => new(new ClusterModel(seed, Math.Max(LeastNodes, connections)));

    private static int Run(Flags flags, string command, Func<LoadGenerator, LoadOptions, long, IReadOnlyList<LoadResult>> run)
    {
        var isSeed = command == "seed";
        var options = new LoadOptions
        {
            Connections = flags.Count("connections", 8),
            Batch = flags.Count("batch", isSeed ? 1000 : 100),
            Single = flags.Has("single"),
            NewShare = flags.Number("new", 0.10),
            UdpShare = flags.Number("udp", 0.10),
            Rate = flags.Number("rate", 0),
            Duration = flags.Seconds("seconds", 10),
            Warmup = flags.Seconds("warmup", 3),
        };
        var preload = flags.Count("preload", 0);
        var url = new Uri(flags.Text("url", "http://127.0.0.1:9090"));
        var pid = flags.Count("server-pid", 0);
        var probe = new ServerProbe(pid > 0 ? pid : null, flags.Text("data-dir"));
        var fleet = NewFleet(flags.Count("seed", 0), options.Connections);
        var json = flags.Text("json");
        flags.RejectUnknown();

        var results = run(new(url, fleet, probe), options, preload);
        Console.Write(LoadReport.Table(results));
        JsonFile.Write(json, command, results);
        var complaints = LoadReport.Complaints(results).ToList();
        complaints.ForEach(Console.Error.WriteLine);
        return complaints.Count == 0 ? 0 : 1;
    }
}
