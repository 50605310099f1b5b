namespace KGuardian.Analytics.Bench.Load;

/// <summary>
/// The time one connection's agents observe events at, in microseconds since 0001-01-01. It starts in the past and advances about a
/// millisecond an event (what 8 agents with 100 events a second make), faster than the wall: timestamps packed as
/// densely as a load run sends them would flatter compression and time filters. 50 M flows span some two hours.
/// </summary>
internal sealed class EventClock
{
    /// <summary>A step is 1 to this many microseconds; a power of two.</summary>
    public const int Steps = 2048;

    public long Micros { get; set; } = (DateTime.UtcNow - TimeSpan.FromHours(12)).Ticks / TimeSpan.TicksPerMicrosecond;
}
