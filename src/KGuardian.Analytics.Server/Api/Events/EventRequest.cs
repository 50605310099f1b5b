using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Server.Api.Events;

/// <summary>Which events a request is about.</summary>
/// <param name="Window">The window, where there is no cursor.</param>
/// <param name="Cursor">Where the page goes on; null for the newest of the window.</param>
/// <param name="Limit">Most events.</param>
internal readonly record struct EventRequest(EventWindow Window, EventCursor? Cursor, int Limit)
{
    /// <summary>The times that events of the answer can have.</summary>
    public TimeWindow Times => Cursor switch
    {
        null => Window.Times,
        { Direction: EventDirection.Older } older => EventRange.Before(older.Position, older.IsInclusive).Window,
        { Direction: EventDirection.Newer } newer => EventRange.Behind(newer.Position, newer.IsInclusive).Window,
        _ => new TimeWindow(FilterTime.Earliest, FilterTime.End),
    };

    /// <summary>The page.</summary>
    public Task<EventPage<T>> ReadAsync<T>(IEventSource<T> source, CancellationToken cancellationToken) => Cursor is { } cursor
        ? EventPage.ReadAsync(source, cursor, Limit, cancellationToken)
        : EventPage.ReadAsync(source, Window.Times, Limit, cancellationToken);
}
