using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Events;

/// <summary>A page of events.</summary>
/// <typeparam name="T">A row of an event.</typeparam>
/// <param name="Rows">The events, newest first.</param>
/// <param name="Total">Events of the window, or from the cursor's position on in its direction, this page included; null around a position.</param>
/// <param name="Prev">Leads to the older ones; null when there are none.</param>
/// <param name="Next">Leads to the newer ones; null when there are none.</param>
internal sealed record EventPage<T>(IReadOnlyList<T> Rows, long? Total, EventCursor? Prev, EventCursor? Next);

/// <summary>Makes pages, of windows and of cursors.</summary>
internal static class EventPage
{
    /// <summary>
    /// The newest events of a window. It goes on in both directions, beyond the window as well: whether there is anything is not asked. From an empty page it
    /// does so at the window's ends.
    /// </summary>
    public static async Task<EventPage<T>> ReadAsync<T>(IEventSource<T> source, TimeWindow window, int limit, CancellationToken cancellationToken)
    {
        var range = EventRange.Of(window);
        var reading = source.ReadAsync(range, newestFirst: true, limit, cancellationToken);
        var counting = source.CountAsync(range, cancellationToken);
        await Task.WhenAll(reading, counting);
        var rows = await reading;
        var total = Math.Max(await counting, rows.Count);
        return rows.Count > 0
            ? new(rows, total, Older(source.PositionOf(rows[^1])), Newer(source.PositionOf(rows[0])))
            : new(rows, total, Older(range.From!.Value.Position), Newer(range.To!.Value.Position, isInclusive: true));
    }

    /// <summary>The events that a cursor leads to. Each direction is there when it has events, under the filter of this request.</summary>
    public static Task<EventPage<T>> ReadAsync<T>(IEventSource<T> source, EventCursor cursor, int limit, CancellationToken cancellationToken) =>
        cursor.Direction switch
        {
            EventDirection.Older => OlderAsync(source, cursor, limit, cancellationToken),
            EventDirection.Newer => NewerAsync(source, cursor, limit, cancellationToken),
            _ => AroundAsync(source, cursor.Position, limit, cancellationToken),
        };

    private static async Task<EventPage<T>> OlderAsync<T>(IEventSource<T> source, EventCursor cursor, int limit, CancellationToken cancellationToken)
    {
        var range = EventRange.Before(cursor.Position, cursor.IsInclusive);
        // One more, which says whether there is anything older; newer than the page is what is not in the range.
        var reading = source.ReadAsync(range, newestFirst: true, limit + 1, cancellationToken);
        var counting = source.CountAsync(range, cancellationToken);
        var looking = IsAnyAsync(source, EventRange.Behind(cursor.Position, !cursor.IsInclusive), cancellationToken);
        await Task.WhenAll(reading, counting, looking);
        var (found, total, hasNewer) = (await reading, await counting, await looking);
        IReadOnlyList<T> rows = [.. found.Take(limit)];
        return rows.Count == 0
            ? new(rows, 0, null, hasNewer ? Newer(cursor.Position, isInclusive: true) : null)
            : new(
                rows, Math.Max(total, found.Count), found.Count > limit ? Older(source.PositionOf(rows[^1])) : null,
                hasNewer ? Newer(source.PositionOf(rows[0])) : null);
    }

    private static async Task<EventPage<T>> NewerAsync<T>(IEventSource<T> source, EventCursor cursor, int limit, CancellationToken cancellationToken)
    {
        var range = EventRange.Behind(cursor.Position, cursor.IsInclusive);
        var reading = source.ReadAsync(range, newestFirst: false, limit + 1, cancellationToken);
        var counting = source.CountAsync(range, cancellationToken);
        var looking = IsAnyAsync(source, EventRange.Before(cursor.Position, !cursor.IsInclusive), cancellationToken);
        await Task.WhenAll(reading, counting, looking);
        var (found, total, hasOlder) = (await reading, await counting, await looking);
        IReadOnlyList<T> rows = [.. found.Take(limit).Reverse()];
        return rows.Count == 0
            ? new(rows, 0, hasOlder ? Older(cursor.Position, isInclusive: true) : null, null)
            : new(
                rows, Math.Max(total, found.Count), hasOlder ? Older(source.PositionOf(rows[^1])) : null,
                found.Count > limit ? Newer(source.PositionOf(rows[0])) : null);
    }

    /// <summary>Half of the page, the event itself not counted, is newer, the rest older; the event itself is there if it passes the filter.</summary>
    private static async Task<EventPage<T>> AroundAsync<T>(IEventSource<T> source, EventPosition position, int limit, CancellationToken cancellationToken)
    {
        var half = (limit - 1) / 2;
        var above = await source.ReadAsync(EventRange.Behind(position, isInclusive: false), newestFirst: false, half + 1, cancellationToken);
        var newer = above.Take(half).Reverse().ToArray();
        var rest = limit - newer.Length;
        var below = await source.ReadAsync(EventRange.Before(position, isInclusive: true), newestFirst: true, rest + 1, cancellationToken);
        IReadOnlyList<T> rows = [.. newer, .. below.Take(rest)];
        var hasNewer = above.Count > half;
        return rows.Count > 0
            ? new(rows, null, below.Count > rest ? Older(source.PositionOf(rows[^1])) : null, hasNewer ? Newer(source.PositionOf(rows[0])) : null)
            : new(rows, null, null, hasNewer ? Newer(position) : null);
    }

    private static async Task<bool> IsAnyAsync<T>(IEventSource<T> source, EventRange range, CancellationToken cancellationToken) =>
        (await source.ReadAsync(range, newestFirst: range.From is null, limit: 1, cancellationToken)).Count > 0;

    private static EventCursor Older(EventPosition position, bool isInclusive = false) => new(EventDirection.Older, position, isInclusive);

    private static EventCursor Newer(EventPosition position, bool isInclusive = false) => new(EventDirection.Newer, position, isInclusive);
}
