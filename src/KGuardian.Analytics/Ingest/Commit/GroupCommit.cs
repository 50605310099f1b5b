using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Activity;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Retention;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Commit;

/// <summary>
/// Decides for every event whether its flow is new, and makes new flows durable in groups. Keys of new flows are reserved in
/// <c>_pending</c> before the write, confirmed in the index after it and released when it fails; requests that meet a reserved key wait for
/// the same write. One thread writes: while it syncs one group to the journal the next one gathers, so that a group is as large as the disk is slow.
/// </summary>
internal sealed partial class GroupCommit : IDisposable
{
    private readonly Lock _gate = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly FlowIndex _index;
    private readonly HashSet<FlowKey> _pending = [];
    private readonly ActivityLog _activity;
    private readonly Journal _journal;
    private readonly BlockLoader _loader;
    private readonly RetentionWindow _window;
    private readonly TimeProvider _clock;
    private readonly IngestMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Thread _writer;
    private readonly FlowBlock[] _blocks = [new(), new()];
    private Group _open;
    private long _additions;
    private bool _stopping;

    public GroupCommit(
        FlowIndex index, ActivityLog activity, Journal journal, BlockLoader loader, RetentionWindow window, TimeProvider clock,
        IngestMetrics metrics, ILogger logger)
    {
        _index = index;
        _activity = activity;
        _journal = journal;
        _loader = loader;
        _window = window;
        _clock = clock;
        _metrics = metrics;
        _logger = logger;
        _open = new Group(_blocks[0]);
        _writer = new Thread(WriteGroups) { Name = "journal", IsBackground = true };
    }

    /// <summary>Flows known, held in memory.</summary>
    public long IndexedFlows
    {
        get
        {
            lock (_gate)
            {
                return _index.Count;
            }
        }
    }

    /// <summary>Bytes of the index.</summary>
    public long IndexBytes
    {
        get
        {
            lock (_gate)
            {
                return _index.Bytes;
            }
        }
    }

    /// <summary>Whether every known flow is in memory.</summary>
    public bool IsIndexComplete
    {
        get
        {
            lock (_gate)
            {
                return _index.IsComplete;
            }
        }
    }

    /// <summary>Grows with every group of new flows, before they are acknowledged.</summary>
    public long Additions => Interlocked.Read(ref _additions);

    public void Start() => _writer.Start();

    /// <summary>
    /// Sorts a batch into repeats and new flows, which join the open group. <see cref="Reservation.Unknown"/> is set, and nothing reserved,
    /// when the index does not hold every flow and <paramref name="verified"/> does not say of each other key on which day the row arrived that ClickHouse has (-1: it has none).
    /// </summary>
    /// <exception cref="IngestUnavailableException">New flows cannot be taken now.</exception>
    public Reservation Reserve(EventBatch batch, Dictionary<FlowKey, int>? verified = null)
    {
        var keys = batch.Keys;
        var fresh = new RowList(keys.Length);
        try
        {
            lock (_gate)
            {
                // One look at the window for the whole batch: what it says is forgotten is new here, and hidden in reads from now on.
                _index.OldestDay = _window.OldestDayNumber;
                var waits = Sort(keys, verified, ref fresh, out var unknown);
                if (unknown is not null)
                {
                    Unreserve(keys, fresh);
                    fresh.Dispose();
                    return new Reservation { Unknown = unknown };
                }

                if (fresh.Count > 0)
                {
                    if ((_stopping ? "the server is shutting down" : _loader.Refusal) is { } refusal)
                    {
                        Unreserve(keys, fresh);
                        throw new IngestUnavailableException(refusal);
                    }

                    // Decided on here: should the group fail, nobody may take this for a fact about ClickHouse.
                    ForgetVerdicts(keys, fresh, verified);
                    _activity.Remember(batch, fresh.Rows);
                    _open.Block.Append(batch, fresh.Rows, Arrival.At(_clock.GetUtcNow()).NotBefore(_index.OldestDay));
                }

                return new Reservation { Fresh = fresh, Durable = waits || fresh.Count > 0 ? _open.Durable.Task : Task.CompletedTask };
            }
        }
        catch
        {
            fresh.Dispose();
            throw;
        }
    }

    /// <summary>Waits until a reservation is durable and returns how many flows it made new.</summary>
    /// <exception cref="IngestUnavailableException">It could not be made durable: nothing of it was stored or counted.</exception>
    public async ValueTask<int> CompleteAsync(EventBatch batch, Reservation reservation)
    {
        using var fresh = reservation.Fresh;
        if (!reservation.Durable.IsCompletedSuccessfully)
        {
            _work.Set();
            await reservation.Durable;
        }

        _activity.Count(batch, fresh.Rows);
        _metrics.New.Add(fresh.Count);
        _metrics.Repeated.Add(batch.Count - fresh.Count);
        return fresh.Count;
    }

    /// <summary>Rows whose flows neither the index nor a group under way knows.</summary>
    public List<int> UnknownRows(EventBatch batch)
    {
        var unknown = new List<int>();
        lock (_gate)
        {
            _index.OldestDay = _window.OldestDayNumber;
            var keys = batch.Keys;
            for (var row = 0; row < keys.Length; row++)
            {
                if (!_index.Contains(keys[row]) && !_pending.Contains(keys[row]))
                {
                    unknown.Add(row);
                }
            }
        }

        return unknown;
    }

    /// <summary>Adds flows that are in ClickHouse, with the days of their arrival.</summary>
    public void Learn(IEnumerable<KeyValuePair<FlowKey, ushort>> flows)
    {
        lock (_gate)
        {
            foreach (var (key, day) in flows)
            {
                _index.Add(key, day);
            }
        }
    }

    /// <summary>Gives the memory of expired flows back; they are not known any more either way.</summary>
    public void ForgetExpired()
    {
        for (var shard = 0; shard < FlowIndex.Shards; shard++)
        {
            // One shard at a time: requests wait for 1/256 of the index at most.
            lock (_gate)
            {
                _index.OldestDay = _window.OldestDayNumber;
                _index.Forget(shard);
            }
        }
    }

    /// <summary>Forgets every flow. No request may be under way.</summary>
    public void ForgetAll()
    {
        lock (_gate)
        {
            _index.Clear();
        }
    }

    /// <summary>Writes what was accepted and ends the writer.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopping = true;
        }

        _work.Set();
        if (_writer.IsAlive)
        {
            _writer.Join();
        }
    }

    public void Dispose() => _work.Dispose();

    /// <summary>Reserves the keys that nobody knows. Returns whether some wait for a group under way.</summary>
    private bool Sort(ReadOnlySpan<FlowKey> keys, Dictionary<FlowKey, int>? verified, ref RowList fresh, out List<int>? unknown)
    {
        var waits = false;
        unknown = null;
        for (var row = 0; row < keys.Length; row++)
        {
            var key = keys[row];
            if (row + Memory.RowsAhead < keys.Length)
            {
                _index.Prefetch(keys[row + Memory.RowsAhead]);
            }

            if (_index.Contains(key))
            {
                continue;
            }

            if (_index.IsComplete)
            {
                if (_pending.Add(key))
                {
                    fresh.Add(row);
                }
                else
                {
                    waits = true;
                }
            }
            else if (_pending.Contains(key))
            {
                waits = true;
            }
            else if (verified is null || !verified.TryGetValue(key, out var day))
            {
                (unknown ??= []).Add(row);
            }
            else if (day < _index.OldestDay)
            {
                _pending.Add(key);
                fresh.Add(row);
            }
        }

        return waits;
    }

    private void Unreserve(ReadOnlySpan<FlowKey> keys, RowList fresh)
    {
        foreach (var row in fresh.Rows)
        {
            _pending.Remove(keys[row]);
        }
    }

    private static void ForgetVerdicts(ReadOnlySpan<FlowKey> keys, RowList fresh, Dictionary<FlowKey, int>? verified)
    {
        if (verified is not null)
        {
            foreach (var row in fresh.Rows)
            {
                verified.Remove(keys[row]);
            }
        }
    }

    private void WriteGroups()
    {
        while (true)
        {
            _work.WaitOne();
            Group group;
            bool last;
            lock (_gate)
            {
                group = _open;
                _open = new Group(group.Block == _blocks[0] ? _blocks[1] : _blocks[0]);
                last = _stopping;
            }

            Write(group);
            if (last)
            {
                EndOpenGroup();
                return;
            }
        }
    }

    private void Write(Group group)
    {
        try
        {
            if (group.Block.Rows > 0)
            {
                var started = _clock.GetTimestamp();
                _loader.Add(_journal.Append(group.Block), group.Block);
                _metrics.JournalSeconds.Record(_clock.GetElapsedTime(started).TotalSeconds);
                _metrics.CommitFlows.Record(group.Block.Rows);
                Confirm(group.Block);
                Interlocked.Increment(ref _additions);
            }

            group.Durable.SetResult();
        }
        catch (Exception e)
        {
            // A journal that cannot be written (disk full, read-only) must not end the thread: callers are told, and the next group tries again.
            LogJournalFailed(e, group.Block.Rows);
            _metrics.JournalFailures.Add(1);
            Release(group, new IngestUnavailableException($"the journal cannot be written: {e.Message}", e));
        }

        group.Block.Clear();
    }

    /// <summary>Answers requests that met a flow of the last group while it was written: nobody else will, and no flow can join any more.</summary>
    private void EndOpenGroup()
    {
        lock (_gate)
        {
            _open.Durable.TrySetResult();
        }
    }

    private void Confirm(FlowBlock block)
    {
        lock (_gate)
        {
            var keys = block.Keys;
            var days = block.Days;
            for (var row = 0; row < keys.Length; row++)
            {
                _index.Add(keys[row], days[row]);
                _pending.Remove(keys[row]);
            }
        }
    }

    /// <summary>Gives the keys of a failed group free, and of the open one too: requests in it may wait for flows of the failed one.</summary>
    private void Release(Group failed, IngestUnavailableException reason)
    {
        Group open;
        lock (_gate)
        {
            open = _open;
            foreach (var key in failed.Block.Keys)
            {
                _pending.Remove(key);
            }

            foreach (var key in open.Block.Keys)
            {
                _pending.Remove(key);
            }

            open.Block.Clear();
            _open = new Group(open.Block);
        }

        failed.Durable.SetException(reason);
        open.Durable.SetException(reason);
        // Nobody may have waited for the open one.
        _ = open.Durable.Task.Exception;
    }

    [LoggerMessage(1201, LogLevel.Error, "The journal could not be written: {Flows} new flows were refused")]
    private partial void LogJournalFailed(Exception exception, int flows);

    /// <summary>New flows that become durable with one write, and the promise of it.</summary>
    private sealed class Group(FlowBlock block)
    {
        public FlowBlock Block => block;

        public TaskCompletionSource Durable { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
