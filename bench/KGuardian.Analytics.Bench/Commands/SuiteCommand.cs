using System.Globalization;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>suite</c>: starts the server itself, runs every scenario, and fails when a count was wrong. <c>--smoke</c> takes seconds.</summary>
internal static class SuiteCommand
{
    public static int Run(Flags flags)
    {
        var smoke = flags.Has("smoke");
        var duration = flags.Seconds("seconds", smoke ? 1 : 10);
        var warmup = flags.Seconds("warmup", smoke ? 0.5 : 3);
        var preload = flags.Count("preload", smoke ? 10_000 : 200_000);
        var flows = (long)flags.Number("flows", smoke ? 20_000 : 1_000_000);
        var requests = flags.Count("requests", smoke ? 5 : 500);
        var readTime = flags.Seconds("read-seconds", smoke ? 1 : 20);
        var readsOnly = flags.Has("reads-only");
        var json = flags.Text("json");
        flags.RejectUnknown();

        var ingest = new List<LoadResult>();
        foreach (var scenario in readsOnly ? [] : smoke ? SuiteScenarios.Smoke : SuiteScenarios.Full)
        {
            using var target = new AnalyticsTarget();
            var generator = new LoadGenerator(target.Url, IngestCommand.NewFleet(0, scenario.Connections), target.Probe);
            generator.Seed(preload);
            ingest.Add(generator.Run(scenario with { Duration = duration, Warmup = warmup }));
            Progress($"{scenario.Name}: {ingest[^1].EventsPerSecond:N0} events/s");
        }

        List<ReadResult> reads, direct;
        StoredFlows stored;
        List<string> complaints = [];
        using (var target = new AnalyticsTarget())
        {
            var fleet = IngestCommand.NewFleet(0, 8);
            var generator = new LoadGenerator(target.Url, fleet, target.Probe);
            ingest.Add(generator.Seed(flows));
            Progress($"{fleet.Flows:N0} flows stored: {ingest[^1].EventsPerSecond:N0} events/s");
            var stage = new SuiteReads(target, fleet, requests, readTime, smoke);
            var node = new DirectNode(target.Probe.DataDirectory!);
            if (!smoke)
            {
                node.Settle();
            }

            reads = stage.AtRest(read => Progress($"{read.Options.Name}: {read.P50:N1} ms"));
            direct = stage.Direct(node);
            stored = node.Flows();
            if (stored.Rows != fleet.Flows)
            {
                complaints.Add($"{stored.Rows} flows are stored, {fleet.Flows} were acknowledged.");
            }

            var background = new LoadOptions
            {
                Name = "background of reads",
                Rate = smoke ? 5_000 : 20_000,
                Duration = smoke ? duration : 6 * duration,
                Warmup = warmup,
            };
            var (load, during) = stage.DuringIngest(generator, background);
            ingest.Add(load);
            reads.AddRange(during);
        }

        var limits = MachineLimits.Over(smoke ? TimeSpan.FromSeconds(0.5) : TimeSpan.FromSeconds(5));
        var ratios = RatioReport.Of(ingest, reads, direct, limits);
        Console.WriteLine($"{MachineInfo.Current}\n");
        Console.WriteLine(LoadReport.Table(ingest));
        Console.WriteLine(ReadReport.Table(reads));
        Console.WriteLine($"ClickHouse asked directly\n{ReadReport.Table(direct)}");
        Console.WriteLine(LimitsReport.Text(limits));
        Console.WriteLine(RatioReport.Table(ratios));
        Progress($"on disk: {stored.Rows:N0} flows, {(double)stored.Bytes / stored.Rows:0.0} bytes each in {stored.Parts} active parts");
        JsonFile.Write(json, "suite", new { ingest, reads, direct, stored, limits, ratios });
        // On a busy machine ClickHouse is away at times: the smoke run is about counts.
        var wrong = smoke ? ingest.Where(result => !result.IsCounted) : ingest;
        complaints.AddRange([.. LoadReport.Complaints(wrong), .. ReadReport.Complaints(reads), .. ReadReport.Complaints(direct)]);
        complaints.ForEach(Console.Error.WriteLine);
        return complaints.Count == 0 ? 0 : 1;
    }

    private static void Progress(FormattableString text) => Console.Error.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
