using System.Globalization;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Report;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary>
/// <c>shards</c>: the same load on a server with one ClickHouse node and on one with a cluster of several, alternating, each on empty nodes; medians of
/// the rounds, and of their ratios. All share this machine, so it shows what sharding costs, not what more machines bring.
/// </summary>
internal static class ShardsCommand
{
    public static int Run(Flags flags)
    {
        var smoke = flags.Has("smoke");
        var duration = flags.Seconds("seconds", smoke ? 1 : 10);
        var warmup = flags.Seconds("warmup", smoke ? 0.5 : 3);
        var rounds = flags.Count("rounds", smoke ? 1 : 3);
        var shards = flags.Count("shards", 3);
        var preload = flags.Count("preload", smoke ? 10_000 : 100_000);
        var requests = flags.Count("requests", smoke ? 5 : 300);
        var json = flags.Text("json");
        flags.RejectUnknown();

        LoadOptions[] scenarios =
        [
            new() { Name = "10 % new", NewShare = 0.10, Duration = duration, Warmup = warmup },
            new() { Name = "100 % new", NewShare = 1, Duration = duration, Warmup = warmup },
        ];
        var ingest = new Dictionary<int, List<LoadResult>> { [1] = [], [shards] = [] };
        var reads = new Dictionary<int, List<ReadResult>> { [1] = [], [shards] = [] };
        for (var round = 0; round < rounds; round++)
        {
            foreach (var scenario in scenarios)
            {
                // Each in turn first: the machine's own speed drifts.
                foreach (var nodes in round % 2 == 0 ? [1, shards] : new[] { shards, 1 })
                {
                    Measure(nodes, scenario);
                }
            }
        }

        var table = new TextTable("", "1 node", $"{shards} shards", "ratio");
        foreach (var scenario in scenarios)
        {
            Row($"{scenario.Name}, events/s", nodes =>
                ingest[nodes].Where(result => result.Options.Name == scenario.Name).Select(result => result.EventsPerSecond));
        }

        foreach (var read in reads[1].Select(result => result.Options.Name).Distinct())
        {
            Row($"{read}, p50 ms", nodes => reads[nodes].Where(result => result.Options.Name == read).Select(result => result.P50));
        }

        Console.Write(table);
        JsonFile.Write(json, "shards", new { ingest, reads });
        var complaints = ingest.Values.SelectMany(LoadReport.Complaints).ToList();
        complaints.ForEach(Console.Error.WriteLine);
        return complaints.Count == 0 ? 0 : 1;

        void Measure(int nodes, LoadOptions scenario)
        {
            using var store = new ShardNodes(nodes);
            using var target = new AnalyticsTarget(settings: store.Settings);
            var fleet = IngestCommand.NewFleet(0, scenario.Connections);
            var generator = new LoadGenerator(target.Url, fleet, target.Probe);
            generator.Seed(preload);
            var result = generator.Run(scenario);
            ingest[nodes].Add(result);
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{nodes} {scenario.Name,-12} {result.EventsPerSecond,12:N0} events/s"));
            if (scenario.NewShare < 1)
            {
                var reader = new ReadGenerator(target.Url, target.Probe);
                reads[nodes].AddRange(ReadOptions.Standard(fleet.Model.Pods[0].Name, requests, streams: 3).Select(reader.Run));
            }
        }

        // Ratios are those of each round, for the same reason.
        void Row(string name, Func<int, IEnumerable<double>> values)
        {
            var (one, several) = (values(1).ToArray(), values(shards).ToArray());
            table.Add(name, Show(Median(one)), Show(Median(several)), Ratio(Median(one.Zip(several, (single, sharded) => sharded / single))));
        }
    }

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    private static string Ratio(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Show(double value) => value.ToString(value < 1000 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
