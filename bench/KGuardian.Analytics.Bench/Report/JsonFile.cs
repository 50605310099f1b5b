using System.Text.Json;
using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>Writes results with the machine, commit and time they were measured on.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Write(string? path, string command, object results)
    {
        if (path is null)
        {
            return;
        }

        var machine = MachineInfo.Current;
        var report = new { command, measuredAt = machine.MeasuredAt, commit = machine.Commit, machine, results };
        File.WriteAllText(path, JsonSerializer.Serialize(report, Readable) + "\n");
    }
}
