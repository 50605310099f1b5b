namespace KGuardian.Analytics.Tests.Testing.Clocks;

/// <summary>A machine's clocks: time passes on both when a test says so, and the wall clock alone can be set. Timers run as ever.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _passed;
    private long _set;

    public DateOnly Today => DateOnly.FromDateTime(GetUtcNow().UtcDateTime);

    /// <summary>Time that really passes.</summary>
    public void Pass(int days) => Pass(TimeSpan.FromDays(days));

    /// <summary>Time that really passes.</summary>
    public void Pass(TimeSpan time) => Interlocked.Add(ref _passed, time.Ticks);

    /// <summary>Somebody sets the clock: no time passes.</summary>
    public void Step(TimeSpan by) => Interlocked.Add(ref _set, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _passed) + Interlocked.Read(ref _set));

    public override long GetTimestamp() => base.GetTimestamp() + (Interlocked.Read(ref _passed) * (TimestampFrequency / TimeSpan.TicksPerSecond));
}
