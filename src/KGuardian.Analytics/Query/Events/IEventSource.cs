using KGuardian.Analytics.Query.Cursors;

namespace KGuardian.Analytics.Query.Events;

/// <summary>Where events come from, under the filter of one request.</summary>
/// <typeparam name="T">A row of an event.</typeparam>
internal interface IEventSource<T>
{
    /// <summary>Where an event is.</summary>
    EventPosition PositionOf(T row);

    /// <summary>The first <paramref name="limit"/> events of a range, in that order: newest first, or oldest first.</summary>
    Task<IReadOnlyList<T>> ReadAsync(EventRange range, bool newestFirst, int limit, CancellationToken cancellationToken);

    /// <summary>How many events are in a range.</summary>
    Task<long> CountAsync(EventRange range, CancellationToken cancellationToken);
}
