using System.Globalization;
using System.Text;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report.Plot;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>A soak's samples as CSV and as a plot, and whether they stay level.</summary>
internal static class SoakReport
{
    /// <summary>The last third may be so many times the second one; the first is warming up.</summary>
    private const double Allowed = 1.3;

    public static string Csv(IEnumerable<SoakSample> samples)
    {
        var csv = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"# {MachineInfo.Current}\n"));
        csv.Append(
            "seconds,day,server_bytes,node_bytes,file_bytes,active_bytes,active_parts,flows,"
            + "read_p50_ms,read_p99_ms,ingest_p50_ms,ingest_p99_ms,failed_reads\n");
        foreach (var s in samples)
        {
            csv.Append(
                    CultureInfo.InvariantCulture,
                    $"{s.Seconds:0.0},{s.Day},{s.ServerBytes},{s.NodeBytes},{s.FileBytes},{s.ActiveBytes},{s.Parts},{s.Flows},")
                .Append(CultureInfo.InvariantCulture, $"{s.ReadP50:0.000},{s.ReadP99:0.000},{s.IngestP50:0.000},{s.IngestP99:0.000},{s.FailedReads}\n");
        }

        return csv.ToString();
    }

    public static string Plot(IReadOnlyList<SoakSample> samples, string title)
    {
        return new SvgPlot(
            title,
            MachineInfo.Current.ToString(),
            "minutes",
            isLogarithmic: false,
            new("Resident memory", "MB", Line("server", 0, s => s.ServerBytes / 1e6), Line("ClickHouse node", 1, s => s.NodeBytes / 1e6)),
            new("Disk", "MB", Line("active parts of flows", 0, s => s.ActiveBytes / 1e6), Line("all files", 1, s => s.FileBytes / 1e6)),
            new("Flows in the store", "flows", Line("flows", 0, s => s.Flows)),
            new("Active parts", "parts", Line("parts", 0, s => s.Parts)),
            new("Reads: pages and aggregates", "ms", Line("p50", 0, s => s.ReadP50), Line("p99", 1, s => s.ReadP99)),
            new("Ingest, of the last whole day", "ms", Line("p50", 0, s => s.IngestP50), Line("p99", 1, s => s.IngestP99))).ToString();

        PlotSeries Line(string name, int color, Func<SoakSample, double> value) => new(name, color, [.. samples.Select(s => (s.Seconds / 60, value(s)))]);
    }

    /// <summary>A line for each level that rises.</summary>
    public static IEnumerable<string> Violations(IReadOnlyList<SoakSample> samples)
    {
        (string Name, Func<SoakSample, double> Value)[] levels =
        [
            ("server's memory, MB", s => s.ServerBytes / 1e6),
            ("node's memory, MB", s => s.NodeBytes / 1e6),
            ("files on disk, MB", s => s.FileBytes / 1e6),
            ("flows", s => s.Flows),
            ("active parts", s => s.Parts),
        ];
        var third = samples.Count / 3;
        foreach (var (name, value) in levels)
        {
            var (before, after) = (samples.Skip(third).Take(third).Average(value), samples.Skip(2 * third).Average(value));
            if (after > Allowed * before)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{name}: {after:0.0} in the last third, {before:0.0} in the second; at most {Allowed} times that is level.");
            }
        }
    }
}
