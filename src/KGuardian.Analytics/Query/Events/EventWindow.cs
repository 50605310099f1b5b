using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Events;

/// <summary>A window as events have it: both ends are part of it.</summary>
/// <param name="From">Nanoseconds since 1970; 0 has all of the past with it.</param>
/// <param name="To">Nanoseconds since 1970; the end of 64 bits has all of the future with it.</param>
internal readonly record struct EventWindow(long From, long To)
{
    /// <summary>The times of events that are in it.</summary>
    public TimeWindow Times => NanosecondTime.Between(From, To);
}
