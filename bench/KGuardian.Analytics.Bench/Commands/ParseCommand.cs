using System.Globalization;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report;

namespace KGuardian.Analytics.Bench.Commands;

/// <summary><c>parse</c>: see <see cref="ParseCost"/>.</summary>
internal static class ParseCommand
{
    public static int Run(Flags flags)
    {
        var (rows, rounds, duration) = (flags.Count("rows", 16_384), flags.Count("rounds", 5), flags.Seconds("seconds", 1));
        var json = flags.Text("json");
        flags.RejectUnknown();

        var costs = ParseCost.Of(rows, duration, rounds);
        Console.WriteLine(
            $"{MachineInfo.Current}\n\nBodies of {rows} rows; CPU seconds a million rows, the least of {rounds} rounds of {duration.TotalSeconds:0} s\n");
        var table = new TextTable("body", "bytes/row", "CPU s/million", "rows a CPU s, JSON = 1");
        foreach (var cost in costs)
        {
            table.Add(
                cost.Body, Text(cost.BytesPerRow, "0"), Text(cost.CpuSecondsPerMillion, "0.000"),
                Text(costs[0].CpuSecondsPerMillion / cost.CpuSecondsPerMillion, "0.0"));
        }

        Console.Write(table);
        JsonFile.Write(json, "parse", costs);
        return 0;
    }

    private static string Text(double number, string format) => number.ToString(format, CultureInfo.InvariantCulture);
}
