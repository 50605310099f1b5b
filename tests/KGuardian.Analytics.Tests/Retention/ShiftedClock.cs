namespace KGuardian.Analytics.Tests.Retention;

/// <summary>The system's clock, some days ahead; timers run as ever.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _shift;

    public DateOnly Today => DateOnly.FromDateTime(GetUtcNow().UtcDateTime);

    public void Pass(int days) => Interlocked.Add(ref _shift, TimeSpan.FromDays(days).Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _shift));
}
