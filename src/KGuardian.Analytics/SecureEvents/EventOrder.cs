using KGuardian.Analytics.Ingest.Loading;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>
/// The order in which events are raised, by several that raise at a time: it is complete up to the first place that was given and is not in the table yet.
/// Safe for concurrent use.
/// </summary>
/// <param name="clock">Places of events.</param>
internal sealed class EventOrder(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<object, long> _pending = [];
    private TaskCompletionSource _settled = NewSignal();
    private long _last;

    /// <summary>Up to where events are complete.</summary>
    public ArrivalSequence Complete { get; } = new(clock);

    /// <summary>Goes on behind what the table has.</summary>
    public void ResumeAfter(long stored)
    {
        lock (_gate)
        {
            _last = Math.Max(_last, stored);
            Complete.ResumeAfter(stored);
        }
    }

    /// <summary>Places for a number of events, the first of them; they are pending until <see cref="Done"/>, also where a try to store them failed.</summary>
    /// <param name="owner">Who raises them.</param>
    /// <param name="events">How many.</param>
    public long Allocate(object owner, int events)
    {
        lock (_gate)
        {
            var first = Complete.Allocate(events);
            _last = first + events - 1;
            _pending.TryAdd(owner, first);
            return first;
        }
    }

    /// <summary>Everything that somebody had places for is in the table, or will never be.</summary>
    public void Done(object owner)
    {
        TaskCompletionSource settled;
        lock (_gate)
        {
            _pending.Remove(owner);
            var complete = _pending.Count > 0 ? _pending.Values.Min() - 1 : _last;
            if (complete >= Complete.HighWatermark)
            {
                Complete.Advance(complete);
            }

            (settled, _settled) = (_settled, NewSignal());
        }

        settled.SetResult();
    }

    /// <summary>Waits until every event before a place is in the table; those that get their places from now on have them from there on.</summary>
    /// <param name="place">The place: microseconds since 1970.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async Task SealAsync(long place, CancellationToken cancellationToken)
    {
        Complete.ResumeAfterOther(place - 1);
        while (true)
        {
            Task settled;
            lock (_gate)
            {
                if (_pending.Values.All(first => first >= place))
                {
                    return;
                }

                settled = _settled.Task;
            }

            await settled.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
