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
/// <param name="LoadedBytes">What a server that has loaded them is larger than one that knows nothing.</param>
/// <param name="RestartSeconds">From the start of a server that knows them, its node included, until it is healthy.</param>
/// <param name="EmptyStartSeconds">The same of one that knows nothing.</param>
internal sealed record InventoryReport(
    IReadOnlyList<SpecResult> Posts, IReadOnlyList<SpecResult> LookUps, long InfoBytes, double InfoFirstByte, double InfoMegabytesPerSecond, int Readers,
    long ReadersGrowthBytes, long ServerGrowthBytes, long LoadedBytes, double RestartSeconds, double EmptyStartSeconds)
{
    public override string ToString()
    {
        var table = new TextTable("", "requests", "a second", "p50 ms", "p99 ms", "us CPU each: server", "node", "others, s");
        foreach (var result in Posts.Concat(LookUps))
        {
            table.Add(result.Name, Text($"{result.Requests:N0}"), Text($"{result.PerSecond:N0}"), Text($"{result.P50:N2}"), Text($"{result.P99:N2}"),
                Text($"{result.Cpu.Server * 1e6 / result.Requests:N0}"), Text($"{result.Cpu.Store * 1e6 / result.Requests:N0}"), Text($"{result.Cpu.Others:N1}"));
        }

        return table + "\n" + Text($"""
            /pod/info: {InfoBytes / 1e6:N1} MB, first byte after {InfoFirstByte:N1} ms, {InfoMegabytesPerSecond:N0} MB/s; {Readers} readers at once: the server grew by {ReadersGrowthBytes / 1e6:N1} MB
            memory: the server grew by {ServerGrowthBytes / 1e6:N1} MB while they were posted, and is {LoadedBytes / 1e6:N1} MB larger than an empty one after a start
            start: {RestartSeconds:N2} s, of an empty store {EmptyStartSeconds:N2} s

            """);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
