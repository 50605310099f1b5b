using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>
/// The intended send times of one connection of an open loop. A late sender does not skip: it sends at once, and latency counts
/// from the intended time, so that a stalled server cannot hide its stall by slowing the generator down.
/// </summary>
internal sealed partial class Pacer(long firstAt, long interval)
{
    private const int MonotonicClock = 1;
    private const int AbsoluteTime = 1;
    private long _next = firstAt;

    /// <summary>Waits for the next intended time and returns it. <see cref="Stopwatch"/> is the monotonic clock in nanoseconds on Linux.</summary>
    public long WaitForNext()
    {
        var intended = _next;
        _next += interval;
        if (intended > Stopwatch.GetTimestamp())
        {
            // Thread.Sleep knows whole milliseconds only, too coarse for the latencies measured here.
            var until = new Timespec(intended / Stopwatch.Frequency, intended % Stopwatch.Frequency);
            _ = ClockNanosleep(MonotonicClock, AbsoluteTime, in until, 0);
        }

        return intended;
    }

    [LibraryImport("libc", EntryPoint = "clock_nanosleep")]
    private static partial int ClockNanosleep(int clock, int flags, in Timespec until, nint remaining);

    private readonly record struct Timespec(long Seconds, long Nanoseconds);
}
