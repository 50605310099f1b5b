using System.Globalization;

namespace KGuardian.Analytics.Bench.Measure;

/// <summary>What Linux's /proc says of processes: CPU time, memory, parents. Processes that ended meanwhile read as nothing.</summary>
internal static class ProcessStatus
{
    private const double TicksPerSecond = 100;

    /// <summary>User and system time so far, in 10 ms steps.</summary>
    public static double CpuSeconds(int pid) =>
        StatFields(pid) is { Length: > 12 } fields ? (Number(fields[11]) + Number(fields[12])) / TicksPerSecond : 0;

    /// <summary>Time that all processors were busy, whoever with; steal by a hypervisor counts as busy.</summary>
    public static double MachineCpuSeconds()
    {
        // cpu user nice system idle iowait irq softirq steal ...
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields[1..4].Concat(fields[6..9]).Sum(Number) / TicksPerSecond;
    }

    public static long ResidentBytes(int pid) => StatusKilobytes(pid, "VmRSS:") * 1024;

    public static long PeakResidentBytes(int pid) => StatusKilobytes(pid, "VmHWM:") * 1024;

    /// <summary>Makes the present size the peak, so that a later peak belongs to what happened since.</summary>
    public static void ResetPeak(int pid)
    {
        try
        {
            File.WriteAllText($"/proc/{pid}/clear_refs", "5");
        }
        catch (Exception denied) when (denied is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"Peak memory of {pid} counts from its start: {denied.Message}");
        }
    }

    /// <summary>Children and their children, the process itself not included.</summary>
    public static IReadOnlyList<int> Descendants(int pid)
    {
        var parents = Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0)
            .Select(id => (id, parent: StatFields(id) is { Length: > 1 } fields ? (int)Number(fields[1]) : 0))
            .ToLookup(entry => entry.parent, entry => entry.id);
        var found = new List<int>(parents[pid]);
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange(parents[found[i]]);
        }

        return found;
    }

    /// <summary>Fields of stat from the state on: the command's name before them may hold blanks.</summary>
    private static string[]? StatFields(int pid)
    {
        var stat = Read($"/proc/{pid}/stat");
        return stat?[(stat.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static long StatusKilobytes(int pid, string name)
    {
        var line = Read($"/proc/{pid}/status")?.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is null ? 0 : Number(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim());
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
