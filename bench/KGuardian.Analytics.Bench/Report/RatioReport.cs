using System.Globalization;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>The suite's results as shares of their peers and limits.</summary>
internal static class RatioReport
{
    private const string ClickHouse = "ClickHouse directly";

    public static IReadOnlyList<Ratio> Of(
        IEnumerable<LoadResult> ingest, IReadOnlyList<ReadResult> reads, IEnumerable<ReadResult> direct, MachineLimits limits) =>
    [
        .. ingest.SelectMany(result => OfIngest(result, limits)),
        .. from peer in direct
           join ours in reads on peer.Options.Name equals ours.Options.Name
           from ratio in OfRead(ours, peer, limits)
           select ratio,
    ];

    public static string Table(IEnumerable<Ratio> ratios)
    {
        var table = new TextTable("measure", "ours", "peer", "x of peer", "limit", "x of limit", "peer; limit");
        foreach (var ratio in ratios)
        {
            table.Add(
                ratio.Measure, Show(ratio.Ours), Show(ratio.Peer), Show(ratio.OfPeer), Show(ratio.Limit), Show(ratio.OfLimit),
                string.Join("; ", new[] { ratio.PeerName, ratio.LimitName }.OfType<string>()));
        }

        return table.ToString();
    }

    private static IEnumerable<Ratio> OfIngest(LoadResult result, MachineLimits limits)
    {
        var options = result.Options;
        // Alone, a new flow waits for a sync of the journal at least; repeats among them do not.
        if (options.Rate > 0 || options.Single)
        {
            yield return new($"{options.Name}, p50 ms", result.P50, IsCost: true, null, null, "fsync of 4 KB", limits.Disk.FsyncP50Milliseconds);
        }

        if (options.Rate > 0)
        {
            yield break;
        }

        var nothing = limits.IntoNothing.FirstOrDefault(limit => limit.Options.Connections == options.Connections && limit.Options.Batch == options.Batch);
        if (nothing is not null && !options.Single)
        {
            yield return new(
                $"{options.Name}, events/s", result.EventsPerSecond, IsCost: false, null, null,
                "the generator into nothing", nothing.EventsPerSecond);
        }

        yield return new(
            $"{options.Name}, events/s", result.EventsPerSecond, IsCost: false, null, null,
            "parser alone, one thread", limits.Parser.EventsPerSecond);
    }

    private static IEnumerable<Ratio> OfRead(ReadResult ours, ReadResult peer, MachineLimits limits)
    {
        var name = ours.Options.Name;
        if (ours.Bytes < 1_000_000)
        {
            yield return new($"{name}, p50 ms", ours.P50, IsCost: true, ClickHouse, peer.P50, null, null);
            yield return new($"{name}, p99 ms", ours.P99, IsCost: true, ClickHouse, peer.P99, null, null);
            yield break;
        }

        yield return new($"{name}, MB/s", Speed(ours), IsCost: false, ClickHouse, Speed(peer), "loopback", limits.LoopbackMegabytesPerSecond);
        yield return new($"{name}, first byte ms", ours.FirstByteP50, IsCost: true, ClickHouse, peer.FirstByteP50, null, null);
    }

    private static double Speed(ReadResult result) => result.Bytes / 1e3 / result.P50;

    private static string Show(double? value) =>
        value is { } number ? number.ToString(number >= 1000 ? "N0" : number >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture) : "-";
}
