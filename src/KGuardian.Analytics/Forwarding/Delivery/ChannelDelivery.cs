using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Query.Filters;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>
/// One channel of an integration: what was delivered, what is on its way, what is behind, and what was lost. Changed by the integration's loop only; what is
/// shown of it may be read by anybody.
/// </summary>
internal sealed class ChannelDelivery : IAsyncDisposable
{
    /// <summary>What is behind is counted at most so often.</summary>
    public static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// A count reads the numbers of all that is behind: it is at rest this many times as long as it took, so that it has a twentieth of a core.
    /// </summary>
    private const int CountRest = 20;

    private readonly EventChannel _channel;
    private readonly FlowFilter _filter;
    private readonly ChannelReader _reader;
    private readonly TimeProvider _clock;
    private readonly EventBatch _batch = new();
    private int _first;
    private volatile ChannelProgress _progress;
    private long _behind;
    private long _oldest;
    private long _countedAt;
    private TimeSpan _countTook;

    /// <summary>A channel from where it was.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="filter">Which events of it.</param>
    /// <param name="progress">How far it is.</param>
    /// <param name="clock">How fast events go away.</param>
    public ChannelDelivery(EventChannel channel, FlowFilter filter, ChannelProgress progress, TimeProvider clock)
    {
        (_channel, _filter, _progress, _clock) = (channel, filter, progress, clock);
        _reader = new ChannelReader(channel, filter, clock);
        (Front, FrontPassed) = (progress.Place, progress.Passed);
    }

    /// <summary>The channel's name.</summary>
    public string Name => _channel.Name;

    /// <summary>What is to be stored.</summary>
    public ChannelProgress Progress => _progress;

    /// <summary>Everything up to here was sent.</summary>
    public EventPlace Front { get; private set; }

    /// <summary>Events up to there.</summary>
    public long FrontPassed { get; private set; }

    /// <summary>Events that were not sent when they were last counted.</summary>
    public long Behind => Volatile.Read(ref _behind);

    /// <summary>The sequence of the oldest of them, which is the microsecond in which it arrived; 0 without any.</summary>
    public long Oldest => Volatile.Read(ref _oldest);

    /// <summary>Whether there may be events that were not sent.</summary>
    public bool HasMore => _first < _batch.Count || _reader.HasMore;

    /// <summary>Whether what is behind may be counted again.</summary>
    public bool IsCountDue => _clock.GetElapsedTime(_countedAt) >= TimeSpan.FromTicks(Math.Max(CountInterval.Ticks, CountRest * _countTook.Ticks));

    /// <summary>Goes to where it was. A place ahead of the store, which is an older state of itself then, is its end.</summary>
    public ValueTask BeginAsync()
    {
        if (Front.Sequence > _channel.Complete)
        {
            Front = EventPlace.BehindAllOf(_channel.Complete);
            _progress = _progress with { Place = Front };
        }

        return RewindAsync(Front, FrontPassed);
    }

    /// <summary>The next events, at most so many; none when those that were read do not pass the filter.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<EventRun> NextAsync(int most, CancellationToken cancellationToken)
    {
        if (_first == _batch.Count)
        {
            _first = 0;
            await _reader.FillAsync(_batch, cancellationToken);
        }

        return new EventRun(Name, _batch, _first, Math.Min(most, _batch.Count - _first));
    }

    /// <summary>Goes on behind events that were sent; returns where that is.</summary>
    public (EventPlace Place, long Passed) Sent(int count)
    {
        _first += count;
        FrontPassed += count;
        Front = _first < _batch.Count ? _batch[_first - 1].Place : _reader.At;
        if (!HasMore)
        {
            Volatile.Write(ref _behind, 0);
            Volatile.Write(ref _oldest, 0);
        }

        return (Front, FrontPassed);
    }

    /// <summary>Everything up to a place is delivered.</summary>
    public void Confirm(EventPlace place, long passed, long micros) => _progress = _progress with
    {
        Place = place,
        LastDelivered = passed > _progress.Passed ? micros : _progress.LastDelivered,
        Passed = passed,
    };

    /// <summary>An event was given up.</summary>
    public void GiveUp() => _progress = _progress with { DeadLettered = _progress.DeadLettered + 1 };

    /// <summary>Sends again what is behind a place.</summary>
    public ValueTask RewindAsync(EventPlace place, long passed)
    {
        (Front, FrontPassed, _first) = (place, passed, 0);
        _batch.Clear();
        if (passed < _progress.Passed)
        {
            _progress = _progress with { Place = place, Passed = passed };
        }

        return _reader.GoToAsync(place);
    }

    /// <summary>Counts what is behind; what is missing of what was there when it was last counted is lost.</summary>
    /// <returns>How many events were found lost.</returns>
    /// <exception cref="ClickHouseException">ClickHouse failed; nothing was counted.</exception>
    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var (known, upTo) = (_progress, _channel.Complete);
        _countedAt = _clock.GetTimestamp();
        var backlog = await _channel.CountAsync(_filter, Front, known.KnownUpTo, upTo, cancellationToken);
        _countTook = _clock.GetElapsedTime(_countedAt);
        var lost = known.KnownUpTo == 0 ? 0 : Math.Max(0, known.KnownEvents - FrontPassed - backlog.KnownEvents);
        var to = backlog.First > 0 ? Math.Min(backlog.First, known.KnownUpTo) : known.KnownUpTo;
        // Not known after a restart: it arrived behind the last one that was sent.
        var from = Math.Min(to, Oldest > 0 ? Oldest : Math.Max(1, Front.Sequence));
        _progress = known with
        {
            KnownUpTo = upTo,
            KnownEvents = FrontPassed + backlog.Events,
            LostEvents = known.LostEvents + lost,
            LostFrom = lost > 0 && known.LostFrom == 0 ? from : known.LostFrom,
            LostTo = lost > 0 ? to : known.LostTo,
        };
        Volatile.Write(ref _behind, backlog.Events);
        Volatile.Write(ref _oldest, backlog.First);
        return lost;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _reader.DisposeAsync();
        _batch.Dispose();
    }
}
