using System.Diagnostics;
using System.Globalization;
using System.Text;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Report;
using KGuardian.Analytics.Bench.Servers;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary>
/// <c>soak</c>: a day of load after the other, each <c>--day-seconds</c> long by the real clock, read meanwhile, while retention drops the oldest.
/// </summary>
internal static class SoakCommand
{
    private const int LeastSamples = 9;

    // Merged and dropped parts stay on disk for a minute: disk fills for the first two, which must lie in the first third.
    private static readonly TimeSpan LeastForLevels = TimeSpan.FromMinutes(6);
    private const int Connections = 8;
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(100);

    public static int Run(Flags flags)
    {
        var duration = TimeSpan.FromMinutes(flags.Number("minutes", 30));
        var day = flags.Seconds("day-seconds", 60);
        var keep = Math.Max(1, flags.Count("keep", 2));
        var rate = flags.Number("rate", 20_000);
        var results = new ResultDirectory(flags.Text("out"));
        flags.RejectUnknown();
        if (duration / SampleInterval < LeastSamples)
        {
            throw new ArgumentException($"--minutes must make {LeastSamples} samples at least, one each {SampleInterval.TotalSeconds} s.");
        }

        using var clock = new SteppedClock();
        using var target = new AnalyticsTarget(clock, [new("KGUARDIAN_RETENTION__DAYS", $"{keep}")]);
        using var ending = new CancellationTokenSource(duration);
        var days = new List<LoadResult>();
        var load = Task.Run(() => SendDays(
            target, clock, keep,
            new LoadOptions { Rate = rate, Connections = Connections, Warmup = TimeSpan.Zero, Duration = day }, days, ending.Token));
        var reader = new ReadLoop(target.Url, Paths(), ReadPause);
        var reads = Task.Run(reader.Run);
        var samples = Sample(target, reader, days, load);
        reader.Stop();
        load.GetAwaiter().GetResult();
        reads.GetAwaiter().GetResult();

        results.Write("soak.csv", SoakReport.Csv(samples));
        results.Write("soak.svg", SoakReport.Plot(samples, string.Create(
            CultureInfo.InvariantCulture, $"Soak: {rate:N0} events/s, {days.Count} days of {day.TotalSeconds:0} s, {keep} kept")));
        Console.WriteLine(LoadReport.Table(days));
        Console.WriteLine($"failed reads: {reader.Failures}{(reader.LastFailure is { } failure ? $", the last: {failure}" : "")}");
        var wrong = days.Where(result => result.AnsweredNew != result.ExpectedNew);
        List<string> complaints =
        [
            .. LoadReport.Complaints(wrong),
            .. duration >= LeastForLevels ? SoakReport.Violations(samples) : [],
            .. reader.Failures > 0 ? [$"{reader.Failures} reads failed."] : Array.Empty<string>(),
        ];
        if (duration < LeastForLevels)
        {
            Console.WriteLine($"Levels were not judged: less than {LeastForLevels.TotalMinutes} minutes.");
        }

        complaints.ForEach(Console.Error.WriteLine);
        return complaints.Count == 0 ? 0 : 1;
    }

    private static void SendDays(AnalyticsTarget target, SteppedClock clock, int keep, LoadOptions options, List<LoadResult> days, CancellationToken ending)
    {
        for (var day = 0; !ending.IsCancellationRequested; day++)
        {
            // Flows of its own: repeats of expired ones would count as new.
            var fleet = IngestCommand.NewFleet(day, Connections);
            var result = new LoadGenerator(target.Url, fleet, target.Probe).Run(options with { Name = $"day {day}" });
            lock (days)
            {
                days.Add(result);
            }

            clock.Set(day + 1);
            // Expired partitions go every full hour by the monotonic clock, which nobody sets forward, and after each change of retention.
            SetRetention(target.Url, keep);
        }
    }

    private static void SetRetention(Uri server, int days)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(server, "/api/v1/flow-reports/retention"))
        {
            Content = new StringContent($"{{\"days\": {days}}}", Encoding.UTF8, "application/json"),
        };
        using var response = http.Send(request);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Events have the real time, half a day ago; the server's clock is days ahead, so that its default window would show nothing.</summary>
    private static List<string> Paths()
    {
        var now = DateTime.UtcNow;
        var window = $"from={now.AddDays(-1):yyyy-MM-dd}&to={now.AddDays(2):yyyy-MM-dd}";
        return
        [
            "/pod/traffic?limit=100",
            $"/api/v1/flows?limit=100&{window}",
            $"/api/v1/flows?limit=100&{window}&filter={Uri.EscapeDataString("namespace = payments and decision = DROP")}",
            $"/api/v1/flows/count?{window}",
            $"/api/v1/flows/top?by=pod&{window}",
            $"/api/v1/flows/timeseries?step=5m&{window}",
            $"/api/v1/flows/edges?collapse=ports&limit=100&{window}",
        ];
    }

    private static List<SoakSample> Sample(AnalyticsTarget target, ReadLoop reader, List<LoadResult> days, Task load)
    {
        var node = new DirectNode(target.Probe.DataDirectory!);
        var samples = new List<SoakSample>();
        var since = Stopwatch.StartNew();
        while (!load.Wait(SampleInterval))
        {
            var stored = Stored(node);
            if (stored is null)
            {
                continue;
            }

            LoadResult? last;
            int day;
            lock (days)
            {
                (last, day) = (days.LastOrDefault(), days.Count);
            }

            var latencies = reader.TakeInterval();
            samples.Add(new(
                since.Elapsed.TotalSeconds, day, target.Probe.ServerBytes, target.Probe.StoreBytes, target.Probe.DiskBytes, stored.Bytes,
                stored.Parts, stored.Rows, latencies.Percentile(0.5).TotalMilliseconds, latencies.Percentile(0.99).TotalMilliseconds, last?.P50 ?? 0,
                last?.P99 ?? 0, reader.Failures));
        }

        return samples;
    }

    private static StoredFlows? Stored(DirectNode node)
    {
        try
        {
            return node.Flows();
        }
        catch (Exception missed) when (missed is HttpRequestException or IOException)
        {
            Console.Error.WriteLine($"A sample was missed: {missed.Message}");
            return null;
        }
    }
}
