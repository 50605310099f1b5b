using KGuardian.Analytics.Clocks;

namespace KGuardian.Analytics.Tests.Testing.Clocks;

/// <summary>
/// A machine whose true time passes when a test says so: a monotonic clock that begins anew with each start of the machine, and a wall clock that somebody
/// may have set wrong. Timers run as ever, so that true time also passes by itself, by seconds.
/// </summary>
internal sealed class SimulatedMachine : TimeProvider
{
    private readonly long _begun = System.GetTimestamp();
    private long _passed;
    private long _set;
    private long _boot;
    private int _boots;

    /// <summary>What time it really is.</summary>
    public DateTimeOffset TrueTime => Origin + System.GetElapsedTime(_begun) + TimeSpan.FromTicks(Interlocked.Read(ref _passed));

    /// <summary>Where the simulation begins: noon, so that it does not run into a midnight by itself.</summary>
    public static DateTimeOffset Origin { get; } = new(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>How far the wall clock is ahead of the true time.</summary>
    public TimeSpan Wrong => TimeSpan.FromTicks(Interlocked.Read(ref _set));

    /// <summary>Whether a time server keeps the clock: then the kernel says so, and the clock is right.</summary>
    public bool IsSynchronized { get; set; }

    public ClockWitness Witness => new($"start {_boots}", () => IsSynchronized && Wrong == TimeSpan.Zero ? TrueTime : null);

    public void Pass(TimeSpan time) => Interlocked.Add(ref _passed, time.Ticks);

    /// <summary>Somebody sets the clock: no time passes.</summary>
    public void Set(TimeSpan wrong) => Interlocked.Exchange(ref _set, wrong.Ticks);

    /// <summary>The machine starts again: its monotonic clock is at 0.</summary>
    public void Boot()
    {
        _boots++;
        Interlocked.Exchange(ref _boot, (TrueTime - Origin).Ticks);
    }

    public override DateTimeOffset GetUtcNow() => TrueTime + Wrong;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => (TrueTime - Origin).Ticks - Interlocked.Read(ref _boot);
}
