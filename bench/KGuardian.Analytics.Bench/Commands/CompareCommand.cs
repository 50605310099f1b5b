using System.Globalization;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Report;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary>
/// <c>compare</c>: the same load on this server and on the PostgreSQL broker, alternating, each measurement on a server started empty.
/// Only one of the two runs at a time, so that neither pays for the other's background work.
/// </summary>
internal static class CompareCommand
{
    public static int Run(Flags flags)
    {
        var duration = flags.Seconds("seconds", 10);
        var warmup = flags.Seconds("warmup", 3);
        var rounds = flags.Count("rounds", 1);
        var preload = flags.Count("preload", 100_000);
        var flows = flags.Count("flows", 500_000);
        var only = flags.Text("only");
        var json = flags.Text("json");
        flags.RejectUnknown();

        LoadOptions[] scenarios =
        [
            new() { Name = "10 % new", NewShare = 0.10, Duration = duration, Warmup = warmup },
            new() { Name = "100 % new", NewShare = 1, Duration = duration, Warmup = warmup },
            new() { Name = "repeats only", NewShare = 0, Duration = duration, Warmup = warmup },
        ];
        Func<ITarget>[] targets = only switch
        {
            null => [() => new AnalyticsTarget(), () => new PostgresTarget()],
            Comparison.Ours => [() => new AnalyticsTarget()],
            Comparison.Peer => [() => new PostgresTarget()],
            _ => throw new ArgumentException($"--only must be {Comparison.Ours} or {Comparison.Peer}, got '{only}'."),
        };
        var comparison = new Comparison();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var scenario in scenarios)
            {
                Each(target => comparison.Add(target.Name, Ingest(target, scenario, preload)));
            }

            Each(target => comparison.Add(target.Name, Read(target, flows)));
        }

        foreach (var (server, results) in comparison.Ingest)
        {
            Console.WriteLine($"{server}\n{LoadReport.Table(results)}");
        }

        foreach (var (server, results) in comparison.Reads)
        {
            Console.WriteLine($"{server}\n{ReadReport.Table(results)}");
        }

        Console.Write(comparison.Table());
        JsonFile.Write(json, "compare", comparison);
        comparison.Complaints.ForEach(Console.Error.WriteLine);
        return comparison.Complaints.Count == 0 ? 0 : 1;

        void Each(Action<ITarget> measure)
        {
            foreach (var start in targets)
            {
                using var target = start();
                measure(target);
            }
        }
    }

    private static LoadResult Ingest(ITarget target, LoadOptions scenario, int preload)
    {
        var generator = new LoadGenerator(target.Url, IngestCommand.NewFleet(0, scenario.Connections), target.Probe);
        generator.Seed(preload);
        var result = generator.Run(scenario);
        Progress(target, scenario.Name, result.EventsPerSecond, "events/s");
        return result;
    }

    private static List<ReadResult> Read(ITarget target, int flows)
    {
        var fleet = IngestCommand.NewFleet(0, 8);
        new LoadGenerator(target.Url, fleet, target.Probe).Seed(flows);
        target.PrepareForReads();
        var reader = new ReadGenerator(target.Url, target.Probe);
        var results = ReadOptions.Standard(fleet.Model.Pods[0].Name, requests: 300, streams: 3).Select(reader.Run).ToList();
        foreach (var result in results)
        {
            Progress(target, result.Options.Name, result.P50, "ms");
        }

        return results;
    }

    private static void Progress(ITarget target, string scenario, double value, string unit) =>
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{target.Name,-9} {scenario,-14} {value,12:N1} {unit}"));
}
