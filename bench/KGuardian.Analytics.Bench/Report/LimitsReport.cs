using System.Globalization;
using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>The limits that are no load, in a line each.</summary>
internal static class LimitsReport
{
    public static string Text(MachineLimits limits) => string.Create(CultureInfo.InvariantCulture, $"""
        parser alone, one thread: {limits.Parser.EventsPerSecond:N0} events/s, {limits.Parser.MegabytesPerSecond:N0} MB/s
        loopback alone, one connection: {limits.LoopbackMegabytesPerSecond:N0} MB/s
        disk: {limits.Disk.WriteMegabytesPerSecond:0} MB/s sequential; 4 KB append and fsync p50 {limits.Disk.FsyncP50Milliseconds:0.00} ms, p99 {limits.Disk.FsyncP99Milliseconds:0.00} ms

        """);
}
