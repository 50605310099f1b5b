using System.Buffers;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Query.Filters;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>
/// Reads a channel from a place on, batch by batch. A query is read as a stream: the next batch is there while the last one is on its way. While batches go
/// away fast queries grow, so that a backlog is not read 500 events at a time; after a failure they begin small again.
/// </summary>
internal sealed class ChannelReader(EventChannel channel, FlowFilter filter) : IAsyncDisposable
{
    /// <summary>ClickHouse sorts the rows of a query and holds them while they are sent: at 300 bytes a row 6 MB.</summary>
    private const int MostRows = 20_000;

    /// <summary>Of one query to the next.</summary>
    private const int Growth = 4;

    private IAsyncEnumerator<ReadOnlySequence<byte>>? _rows;
    private int _limit = EventBatch.MostEvents;
    private int _read;
    private long _upTo;

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
                _rows = channel.ReadAsync(filter, At, _upTo, _limit, cancellationToken).GetAsyncEnumerator(cancellationToken);
            }

            while (!batch.IsFull)
            {
                if (!await _rows.MoveNextAsync())
                {
                    var isAll = _read < _limit;
                    _limit = isAll ? EventBatch.MostEvents : Math.Min(_limit * Growth, MostRows);
                    At = isAll ? EventPlace.BehindAllOf(_upTo) : At;
                    await CloseAsync();
                    return;
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

    private async ValueTask CloseAsync()
    {
        if (_rows is { } rows)
        {
            _rows = null;
            await rows.DisposeAsync();
        }
    }
}
