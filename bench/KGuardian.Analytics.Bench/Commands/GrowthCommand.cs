using System.Globalization;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Report;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>growth</c>: the same measurements at sizes from 100,000 flows up, each on a server of its own that was filled to that size.</summary>
internal static class GrowthCommand
{
    private static readonly long[] Sizes = [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000];

    private static readonly string[] Pages = ["page, newest", "page, one pod", "page, one namespace", "page, frequent peer", "page, rare peer"];

    private static readonly TimeSpan Warmup = TimeSpan.FromSeconds(2);

    public static int Run(Flags flags)
    {
        var most = (long)flags.Number("flows", 10_000_000);
        var duration = flags.Seconds("seconds", 5);
        var requests = flags.Count("requests", 200);
        var directory = flags.Text("out");
        var json = flags.Text("json");
        flags.RejectUnknown();

        var results = new ResultDirectory(directory);
        var points = new List<GrowthPoint>();
        foreach (var size in Sizes.Where(size => size < most).Append(most))
        {
            points.Add(Measure(size, duration, requests));
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{points[^1].Flows:N0} flows measured"));
        }

        var table = GrowthReport.Table(points);
        Console.Write(table);
        results.Write("growth.txt", table);
        results.Write("growth.svg", GrowthReport.Plot(points));
        JsonFile.Write(json ?? results.Path("growth.json"), "growth", points);
        var complaints = points
            .SelectMany(point => LoadReport.Complaints([point.TenPercentNew, point.AllNew]).Concat(ReadReport.Complaints(point.Pages)))
            .ToList();
        complaints.ForEach(Console.Error.WriteLine);
        return complaints.Count == 0 ? 0 : 1;
    }

    private static GrowthPoint Measure(long size, TimeSpan duration, int requests)
    {
        using var target = new AnalyticsTarget();
        var fleet = IngestCommand.NewFleet(0, 8);
        var generator = new LoadGenerator(target.Url, fleet, target.Probe);
        // Every size is a multiple of what a round of these batches brings.
        generator.Seed(size, batch: 500);
        var flows = fleet.Flows;

        var stored = new DirectNode(target.Probe.DataDirectory!).Settle();
        var reader = new ReadGenerator(target.Url, target.Probe);
        var pages = ReadScenarios.Pages(fleet, requests).Where(page => Pages.Contains(page.Name)).Select(reader.Run).ToList();
        if (stored.Rows != flows)
        {
            throw new InvalidOperationException($"{stored.Rows} flows are stored, {flows} were acknowledged.");
        }

        var (server, node, files) = (target.Probe.ServerBytes, target.Probe.StoreBytes, target.Probe.DiskBytes);
        // Repeats bring the server's code to its full speed, and the store stays as it is.
        generator.Run(Ingest("repeats", 0) with { Duration = Warmup, RequestsPerConnection = 0 });
        var tenPercent = generator.Run(Ingest("10 % new", 0.10));
        var allNew = generator.Run(Ingest("100 % new", 1));
        return new(flows, pages, tenPercent, allNew, server, node, stored.Bytes, files, stored.Parts);

        // Ends early rather than that the store doubles: it is this size that is measured.
        LoadOptions Ingest(string name, double share)
        {
            var options = new LoadOptions { Name = name, NewShare = share, Warmup = TimeSpan.Zero, Duration = duration };
            return options with { RequestsPerConnection = Math.Max(1, (long)(size / Math.Max(share, 0.01) / (options.Connections * options.Batch))) };
        }
    }
}
