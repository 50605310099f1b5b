using System.Globalization;
using KGuardian.Analytics.Bench.Load;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report.Plot;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>Cost over size, as a table and as a plot.</summary>
internal static class GrowthReport
{
    public static string Table(IReadOnlyList<GrowthPoint> points)
    {
        var table = new TextTable(["flows in the store", .. points.Select(point => Show(point.Flows, "N0"))]);
        Row("10 % new, events/s", "N0", point => point.TenPercentNew.EventsPerSecond);
        Row("10 % new, p99 ms", "0.0", point => point.TenPercentNew.P99);
        Row("100 % new, events/s", "N0", point => point.AllNew.EventsPerSecond);
        Row("100 % new, p99 ms", "0.0", point => point.AllNew.P99);
        foreach (var (i, page) in points[0].Pages.Index())
        {
            Row($"{page.Options.Name}, p50 ms", "0.0", point => point.Pages[i].P50);
            Row($"{page.Options.Name}, p99 ms", "0.0", point => point.Pages[i].P99);
        }

        Row("server's memory, MB", "0", point => point.ServerBytes / 1e6);
        Row("node's memory, MB", "0", point => point.NodeBytes / 1e6);
        Row("disk, active parts, bytes/flow", "0.0", point => point.ActiveBytesPerFlow);
        Row("disk, all files, bytes/flow", "0.0", point => point.FileBytesPerFlow);
        Row("active parts", "0", point => point.Parts);
        return $"{MachineInfo.Current}\n\n{table}";

        void Row(string name, string format, Func<GrowthPoint, double> value) =>
            table.Add([name, .. points.Select(point => Show(value(point), format))]);
    }

    public static string Plot(IReadOnlyList<GrowthPoint> points)
    {
        return new SvgPlot(
            "Cost as the store grows",
            MachineInfo.Current.ToString(),
            "flows in the store",
            isLogarithmic: true,
            new("Ingest, 8 connections x 100", "events/s",
                Line("10 % new", 0, point => point.TenPercentNew.EventsPerSecond),
                Line("100 % new", 1, point => point.AllNew.EventsPerSecond)),
            new("Ingest latency, p99", "ms",
                Line("10 % new", 0, point => point.TenPercentNew.P99),
                Line("100 % new", 1, point => point.AllNew.P99)),
            new("Page of 100 flows, median", "ms", [.. Pages(page => page.P50)]),
            new("Page of 100 flows, p99", "ms", [.. Pages(page => page.P99)]),
            new("Resident memory", "MB",
                Line("server", 0, point => point.ServerBytes / 1e6),
                Line("ClickHouse node", 1, point => point.NodeBytes / 1e6)),
            new("Disk", "bytes/flow",
                Line("active parts", 0, point => point.ActiveBytesPerFlow),
                Line("all files, merged ones included", 1, point => point.FileBytesPerFlow))).ToString();

        PlotSeries Line(string name, int color, Func<GrowthPoint, double> value) =>
            new(name, color, [.. points.Select(point => ((double)point.Flows, value(point)))]);

        IEnumerable<PlotSeries> Pages(Func<ReadResult, double> value) => points[0].Pages.Select((page, i) =>
            Line(page.Options.Name["page, ".Length..], i, point => value(point.Pages[i])));
    }

    private static string Show(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
