using System.Text.Json;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>Writes results with the machine and time they were measured on.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static void Write(string? path, string command, object results)
    {
        if (path is null)
            return;
        var report = new
        {
            command,
            measuredAt = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
            machine = new { cpus = Environment.ProcessorCount, cpu = CpuName(), os = System.Runtime.InteropServices.RuntimeInformation.OSDescription },
            results,
        };
        File.WriteAllText(path, JsonSerializer.Serialize(report, Readable) + "\n");
    }

    private static string CpuName() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";
}
