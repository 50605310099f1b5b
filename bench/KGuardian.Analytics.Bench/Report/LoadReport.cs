using System.Globalization;
using KGuardian.Analytics.Bench.Load;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>Ingest results as a table.</summary>
internal static class LoadReport
{
    public static string Table(IEnumerable<LoadResult> results)
    {
        var table = new TextTable(
            "scenario", "events/s", "MB/s", "p50 ms", "p99 ms", "p99.9 ms", "errors", "new: answers/sent",
            "CPU s: gen", "server", "store", "others", "gen us/event", "peak MB: server", "store", "disk B/flow");
        foreach (var result in results)
        {
            table.Add(
                result.Options.Name, Show(result.EventsPerSecond, "N0"), Show(result.MegabytesPerSecond, "0.0"),
                Show(result.P50, "0.00"), Show(result.P99, "0.00"), Show(result.P999, "0.00"), Show(result.Errors, "0"),
                $"{result.AnsweredNew}/{result.ExpectedNew}{(result.AnsweredNew == result.ExpectedNew ? "" : " WRONG")}",
                Show(result.Cpu.Generator, "0.00"), Show(result.Cpu.Server, "0.00"), Show(result.Cpu.Store, "0.00"), Show(result.Cpu.Others, "0.00"),
                result.Events > 0 ? Show(result.GeneratorMicrosecondsPerEvent, "0.000") : "-",
                Show(result.ServerPeakBytes / 1e6, "0"), Show(result.StorePeakBytes / 1e6, "0"),
                result is { DiskBytes: > 0, Flows: > 0 } ? Show((double)result.DiskBytes / result.Flows, "0.0") : "-");
        }

        return table.ToString();
    }

    /// <summary>One line for each scenario in which something went wrong.</summary>
    public static IEnumerable<string> Complaints(IEnumerable<LoadResult> results) => results
        .Where(result => !result.IsExact)
        .Select(result => $"{result.Options.Name}: {result.Errors} errors ({result.LastError ?? "none"}), "
            + $"{result.AnsweredNew} flows answered as new, {result.ExpectedNew} sent.");

    private static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
