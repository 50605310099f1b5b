using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Activity;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Ingest.Parsing;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Commit;

/// <summary>
/// Makes new flows durable in groups. Their keys are pending in the <see cref="FlowRegistry"/> before the write, confirmed after it and released when it fails;
/// requests that meet a pending key wait for the same write. A request's thread never touches the disk: one thread writes, and while it syncs one group to the
/// journal the next one gathers, so that a group is as large as the disk is slow.
/// </summary>
internal sealed partial class GroupCommit : IDisposable
{
    private readonly Lock _lock = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly FlowRegistry _registry;
    private readonly ActivityLog _activity;
    private readonly Journal _journal;
    private readonly BlockLoader _loader;
    private readonly TimeProvider _clock;
    private readonly IngestMetrics _metrics;
    private readonly ILogger _logger;
    private readonly Thread _writer;
    private readonly FlowBlock[] _blocks = [new(), new()];
    private Group _open;
    private long _additions;
    private bool _stopping;

    public GroupCommit(
        FlowRegistry registry, ActivityLog activity, Journal journal, BlockLoader loader, TimeProvider clock,
        IngestMetrics metrics, ILogger logger)
    {
        _registry = registry;
        _activity = activity;
        _journal = journal;
        _loader = loader;
        _clock = clock;
        _metrics = metrics;
        _logger = logger;
        _open = new Group(_blocks[0]);
        _writer = new Thread(WriteGroups) { Name = "journal", IsBackground = true };
    }

    /// <summary>
    /// Told the new flows of each batch, by their rows, once they are durable; on the request's thread, so that it must not wait. Null for nobody.
    /// </summary>
    public Action<EventBatch, ReadOnlySpan<int>>? Stored { get; set; }

    /// <summary>Grows with every group of new flows, before they are acknowledged.</summary>
    public long Additions => Interlocked.Read(ref _additions);

    public void Start() => _writer.Start();

    /// <summary>
    /// Puts the new flows of a batch into the open group, when it is known which they are.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="lookup">What files said of it so far; with <see cref="Reservation.NeedsPages"/> there is more to read.</param>
    /// <param name="verified">
    /// What ClickHouse said of keys that the index does not hold: the arrival day of their row, -1 for none. Where it was not asked,
    /// <see cref="Reservation.Unknown"/> may be set.
    /// </param>
    /// <exception cref="IngestUnavailableException">New flows cannot be taken now.</exception>
    public Reservation Enlist(EventBatch batch, RunLookup lookup, Dictionary<FlowKey, int>? verified = null)
    {
        // One lock around both: a key that is pending has its flow in a group, the open one or that which is written.
        lock (_lock)
        {
            var classified = _registry.Classify(batch.Keys, lookup, verified);
            if (classified.NeedsPages || classified.Unknown is not null)
            {
                return new Reservation { NeedsPages = classified.NeedsPages, Unknown = classified.Unknown };
            }

            var fresh = classified.Fresh;
            if (fresh.Count > 0)
            {
                try
                {
                    Append(batch, fresh, verified, classified.OldestDay);
                }
                catch
                {
                    _registry.Release(batch.Keys, fresh.Rows);
                    fresh.Dispose();
                    throw;
                }
            }

            return new Reservation { Fresh = fresh, Durable = classified.Waits || fresh.Count > 0 ? _open.Durable.Task : Task.CompletedTask };
        }
    }

    /// <summary>Waits until a reservation is durable and returns how many flows it made new.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="reservation">What <see cref="Enlist"/> said of it.</param>
    /// <param name="isHistory">Whether nobody is told of new flows, and repeats are not counted as observations.</param>
    /// <exception cref="IngestUnavailableException">It could not be made durable: nothing of it was stored or counted.</exception>
    public async ValueTask<int> WaitDurableAsync(EventBatch batch, Reservation reservation, bool isHistory = false)
    {
        using var fresh = reservation.Fresh;
        if (!reservation.Durable.IsCompletedSuccessfully)
        {
            _work.Set();
            await reservation.Durable;
        }

        if (!isHistory)
        {
            if (fresh.Count > 0)
            {
                Stored?.Invoke(batch, fresh.Rows);
            }

            _activity.Count(batch, fresh.Rows);
        }

        _metrics.New.Add(fresh.Count);
        _metrics.Repeated.Add(batch.Count - fresh.Count);
        return fresh.Count;
    }

    /// <summary>Writes what was accepted and ends the writer.</summary>
    public void Stop()
    {
        lock (_lock)
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

    private void Append(EventBatch batch, RowList fresh, Dictionary<FlowKey, int>? verified, ushort oldestDay)
    {
        if ((_stopping ? "the server is shutting down" : _loader.Refusal) is { } refusal)
        {
            throw new IngestUnavailableException(refusal);
        }

        // Decided on here: should the group fail, nobody may take this for a fact about ClickHouse.
        ForgetVerdicts(batch.Keys, fresh, verified);
        _activity.Remember(batch, fresh.Rows);
        _open.Block.Append(batch, fresh.Rows, Arrival.At(_clock.GetUtcNow()).NotBefore(oldestDay));
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
            lock (_lock)
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
                // Before the group is handed over: up to here all flows in ClickHouse are of groups before it.
                var loadedBefore = _loader.HighWatermark;
                // Durable from here on; ClickHouse gets it from the loader.
                var sequence = _journal.Append(group.Block);
                _loader.Add(sequence, group.Block);
                _metrics.JournalSeconds.Record(_clock.GetElapsedTime(started).TotalSeconds);
                _metrics.CommitFlows.Record(group.Block.Rows);
                _registry.Confirm(group.Block.Keys, group.Block.Days, loadedBefore);
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
        lock (_lock)
        {
            _open.Durable.TrySetResult();
        }
    }

    /// <summary>Gives the keys of a failed group free, and of the open one too: requests in it may wait for flows of the failed one.</summary>
    private void Release(Group failed, IngestUnavailableException reason)
    {
        Group open;
        lock (_lock)
        {
            open = _open;
            _registry.Release(failed.Block.Keys);
            _registry.Release(open.Block.Keys);
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
