using System.Globalization;

namespace KGuardian.ClickHouse.Node;

/// <summary>How much memory there is for this process and its children: the least limit of its control groups, or else the machine's.</summary>
/// <param name="Bytes">Not the garbage collector's number, which in a container is 75 % of the limit.</param>
/// <param name="Source">The file that says so.</param>
internal sealed record MachineMemory(long Bytes, string Source)
{
    /// <summary>What it is now.</summary>
    /// <param name="root">Where <c>/proc</c> and the control groups are; empty: where they always are.</param>
    public static MachineMemory Read(string root = "")
    {
        var machine = PhysicalBytes(root) is { } bytes
            ? new MachineMemory(bytes, "/proc/meminfo")
            : new MachineMemory(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, "the system");
        return new ControlGroups(root).MemoryLimit() is { } limit && limit.Bytes < machine.Bytes ? new MachineMemory(limit.Bytes, limit.File) : machine;
    }

    private static long? PhysicalBytes(string root)
    {
        var path = root + "/proc/meminfo";
        if (!File.Exists(path))
        {
            return null;
        }
        // MemTotal:       24683520 kB
        var fields = File.ReadLines(path).First(line => line.StartsWith("MemTotal:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(fields[1], CultureInfo.InvariantCulture) * 1024;
    }
}
