using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Activity;

/// <summary>Counts repeats in memory and writes them to <c>traffic_activity</c> in batches. A crash loses the last interval's counts, no flows.</summary>
internal sealed partial class ActivityLog : IDisposable
{
    private readonly ClickHouseCluster _cluster;
    private readonly IngestOptions _options;
    private readonly TimeProvider _clock;
    private readonly IngestMetrics _metrics;
    private readonly ILogger _logger;
    private readonly ResendFilter? _resends;
    private readonly long _began;
    private readonly TableBuffer<ActivityTable> _buffer;

    public ActivityLog(ClickHouseCluster cluster, IngestOptions options, TimeProvider clock, IngestMetrics metrics, ILogger logger)
    {
        _cluster = cluster;
        _options = options;
        _clock = clock;
        _metrics = metrics;
        _logger = logger;
        _resends = options.ResendWindow > TimeSpan.Zero ? new ResendFilter() : null;
        _began = clock.GetTimestamp();
        _buffer = new TableBuffer<ActivityTable>(new ActivityTable(), new ActivityTable(), table => table.Count, table => table.Clear(), InsertAsync);
    }

    /// <summary>Called when so many entries wait that they should be written before their time.</summary>
    public Action? Full { get; set; }

    /// <summary>Flows and hours with counts that are not written yet.</summary>
    public int Entries => _buffer.Count;

    /// <summary>
    /// Remembers the new rows of a batch (their numbers), so that their resends are no observations. Call before any of them can be acknowledged: a
    /// resend may be on its way already. Of a batch that fails then, a resend is new again, and not counted either.
    /// </summary>
    public void Remember(EventBatch batch, ReadOnlySpan<int> fresh)
    {
        if (_resends is null || fresh.IsEmpty)
        {
            return;
        }

        var turn = Turn();
        lock (_buffer.Gate)
        {
            foreach (var row in fresh)
            {
                _resends.IsResend(Hash(batch, row), turn);
            }
        }
    }

    /// <summary>
    /// Counts every row of a batch but the new ones (ascending row numbers), which were <see cref="Remember">remembered</see>, and those that are
    /// resends. No flow was seen later than now: an agent's clock that is ahead is not a fact about a flow.
    /// </summary>
    public void Count(EventBatch batch, ReadOnlySpan<int> fresh)
    {
        if (fresh.Length == batch.Count)
        {
            return;
        }

        var keys = batch.Keys;
        var times = batch.TimeMicros;
        var latest = Micros(_clock.GetUtcNow() + _options.FutureTolerance);
        var turn = Turn();
        var (resent, dropped) = (0, 0);
        bool isHalfFull;
        lock (_buffer.Gate)
        {
            var counting = _buffer.Gathering;
            // ClickHouse has been away, or slow, for long: bounded memory goes before complete counts.
            var isFull = counting.Count >= _options.MaxActivityEntries;
            var next = 0;
            for (var row = 0; row < keys.Length; row++)
            {
                if (row + Memory.RowsAhead < keys.Length)
                {
                    Prefetch(counting, batch, row + Memory.RowsAhead);
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
                    counting.Bump(keys[row].Lo, Math.Min(times[row], latest));
                }
            }

            isHalfFull = counting.Count >= _options.MaxActivityEntries / 2;
        }

        if (isHalfFull)
        {
            Full?.Invoke();
        }

        _metrics.Resent.Add(resent);
        _metrics.ActivityDropped.Add(dropped);
    }

    /// <summary>
    /// Both tables are larger than a core's own cache: what a row will touch is fetched while the rows before it are counted, instead of waited for.
    /// </summary>
    private void Prefetch(ActivityTable counting, EventBatch batch, int row)
    {
        _resends?.Prefetch(Hash(batch, row));
        counting.Prefetch(batch.Keys[row].Lo, batch.TimeMicros[row]);
    }

    private static ulong Hash(EventBatch batch, int row) => ResendFilter.Hash(batch.Keys[row], batch.Uuids[row], batch.PostedTime(row));

    private byte Turn() => ResendFilter.Turn(_clock.GetElapsedTime(_began), _options.ResendWindow);

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Writes what was counted before the call, in one insert a shard; counts that cannot be written are kept for the next time.</summary>
    /// <exception cref="ClickHouseException">ClickHouse does not take them now.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => _buffer.FlushAsync(cancellationToken);

    /// <summary>Forgets what was counted and not written: its flows are gone.</summary>
    public Task DiscardAsync(CancellationToken cancellationToken) => _buffer.DiscardAsync(cancellationToken);

    public void Dispose() => _buffer.Dispose();

    private async Task InsertAsync(ActivityTable table, string token, CancellationToken cancellationToken)
    {
        // Every try writes the same.
        table.ArrivalDay ??= Arrival.At(_clock.GetUtcNow()).Day;
        try
        {
            // Repeats are beside their flow, or where it would be were it new.
            var shards = _cluster.Shards;
            await Task.WhenAll(shards.Select((shard, i) => ActivityInsert.RunAsync(shard, table, token, i, shards.Count, cancellationToken)));
        }
        catch (ClickHouseException e)
        {
            _metrics.ActivityFailures.Add(1);
            LogFlushFailed(e, table.Count);
            throw;
        }
    }

    [LoggerMessage(1221, LogLevel.Warning, "The activity of {Entries} flows could not be written; it is kept for the next try")]
    private partial void LogFlushFailed(Exception exception, int entries);
}
