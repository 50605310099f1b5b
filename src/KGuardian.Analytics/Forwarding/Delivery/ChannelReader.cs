using System.Buffers;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Query.Filters;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>
/// Reads a channel from a place on, batch by batch. A query is read as a stream: the next batch is there while the last one is on its way. While batches go
/// away fast queries grow, so that a backlog is not read 500 events at a time; after a failure they begin small again.
/// </summary>
/// <param name="channel">The channel.</param>
/// <param name="filter">Which events of it.</param>
/// <param name="clock">How fast batches go away.</param>
internal sealed class ChannelReader(EventChannel channel, FlowFilter filter, TimeProvider clock) : IAsyncDisposable
{
    /// <summary>
    /// Rows are in the order of their keys, so a query reads the sequences of all rows of a day, whatever it takes of them: the more it takes the less that
    /// costs. ClickHouse sorts them and holds them while they are sent: at 300 bytes a row 38 MB.
    /// </summary>
    private const int MostRows = EventBatch.MostEvents * Growth * Growth * Growth * Growth;

    /// <summary>Of one query to the next.</summary>
    private const int Growth = 4;

    /// <summary>Queries whose rows went away in less time grow.</summary>
    private static readonly TimeSpan Fast = TimeSpan.FromSeconds(2);

    /// <summary>Queries whose rows took longer shrink: they must end within <c>Query:TimeLimit</c>.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(8);

    private IAsyncEnumerator<ReadOnlySequence<byte>>? _rows;
    private int _limit = EventBatch.MostEvents;
    private int _read;
    private long _upTo;
    private long _began;

    /// <summary>Everything before has been read.</summary>
    public EventPlace At { get; private set; } = EventPlace.Begin;

    /// <summary>Whether events may be there that were not read.</summary>
    public bool HasMore => _rows is not null || channel.Complete > At.Sequence;

    /// <summary>Goes on behind a place.</summary>
    public async ValueTask GoToAsync(EventPlace place)
    {
        await CloseAsync();
        (At, _limit) = (place, EventBatch.MostEvents);
    }

    /// <summary>Fills a batch with what comes next, which can be nothing.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; nothing was read.</exception>
    public async Task FillAsync(EventBatch batch, CancellationToken cancellationToken)
    {
        var begin = At;
        batch.Clear();
        try
        {
            if (_rows is null)
            {
                (_upTo, _read) = (channel.Complete, 0);
                if (_limit > EventBatch.MostEvents)
                {
                    // There is a backlog: with its end known ClickHouse reads the columns of these rows only, and sorts no others.
                    _upTo = await channel.FindEndAsync(filter, At, _upTo, _limit, cancellationToken);
                }

                _rows = channel.ReadAsync(filter, At, _upTo, _limit, cancellationToken).GetAsyncEnumerator(cancellationToken);
            }

            while (!batch.IsFull)
            {
                if (!await _rows.MoveNextAsync())
                {
                    var isAll = _read < _limit;
                    _limit = isAll ? EventBatch.MostEvents : NextLimit();
                    At = isAll ? EventPlace.BehindAllOf(_upTo) : At;
                    await CloseAsync();
                    return;
                }

                if (_read == 0)
                {
                    // How long ClickHouse takes for them says nothing about the target.
                    _began = clock.GetTimestamp();
                }

                var row = _rows.Current;
                batch.Add(json => channel.Write(row, json));
                At = batch[batch.Count - 1].Place;
                _read++;
            }
        }
        catch
        {
            batch.Clear();
            await GoToAsync(begin);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => CloseAsync();

    private int NextLimit()
    {
        var taken = clock.GetElapsedTime(_began);
        return taken < Fast ? Math.Min(_limit * Growth, MostRows) : taken > Slow ? Math.Max(_limit / Growth, EventBatch.MostEvents) : _limit;
    }

    private async ValueTask CloseAsync()
    {
        if (_rows is { } rows)
        {
            _rows = null;
            await rows.DisposeAsync();
        }
    }
}
