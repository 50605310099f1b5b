using System.Globalization;
using KGuardian.Analytics.Bench.Load;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>Read results as a table.</summary>
internal static class ReadReport
{
    public static string Table(IEnumerable<ReadResult> results)
    {
        var table = new TextTable(
            "read", "requests", "rows", "MB", "first byte p50 ms", "total p50 ms", "p99 ms", "p99.9 ms", "MB/s", "CPU s: server", "store", "others",
            "server peak MB", "growth MB", "store peak MB");
        foreach (var result in results)
        {
            table.Add(
                result.Options.Name, Show(result.Requests, "0"), Show(result.Rows, "0"), Show(result.Bytes / 1e6, "0.00"),
                Show(result.FirstByteP50, "0.00"), Show(result.P50, "0.00"), Show(result.P99, "0.00"), Show(result.P999, "0.00"),
                Show(result.MegabytesPerSecond, "0.0"), Show(result.Cpu.Server, "0.00"), Show(result.Cpu.Store, "0.00"),
                Show(result.Cpu.Others, "0.00"), Show(result.ServerPeakBytes / 1e6, "0"), Show(result.ServerGrowthBytes / 1e6, "0.0"),
                Show(result.StorePeakBytes / 1e6, "0"));
        }

        return table.ToString();
    }

    /// <summary>One line for each read whose answers had not the rows they must have.</summary>
    public static IEnumerable<string> Complaints(IEnumerable<ReadResult> results) => results
        .Where(result => !result.IsExact)
        .Select(result => $"{result.Options.Name}: {result.Rows} rows, {result.Options.ExpectedRows} expected.");

    private static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
