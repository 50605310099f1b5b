using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;

namespace KGuardian.Analytics.Tests.Unit.Query.Events;

/// <summary>Events that are their positions, of which a filter leaves some.</summary>
internal sealed class ListedEvents(ISet<EventPosition> events, Func<EventPosition, bool> filter) : IEventSource<EventPosition>
{
    public EventPosition PositionOf(EventPosition row) => row;

    public Task<IReadOnlyList<EventPosition>> ReadAsync(EventRange range, bool newestFirst, int limit, CancellationToken cancellationToken)
    {
        var found = events.Where(filter).Where(range.Contains);
        return Task.FromResult<IReadOnlyList<EventPosition>>([.. (newestFirst ? found.OrderDescending() : found.Order()).Take(limit)]);
    }

    public Task<long> CountAsync(EventRange range, CancellationToken cancellationToken) =>
        Task.FromResult((long)events.Where(filter).Count(range.Contains));
}
