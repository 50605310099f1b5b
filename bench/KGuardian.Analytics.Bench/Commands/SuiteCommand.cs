using System.Globalization;
using KGuardian.Analytics.Bench.Load;
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
        var flows = flags.Count("flows", smoke ? 20_000 : 1_000_000);
        var requests = flags.Count("requests", smoke ? 30 : 500);
        var json = flags.Text("json");
        flags.RejectUnknown();

        var ingest = new List<LoadResult>();
        foreach (var scenario in smoke ? SuiteScenarios.Smoke : SuiteScenarios.Full)
        {
            using var target = new AnalyticsTarget();
            var generator = new LoadGenerator(target.Url, IngestCommand.NewFleet(0, scenario.Connections), target.Probe);
            generator.Seed(preload);
            ingest.Add(generator.Run(scenario with { Duration = duration, Warmup = warmup }));
            Progress($"{scenario.Name}: {ingest[^1].EventsPerSecond:N0} events/s");
        }

        var reads = new List<ReadResult>();
        using (var target = new AnalyticsTarget())
        {
            var fleet = IngestCommand.NewFleet(0, 8);
            var generator = new LoadGenerator(target.Url, fleet, target.Probe);
            ingest.Add(generator.Seed(flows));
            Progress($"{fleet.Flows:N0} flows stored: {ingest[^1].EventsPerSecond:N0} events/s");
            var reader = new ReadGenerator(target.Url, target.Probe);
            var standard = ReadOptions.Standard(fleet.Model.Pods[0].Name, requests, streams: smoke ? 1 : 3);
            reads.AddRange(standard.Select(reader.Run));

            // The same pages while agents send at a modest fixed rate: what a dashboard sees on a working server.
            var background = new LoadOptions { Name = "background", Rate = smoke ? 5_000 : 20_000, Duration = duration, Warmup = warmup };
            var load = Task.Run(() => generator.Run(background));
            Thread.Sleep(warmup);
            reads.AddRange(standard.Take(2).Select(page => reader.Run(page with { Name = $"{page.Name}, during ingest" })));
            ingest.Add(load.GetAwaiter().GetResult());
        }

        Console.WriteLine(LoadReport.Table(ingest));
        Console.Write(ReadReport.Table(reads));
        JsonFile.Write(json, "suite", new { ingest, reads });
        var complaints = LoadReport.Complaints(ingest).ToList();
        complaints.ForEach(Console.Error.WriteLine);
        return complaints.Count == 0 ? 0 : 1;
    }

    private static void Progress(FormattableString text) => Console.Error.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
