using System.Buffers.Binary;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Activity;

/// <summary>Counts repeats in memory and writes them to <c>traffic_activity</c> in batches. A crash loses the last interval's counts, no flows.</summary>
internal sealed partial class ActivityLog(
    ClickHouseCluster cluster, IngestOptions options, TimeProvider clock, IngestMetrics metrics, ILogger logger) : IDisposable
{
    private const int RowBytes = sizeof(ulong) + sizeof(long) + sizeof(ulong) + sizeof(long) + sizeof(ushort);
    private const long SecondsAnHour = 3600;

    private static readonly byte[] FlowIdHead = NativeBlock.Column("flow_id", "UInt64");
    private static readonly byte[] HourHead = NativeBlock.Column("hour", "DateTime64(0, 'UTC')");
    private static readonly byte[] ObservationsHead = NativeBlock.Column("observations", "UInt64");
    private static readonly byte[] LastSeenHead = NativeBlock.Column("last_seen", "DateTime64(6, 'UTC')");
    private static readonly byte[] ArrivalDayHead = NativeBlock.Column("arrival_day", "Date");

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ResendFilter? _resends = options.ResendWindow > TimeSpan.Zero ? new ResendFilter() : null;
    private readonly long _began = clock.GetTimestamp();
    private ActivityTable _counting = new();
    private ActivityTable _spare = new();

    /// <summary>Completed when so many entries wait that they should be written before their time.</summary>
    public TaskCompletionSource Full { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Flows and hours with counts that are not written yet.</summary>
    public int Entries
    {
        get
        {
            lock (_gate)
            {
                return _counting.Count + _spare.Count;
            }
        }
    }

    /// <summary>
    /// Remembers the new rows of a batch (their numbers), so that their resends are no observations. Call before any of them can be acknowledged: a resend may be on its
    /// way already. Of a batch that fails then, a resend is new again, and not counted either.
    /// </summary>
    public void Remember(EventBatch batch, ReadOnlySpan<int> fresh)
    {
        if (_resends is null || fresh.IsEmpty)
        {
            return;
        }

        var turn = Turn();
        lock (_gate)
        {
            foreach (var row in fresh)
            {
                _resends.IsResend(Hash(batch, row), turn);
            }
        }
    }

    /// <summary>
    /// Counts every row of a batch but the new ones (ascending row numbers), which were <see cref="Remember">remembered</see>, and those that are resends. No flow was
    /// seen later than now: an agent's clock that is ahead is not a fact about a flow.
    /// </summary>
    public void Count(EventBatch batch, ReadOnlySpan<int> fresh)
    {
        if (fresh.Length == batch.Count)
        {
            return;
        }

        var keys = batch.Keys;
        var times = batch.TimeMicros;
        var latest = Micros(clock.GetUtcNow() + options.FutureTolerance);
        var turn = Turn();
        var (resent, dropped) = (0, 0);
        lock (_gate)
        {
            // ClickHouse has been away, or slow, for long: bounded memory goes before complete counts.
            var isFull = _counting.Count >= options.MaxActivityEntries;
            var next = 0;
            for (var row = 0; row < keys.Length; row++)
            {
                if (row + Memory.RowsAhead < keys.Length)
                {
                    Prefetch(batch, row + Memory.RowsAhead);
                }

                if (next < fresh.Length && fresh[next] == row)
                {
                    next++;
                }
                else if (_resends is not null && _resends.IsResend(Hash(batch, row), turn))
                {
                    resent++;
                }
                else if (isFull)
                {
                    dropped++;
                }
                else
                {
                    _counting.Bump(keys[row].Lo, Math.Min(times[row], latest));
                }
            }

            if (_counting.Count >= options.MaxActivityEntries / 2)
            {
                Full.TrySetResult();
            }
        }

        metrics.Resent.Add(resent);
        metrics.ActivityDropped.Add(dropped);
    }

    /// <summary>Both tables are larger than a core's own cache: what a row will touch is fetched while the rows before it are counted, instead of waited for.</summary>
    private void Prefetch(EventBatch batch, int row)
    {
        _resends?.Prefetch(Hash(batch, row));
        _counting.Prefetch(batch.Keys[row].Lo, batch.TimeMicros[row]);
    }

    private static ulong Hash(EventBatch batch, int row) => ResendFilter.Hash(batch.Keys[row], batch.Uuids[row], batch.PostedTime(row));

    private byte Turn() => ResendFilter.Turn(clock.GetElapsedTime(_began), options.ResendWindow);

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Writes what was counted before the call, in one insert a shard; counts that cannot be written are kept for the next time.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // First what an earlier flush could not write, by itself: it has its own token.
            bool isLeftOver;
            do
            {
                ActivityTable full;
                lock (_gate)
                {
                    isLeftOver = _spare.Count > 0;
                    if (!isLeftOver)
                    {
                        (_counting, _spare) = (_spare, _counting);
                    }

                    full = _spare;
                    Full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                if (full.Count > 0)
                {
                    await InsertAsync(full, cancellationToken);
                    lock (_gate)
                    {
                        full.Clear();
                    }
                }
            }
            while (isLeftOver);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Forgets what was counted and not written: its flows are gone.</summary>
    public async Task DiscardAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        lock (_gate)
        {
            _counting.Clear();
            _spare.Clear();
        }

        _writing.Release();
    }

    public void Dispose() => _writing.Dispose();

    private async Task InsertAsync(ActivityTable table, CancellationToken cancellationToken)
    {
        // The table does not change until it is written, and keeps its token: however often it is tried, it counts once.
        table.ArrivalDay ??= Arrival.At(clock.GetUtcNow()).Day;
        try
        {
            // Repeats are beside their flow, or where it would be were it new.
            var shards = cluster.Shards;
            await Task.WhenAll(shards.Select((shard, i) => InsertAsync(table, shard, i, shards.Count, cancellationToken)));
        }
        catch (ClickHouseException e)
        {
            metrics.ActivityFailures.Add(1);
            LogFlushFailed(e, table.Count);
            throw;
        }
    }

    private static Task InsertAsync(ActivityTable table, ClickHouseClient shard, int number, int shards, CancellationToken cancellationToken)
    {
        var insert = new ClickHouseQuery("INSERT INTO traffic_activity (flow_id, hour, observations, last_seen, arrival_day) FORMAT Native")
            .WithSetting("insert_deduplication_token", table.Token);
        var (columns, rows) = Columns(table, number, shards);
        return rows == 0 ? Task.CompletedTask : shard.InsertAsync(insert, (stream, token) => WriteAsync(columns, rows, stream, token), cancellationToken);
    }

    private static async Task WriteAsync(byte[] columns, int rows, Stream to, CancellationToken cancellationToken)
    {
        var at = 0;
        await to.WriteAsync(NativeBlock.Head(5, rows), cancellationToken);
        foreach (var (head, width) in new[]
        {
            (FlowIdHead, sizeof(ulong)), (HourHead, sizeof(long)), (ObservationsHead, sizeof(ulong)), (LastSeenHead, sizeof(long)),
            (ArrivalDayHead, sizeof(ushort)),
        })
        {
            await to.WriteAsync(head, cancellationToken);
            await to.WriteAsync(columns.AsMemory(at, rows * width), cancellationToken);
            at += rows * width;
        }
    }

    private static (byte[] Columns, int Rows) Columns(ActivityTable table, int shard, int shards)
    {
        var rows = 0;
        foreach (ref readonly var entry in table.Slots)
        {
            rows += IsOf(entry) ? 1 : 0;
        }

        var columns = new byte[rows * RowBytes];
        var flowIds = columns.AsSpan(0, rows * 8);
        var hours = columns.AsSpan(rows * 8, rows * 8);
        var observations = columns.AsSpan(rows * 16, rows * 8);
        var lastSeen = columns.AsSpan(rows * 24, rows * 8);
        var days = columns.AsSpan(rows * 32);
        var row = 0;
        foreach (ref readonly var entry in table.Slots)
        {
            if (IsOf(entry))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(flowIds[(row * 8)..], entry.FlowId);
                BinaryPrimitives.WriteInt64LittleEndian(hours[(row * 8)..], entry.Hour * SecondsAnHour);
                BinaryPrimitives.WriteUInt64LittleEndian(observations[(row * 8)..], entry.Observations);
                BinaryPrimitives.WriteInt64LittleEndian(lastSeen[(row * 8)..], entry.LastSeen);
                BinaryPrimitives.WriteUInt16LittleEndian(days[(row * 2)..], table.ArrivalDay!.Value);
                row++;
            }
        }

        return (columns, rows);

        bool IsOf(in ActivityTable.Entry entry) => entry.Observations > 0 && ShardKey.ShardOf(entry.FlowId, shards) == shard;
    }

    [LoggerMessage(1221, LogLevel.Warning, "The activity of {Entries} flows could not be written; it is kept for the next try")]
    private partial void LogFlushFailed(Exception exception, int entries);
}
