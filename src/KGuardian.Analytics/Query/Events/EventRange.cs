using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Events;

/// <summary>One end of a range of events.</summary>
/// <param name="Position">The place.</param>
/// <param name="IsInclusive">Whether an event at the place is in the range.</param>
internal readonly record struct EventBound(EventPosition Position, bool IsInclusive);

/// <summary>The events between two places.</summary>
/// <param name="From">Where the older ones end; null where they do not.</param>
/// <param name="To">Where the newer ones end; null where they do not.</param>
internal readonly record struct EventRange(EventBound? From, EventBound? To)
{
    /// <summary>The events of a window.</summary>
    public static EventRange Of(TimeWindow window) => new(Begin(window.From, isInclusive: true), Begin(window.To, isInclusive: false));

    /// <summary>Events before a place.</summary>
    public static EventRange Before(EventPosition position, bool isInclusive) => new(null, new EventBound(position, isInclusive));

    /// <summary>Events behind a place.</summary>
    public static EventRange Behind(EventPosition position, bool isInclusive) => new(new EventBound(position, isInclusive), null);

    /// <summary>The times that events of the range can have: the first, and the end of the last, not part of them.</summary>
    public TimeWindow Window => new(
        From is { } from ? Time(from.Position.Micros) : FilterTime.Earliest,
        To is not { } to ? FilterTime.End
        // Of its first microsecond nothing is in the range when nothing has an id below.
        : to is { IsInclusive: false, Position.Id: 0 } ? Time(to.Position.Micros) : Time(to.Position.Micros).AddMicroseconds(1));

    /// <summary>Whether some events of its first microsecond are not in it.</summary>
    public bool IsTiedFrom => From is { } from && (from.Position.Id > 0 || !from.IsInclusive);

    /// <summary>Whether some events of its last microsecond are in it, and others perhaps not.</summary>
    public bool IsTiedTo => To is { } to && (to.Position.Id > 0 || to.IsInclusive);

    /// <summary>Whether an event is in it.</summary>
    public bool Contains(EventPosition position) =>
        (From is not { } from || position.CompareTo(from.Position) is var above && (above > 0 || (above == 0 && from.IsInclusive)))
        && (To is not { } to || position.CompareTo(to.Position) is var below && (below < 0 || (below == 0 && to.IsInclusive)));

    private static EventBound Begin(DateTimeOffset time, bool isInclusive) => new(new EventPosition(TimeWindow.Micros(time), 0), isInclusive);

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);
}
