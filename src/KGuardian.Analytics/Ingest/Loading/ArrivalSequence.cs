namespace KGuardian.Analytics.Ingest.Loading;

/// <summary>
/// Numbers flows in the order in which they are loaded: microseconds since 1970, made distinct and growing, also when the clock steps back.
/// One block is loaded after the other, so everything up to <see cref="HighWatermark"/> is in ClickHouse, and nothing more will ever come there.
/// </summary>
/// <param name="clock">The numbers' time.</param>
internal sealed class ArrivalSequence(TimeProvider clock)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _progress = NewSignal();
    private long _last;
    private long _loaded;
    private int _waiting;

    /// <summary>The last number of the last block that ClickHouse has wholly; blocks span partitions, so flows behind it may show in part.</summary>
    public long HighWatermark => Volatile.Read(ref _loaded);

    /// <summary>What the table had when this server began.</summary>
    public long ResumedAfter { get; private set; }

    /// <summary>Whether somebody waits for flows.</summary>
    internal bool IsAwaited => Volatile.Read(ref _waiting) > 0;

    /// <summary>Waits until flows behind <paramref name="after"/> are loaded; returns how far.</summary>
    public async Task<long> WaitAsync(long after, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            while (true)
            {
                Task progress;
                lock (_gate)
                {
                    if (_loaded > after)
                    {
                        return _loaded;
                    }

                    progress = _progress.Task;
                }

                await progress.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Goes on behind what the table has. No block may be under way.</summary>
    internal void ResumeAfter(long stored)
    {
        lock (_gate)
        {
            _last = Math.Max(_last, stored);
            ResumedAfter = _last;
        }

        Advance(_last);
    }

    /// <summary>
    /// Another server gave this number, or it is part of what was read to its end: those given here from now on are higher, whichever of two clocks is
    /// ahead. So what others have not seen yet lies behind what they have, but for the seconds that a number takes to get there.
    /// </summary>
    internal void ResumeAfterOther(long seen)
    {
        lock (_gate)
        {
            _last = Math.Max(_last, seen);
        }
    }

    /// <summary>Numbers for the rows of a block, the first of them. They are the block's for all tries to load it.</summary>
    internal long Allocate(int rows)
    {
        lock (_gate)
        {
            var first = Math.Max(_last + 1, (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            _last = first + rows - 1;
            return first;
        }
    }

    /// <summary>ClickHouse has every block up to this number.</summary>
    internal void Advance(long last)
    {
        TaskCompletionSource progress;
        lock (_gate)
        {
            Volatile.Write(ref _loaded, last);
            (progress, _progress) = (_progress, NewSignal());
        }

        progress.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
