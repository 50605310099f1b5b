using System.Globalization;

namespace KGuardian.Analytics.Engine;

/// <summary>How much memory there is for this process and its children: the container's limit, or else the machine's.</summary>
internal static class MachineMemory
{
    /// <summary>Bytes. Not the garbage collector's number, which in a container is 75 % of the limit.</summary>
    public static long TotalBytes()
    {
        // Where each of the cgroup versions shows a container its own limit
        string[] limits = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];
        var machine = PhysicalBytes() ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return limits.Select(ReadNumber).OfType<long>().Append(machine).Min();
    }

    // "max" (version 2) is no number; version 1 writes an absurdly large one instead.
    private static long? ReadNumber(string path) =>
        File.Exists(path) && long.TryParse(File.ReadAllText(path).AsSpan().Trim(), CultureInfo.InvariantCulture, out var bytes)
            ? bytes
            : null;

    private static long? PhysicalBytes()
    {
        const string Path = "/proc/meminfo";
        if (!File.Exists(Path))
            return null;
        // MemTotal:       24683520 kB
        var fields = File.ReadLines(Path).First(line => line.StartsWith("MemTotal:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(fields[1], CultureInfo.InvariantCulture) * 1024;
    }
}
