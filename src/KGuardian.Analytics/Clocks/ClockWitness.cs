using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Clocks;

/// <summary>What the machine can say about its clock beside the time.</summary>
/// <param name="BootId">
/// Which start of the machine this is: the monotonic clock of the same start goes on over restarts of a process. Empty where it is not known.
/// </param>
/// <param name="SynchronizedTime">The time of a clock that is kept by others over the network; null when nobody keeps it, or nobody says so.</param>
internal sealed record ClockWitness(string BootId, Func<DateTimeOffset?> SynchronizedTime)
{
    /// <summary>
    /// The difference between the kernel's time and the process' own: both are read some microseconds apart, so more means that they are not the same clock.
    /// </summary>
    private static readonly TimeSpan SameClock = TimeSpan.FromSeconds(1);

    /// <summary>The kernel of this machine.</summary>
    public static ClockWitness OfKernel() => new(ReadBootId(), KernelClock.ReadSynchronized);

    /// <summary>Whether the clock that says <paramref name="time"/> is kept by others.</summary>
    public bool Confirms(DateTimeOffset time) => SynchronizedTime() is { } told && (told - time).Duration() <= SameClock;

    private static string ReadBootId()
    {
        const string Path = "/proc/sys/kernel/random/boot_id";
        try
        {
            return File.Exists(Path) ? File.ReadAllText(Path).Trim() : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A sandbox without it: each start of a process is then taken for one of the machine, which is the careful side.
            return "";
        }
    }
}

/// <summary>The kernel's clock and whether NTP keeps it (<c>adjtimex(2)</c>).</summary>
internal static partial class KernelClock
{
    /// <summary>adjtimex's answer for a clock that nobody keeps.</summary>
    private const int TimeError = 5;

    /// <summary>STA_UNSYNC: nobody keeps the clock. Setting it by hand sets this, too.</summary>
    private const int Unsynchronized = 0x40;

    /// <summary>STA_NANO: the fraction of a second is in nanoseconds.</summary>
    private const int Nanoseconds = 0x2000;

    /// <summary>The kernel's bound on the clock's error in microseconds, beyond which nothing is proven; it says 16 s when it does not know.</summary>
    private const long MostError = 10_000_000;

    /// <summary>The kernel's time while it is synchronized; null when it is not, on another system, and where a sandbox forbids the question.</summary>
    public static DateTimeOffset? ReadSynchronized()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return null;
        }

        var clock = default(Timex);
        var state = AdjustTime(ref clock);
        return state is < 0 or TimeError || (clock.Status & Unsynchronized) != 0 || clock.MaxError > MostError
            ? null
            : DateTimeOffset.FromUnixTimeSeconds(clock.Seconds).AddTicks(
                (clock.Status & Nanoseconds) != 0 ? clock.Fraction / TimeSpan.NanosecondsPerTick : clock.Fraction * TimeSpan.TicksPerMicrosecond);
    }

    [LibraryImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    private static partial int AdjustTime(ref Timex clock);

    /// <summary>struct timex of 64-bit Linux (x64 and arm64 alike): 208 bytes. All zeros asks and changes nothing.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 208)]
    private struct Timex
    {
        [FieldOffset(24)]
        public long MaxError;

        [FieldOffset(40)]
        public int Status;

        [FieldOffset(72)]
        public long Seconds;

        [FieldOffset(80)]
        public long Fraction;
    }
}
