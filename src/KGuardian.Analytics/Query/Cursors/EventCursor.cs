namespace KGuardian.Analytics.Query.Cursors;

/// <summary>Which events a cursor leads to.</summary>
internal enum EventDirection : byte
{
    /// <summary>Those before its position.</summary>
    Older,

    /// <summary>Those behind it.</summary>
    Newer,

    /// <summary>Those around it.</summary>
    Around,
}

/// <summary>
/// Where a page of events begins. A place in time, no row: so it lives for ever, over clears, expiry and restores, and belongs to no filter.
/// </summary>
/// <param name="Direction">Where the page goes from there.</param>
/// <param name="Position">The place.</param>
/// <param name="IsInclusive">Whether an event at the place is part of the page.</param>
internal readonly record struct EventCursor(EventDirection Direction, EventPosition Position, bool IsInclusive);
