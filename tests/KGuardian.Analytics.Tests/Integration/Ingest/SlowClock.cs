namespace KGuardian.Analytics.Tests.Integration.Ingest;

/// <summary>The system's clock with timers that take twenty times as long: who waits for some seconds only waits for minutes.</summary>
internal sealed class SlowClock : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Slow(dueTime), Slow(period));

    private static TimeSpan Slow(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time * 20;
}
