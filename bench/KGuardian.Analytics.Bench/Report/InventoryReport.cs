using System.Globalization;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>What the inventory costs: posts and look-ups, and the answer of all pods.</summary>
/// <param name="Posts">Posts.</param>
/// <param name="LookUps">Look-ups, beside ingest.</param>
/// <param name="InfoBytes">Bytes of all pods.</param>
/// <param name="InfoFirstByte">Milliseconds to the first of them (median).</param>
/// <param name="InfoMegabytesPerSecond">Of one reader.</param>
/// <param name="Readers">Readers at once.</param>
/// <param name="ReadersGrowthBytes">What the server grew by for them.</param>
/// <param name="ServerGrowthBytes">What the server grew by while they were posted.</param>
/// <param name="Start">Of a server that knows them.</param>
/// <param name="EmptyStart">Of one that knows nothing.</param>
internal sealed record InventoryReport(
    IReadOnlyList<SpecResult> Posts, IReadOnlyList<SpecResult> LookUps, long InfoBytes, double InfoFirstByte, double InfoMegabytesPerSecond, int Readers,
    long ReadersGrowthBytes, long ServerGrowthBytes, StartCost Start, StartCost EmptyStart)
{
    public override string ToString()
    {
        var table = new TextTable("", "requests", "a second", "p50 ms", "p99 ms", "us CPU each: server", "node", "others, s");
        foreach (var result in Posts.Concat(LookUps))
        {
            table.Add(result.Name, Text($"{result.Requests:N0}"), Text($"{result.PerSecond:N0}"), Text($"{result.P50:N2}"), Text($"{result.P99:N2}"),
                Text($"{result.Cpu.Server * 1e6 / result.Requests:N0}"), Text($"{result.Cpu.Store * 1e6 / result.Requests:N0}"),
                Text($"{result.Cpu.Others:N1}"));
        }

        return table + "\n" + Text($"""
            /pod/info: {InfoBytes / 1e6:N1} MB, first byte after {InfoFirstByte:N1} ms, {InfoMegabytesPerSecond:N0} MB/s
            {Readers} readers of it at once: the server grew by {ReadersGrowthBytes / 1e6:N1} MB
            posting them: the server grew by {ServerGrowthBytes / 1e6:N1} MB; after a start it is {(Start.ServerBytes - EmptyStart.ServerBytes) / 1e6:N1} MB larger than an empty one
            start: {Of(Start)}; of an empty store {Of(EmptyStart)}

            """);
    }

    private static string Of(StartCost start) =>
        Text($"{start.Seconds:N2} s (CPU of the server {start.ServerCpuSeconds:N2} s, of the node {start.NodeCpuSeconds:N2} s)");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
