using System.Globalization;
using KGuardian.Analytics.Bench.Load;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary>What is read from a server that holds a fleet's flows, all within the last 24 hours, the native routes' default window.</summary>
internal static class ReadScenarios
{
    // Every answer in an envelope: the outer object and its window.
    private const int Envelope = 2;

    private const int PageRows = 100;

    /// <summary>Pages of the native route: the newest, and filtered ones.</summary>
    public static IReadOnlyList<ReadOptions> Pages(AgentFleet fleet, int requests)
    {
        var pod = fleet.Model.Pods[0];
        // UDP flows differ by the peer's address: the first one of an external host is a flow or a few.
        var external = fleet.Model.Nodes[0].Stems.First(stem => stem.Udp).PeerHost;
        return
        [
            Page("page, newest", "") with { ExpectedRows = Math.Min(PageRows, fleet.Flows) },
            Page("page, one pod", Filter($"pod = {pod.Name}")),
            Page("page, one namespace", Filter($"namespace = {pod.Namespace}")),
            Page("page, frequent peer", Filter($"peer_ip = {pod.Ip}")),
            Page("page, rare peer", Filter($"peer_ip = 100.100.100.{external}")),
            Page("page, drops of a network", Filter("decision = DROP and peer_ip in 10.100.0.0/16")),
            // Events are about a millisecond apart, on each connection.
            Page("page, 10 s", $"&from={Time(fleet.Begin.AddSeconds(1))}&to={Time(fleet.Begin.AddSeconds(11))}"),
        ];

        ReadOptions Page(string name, string parameters) =>
            new(name, $"/api/v1/flows?limit={PageRows}{parameters}", requests, Warm(requests)) { OtherMarks = Envelope };
    }

    /// <summary>The page behind this cursor, which was walked to.</summary>
    public static ReadOptions DeepPage(string cursor, int depth, int requests) =>
        new(string.Create(CultureInfo.InvariantCulture, $"page, behind {depth:N0} flows"),
            $"/api/v1/flows?limit={PageRows}&cursor={Uri.EscapeDataString(cursor)}", requests, Warm(requests)) { OtherMarks = Envelope };

    /// <summary>Aggregates over 24 hours: repeated, and "cold".</summary>
    public static IEnumerable<ReadOptions> Aggregates(int requests)
    {
        (string Name, string Path, int OtherMarks)[] aggregates =
        [
            ("count", "/api/v1/flows/count", Envelope),
            ("top pods", "/api/v1/flows/top?by=pod", Envelope + 1),
            ("top pairs", "/api/v1/flows/top?by=namespace,peer_ip,decision", Envelope + 1),
            ("timeseries", "/api/v1/flows/timeseries?step=5m", Envelope),
            ("edges", "/api/v1/flows/edges?collapse=ports", Envelope),
        ];
        return aggregates.SelectMany(aggregate =>
            Both(aggregate.Name, aggregate.Path, requests).Select(read => read with { OtherMarks = aggregate.OtherMarks }));
    }

    /// <summary>The whole window in every format; the text formats' rows are counted. The first of each fills caches.</summary>
    public static IReadOnlyList<ReadOptions> Exports(long flows, int streams) =>
    [
        new("export, ndjson", "/api/v1/flows?format=ndjson", streams, Warmup: 1) { ExpectedRows = flows },
        new("export, csv", "/api/v1/flows?format=csv", streams, Warmup: 1) { RowMark = '\n', OtherMarks = 1, ExpectedRows = flows },
        new("export, arrow", "/api/v1/flows?format=arrow", streams, Warmup: 1) { RowMark = null },
        new("export, parquet", "/api/v1/flows?format=parquet", streams, Warmup: 1) { RowMark = null },
    ];

    /// <summary>The same request again and again, and one whose window begins at another time with each request.</summary>
    public static IReadOnlyList<ReadOptions> Both(string name, string path, int requests, string change = $"from=-{ReadOptions.Number}s")
    {
        var changing = $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{change}";
        return [new(name, path, requests, Warm(requests)), new($"{name}, cold", changing, requests, Warm(requests))];
    }

    private static int Warm(int requests) => Math.Max(1, requests / 10);

    private static string Filter(string expression) => $"&filter={Uri.EscapeDataString(expression)}";

    private static string Time(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
