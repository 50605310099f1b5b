using System.Globalization;
using KGuardian.Analytics.Bench.Load;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>All measurements of both servers; the table shows medians over the rounds and how many times ours is better.</summary>
internal sealed class Comparison
{
    public const string Ours = "ours";
    public const string Peer = "postgres";

    public Dictionary<string, List<LoadResult>> Ingest { get; } = [];

    public Dictionary<string, List<ReadResult>> Reads { get; } = [];

    /// <summary>Ratios by measure: above 1 ours is better.</summary>
    public IReadOnlyDictionary<string, double> Ratios => Measures()
        .Where(measure => measure is { Ours: > 0, Peer: > 0 })
        .ToDictionary(measure => measure.Name, measure => measure.Ratio);

    internal List<string> Complaints => [.. Ingest.SelectMany(server => LoadReport.Complaints(server.Value).Select(text => $"{server.Key}: {text}"))];

    public void Add(string server, LoadResult result) => Of(Ingest, server).Add(result);

    public void Add(string server, IEnumerable<ReadResult> results) => Of(Reads, server).AddRange(results);

    public string Table()
    {
        var table = new TextTable("measure", Ours, Peer, "ratio");
        foreach (var measure in Measures())
        {
            table.Add(measure.Name, Show(measure.Ours), Show(measure.Peer), measure is { Ours: > 0, Peer: > 0 } ? $"{Show(measure.Ratio)} x" : "-");
        }

        return table.ToString();
    }

    private IEnumerable<Measure> Measures()
    {
        foreach (var scenario in Ingest.Values.SelectMany(results => results).Select(result => result.Options.Name).Distinct())
        {
            yield return Rate($"{scenario}, events/s", Ingest, result => result.Options.Name == scenario, result => result.EventsPerSecond);
            yield return Cost($"{scenario}, p99 ms", Ingest, result => result.Options.Name == scenario, result => result.P99);
        }

        foreach (var scenario in Reads.Values.SelectMany(results => results).Select(result => result.Options.Name).Distinct())
        {
            yield return Cost($"{scenario}, p50 ms", Reads, result => result.Options.Name == scenario, result => result.P50);
            yield return Cost($"{scenario}, p99 ms", Reads, result => result.Options.Name == scenario, result => result.P99);
        }

        yield return Cost("unbounded, first byte ms", Reads, result => result.Options.Name == "unbounded", result => result.FirstByteP50);
        yield return Rate("unbounded, MB/s", Reads, result => result.Options.Name == "unbounded", result => result.MegabytesPerSecond);
        yield return Cost("unbounded, server growth MB", Reads, result => result.Options.Name == "unbounded", result => result.ServerGrowthBytes / 1e6);
    }

    private static Measure Rate<T>(string name, Dictionary<string, List<T>> results, Func<T, bool> which, Func<T, double> value)
    {
        var (ours, peer) = (Median(results, Ours, which, value), Median(results, Peer, which, value));
        return new(name, ours, peer, ours / peer);
    }

    private static Measure Cost<T>(string name, Dictionary<string, List<T>> results, Func<T, bool> which, Func<T, double> value)
    {
        var (ours, peer) = (Median(results, Ours, which, value), Median(results, Peer, which, value));
        return new(name, ours, peer, peer / ours);
    }

    private static double Median<T>(Dictionary<string, List<T>> results, string server, Func<T, bool> which, Func<T, double> value)
    {
        var values = results.GetValueOrDefault(server, []).Where(which).Select(value).Order().ToList();
        return values.Count == 0 ? 0 : values[values.Count / 2];
    }

    private static List<T> Of<T>(Dictionary<string, List<T>> results, string server) =>
        results.TryGetValue(server, out var found) ? found : results[server] = [];

    private static string Show(double value) =>
        value == 0 ? "-" : value.ToString(value >= 1000 ? "N0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    private sealed record Measure(string Name, double Ours, double Peer, double Ratio);
}
