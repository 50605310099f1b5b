using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Bench.Measure;

/// <summary>Where and of what a result was measured: without it a number cannot be compared with another.</summary>
internal sealed record MachineInfo(string Cpu, int Cpus, long MemoryBytes, string Os, string Commit, string MeasuredAt)
{
    public static MachineInfo Current { get; } = new(
        CpuName(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        RuntimeInformation.OSDescription,
        CommitName(),
        DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));

    /// <summary>One line for tables and plots.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Cpu}, {Cpus} cores, {MemoryBytes / (double)(1L << 30):0.0} GiB; commit {Commit}; {MeasuredAt[..10]}");

    private static string CpuName() =>
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? "unknown";

    /// <summary>The commit of the working tree that the bench was built in; "+" says that it had changes.</summary>
    private static string CommitName()
    {
        try
        {
            var start = new ProcessStartInfo("git", ["-C", AppContext.BaseDirectory, "describe", "--always", "--exclude=*", "--abbrev=10", "--dirty=+"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var git = Process.Start(start)!;
            var commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return commit.Length > 0 ? commit : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // git is not installed: the result says so.
            return "unknown";
        }
    }
}
