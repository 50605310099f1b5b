using System.Security.Cryptography;
using System.Text;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Activity;
using KGuardian.Analytics.Ingest.Clearing;
using KGuardian.Analytics.Ingest.Commit;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Dedup.Keeping;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Ingest.Rejects;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Tier;

/// <summary>
/// Takes batches of events in: dedup, group commit, load into ClickHouse, activity. Everything is wired here, started in order and
/// stopped in reverse.
/// </summary>
internal sealed partial class IngestTier : IAsyncDisposable
{
    /// <summary>How long commits wait for a clear; agents wait for 30 s.</summary>
    private static readonly TimeSpan LongestClear = TimeSpan.FromSeconds(20);

    /// <summary>Rejected rows are few, and asked for at once by whoever wonders where events went.</summary>
    private static readonly TimeSpan RejectedInterval = TimeSpan.FromSeconds(1);

    /// <summary>9999-12-31 in microseconds since 1970, the last day that a date can hold.</summary>
    private const long MostMicroseconds = 253_402_214_400_000_000;

    private readonly IngestOptions _options;
    private readonly TimeProvider _clock;
    private readonly IngestMetrics _metrics;
    private readonly ILogger<IngestTier> _logger;
    private readonly ClickHouseHealth _health;
    private readonly RetentionWindow _window;
    private readonly StoredKeys _storedKeys;
    private readonly Journal _journal;
    private readonly BlockLoader _loader;
    private readonly ActivityLog _activity;
    private readonly RejectedEventLog _rejected;
    private readonly KnownFlows _known;
    private readonly GroupCommit _commit;
    private readonly CommitBarrier _barrier = new();
    private readonly FlowClearing _clearing;
    private readonly CancellationTokenSource _stop = new();
    private readonly PeriodicWorker _flushingActivity;
    private readonly PeriodicWorker _flushingRejected;
    private DedupMissResolver? _missResolver;
    private FlowReservation? _reservation;
    private PeriodicWorker? _learning;
    private long _readKeys;
    private volatile bool _ready;

    /// <summary>An inert tier; see <see cref="StartAsync"/>.</summary>
    /// <param name="cluster">ClickHouse, with a migrated schema.</param>
    /// <param name="health">Whether ClickHouse is there.</param>
    /// <param name="options">Settings <c>Ingest:*</c>.</param>
    /// <param name="dedup">Settings <c>Dedup:*</c>.</param>
    /// <param name="window">Which arrival days still count.</param>
    /// <param name="directories">Where this server keeps its own files.</param>
    /// <param name="clock">Arrival times, intervals.</param>
    /// <param name="metrics">Counters; gauges are added to its meter.</param>
    /// <param name="logger">Log.</param>
    /// <exception cref="IOException">The journal's directory cannot be written.</exception>
    public IngestTier(
        ClickHouseCluster cluster, ClickHouseHealth health, IngestOptions options, DedupOptions dedup, RetentionWindow window,
        IngestDirectories directories, TimeProvider clock, IngestMetrics metrics, ILogger<IngestTier> logger)
    {
        _options = options;
        _clock = clock;
        _metrics = metrics;
        _logger = logger;
        _health = health;
        _window = window;
        _storedKeys = new StoredKeys(cluster, window);
        _journal = new Journal(directories.Journal);
        Arrivals = new ArrivalSequence(clock);
        _loader = new BlockLoader(cluster, health, _journal, options, clock, metrics, Arrivals, logger);
        _activity = new ActivityLog(cluster, options, clock, metrics, logger);
        _rejected = new RejectedEventLog(cluster, options, clock, metrics, logger);
        _known = new KnownFlows(
            directories.KnownFlows, dedup, options.Servers == IngestServers.One, window, _storedKeys, _loader, Arrivals, clock, metrics, logger);
        _commit = new GroupCommit(_known.Registry, _activity, _journal, _loader, clock, metrics, logger);
        _clearing = new FlowClearing(cluster, _barrier, _loader, _journal, _activity, _storedKeys, _known, Arrivals, clock, logger);
        _flushingActivity = Flushing(options.ActivityInterval, _activity.FlushAsync);
        _flushingRejected = Flushing(RejectedInterval, _rejected.FlushAsync);
        _activity.Full = _flushingActivity.Wake;
        IngestGauges.Add(metrics.Meter, _known, _journal, _loader, _activity);
    }

    /// <summary>Hashes dedup keys with this store's secret; null before <see cref="StartAsync"/> has read it.</summary>
    public FlowKeyHasher? Hasher { get; private set; }

    /// <summary>Told the new flows of each batch, by their rows, once they are durable; must neither wait nor fail.</summary>
    public Action<EventBatch, ReadOnlySpan<int>>? Stored { init => _commit.Stored = value; }

    /// <summary>The order in which flows arrive, and how far ClickHouse has them.</summary>
    public ArrivalSequence Arrivals { get; }

    /// <summary>Why batches are not taken at all; null once started.</summary>
    public string? NotReady => _ready ? null : $"known flows are read from ClickHouse: {Volatile.Read(ref _readKeys)} so far";

    /// <summary>How it is now.</summary>
    public IngestStatus Status => new(
        NotReady, _loader.Refusal, _loader.BacklogFlows, _options.MaxBacklogFlows, _journal.PendingBytes, _known.Registry.Flows, _known.Registry.IsComplete);

    /// <summary>
    /// The newest arrival that the journal or ClickHouse know, by the clocks of those who wrote them down; null without any. Call before
    /// <see cref="StartAsync"/>.
    /// </summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<DateTimeOffset?> ReadNewestArrivalAsync(CancellationToken cancellationToken)
    {
        var journaled = _journal.ReadNewestArrival();
        var last = await _storedKeys.ReadLastSequenceAsync(cancellationToken);
        // Before there were sequences (schema 6) they are 0.
        DateTimeOffset? stored = last > 0 ? DateTimeOffset.UnixEpoch.AddTicks(Math.Min(last, MostMicroseconds) * TimeSpan.TicksPerMicrosecond) : null;
        return journaled is null || stored > journaled ? stored : journaled;
    }

    /// <summary>Finds out what is known, brings in what a predecessor left in the journal, and begins to take batches.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        var registry = _known.Registry;
        await _storedKeys.SettleAsync(cancellationToken);
        await _clearing.FinishAsync(cancellationToken);
        Hasher = await _storedKeys.ReadHasherAsync(cancellationToken);
        var last = await _storedKeys.ReadLastSequenceAsync(cancellationToken);
        await _known.RecoverAsync(Hasher, last, read => Volatile.Write(ref _readKeys, read), cancellationToken);
        LogRecovered(registry.Flows, registry.Runs.Count, registry.IsComplete, registry.Bytes, _clock.GetElapsedTime(started));
        Arrivals.ResumeAfter(await _storedKeys.ReadLastSequenceAsync(cancellationToken));
        await new JournalReplay(_journal, _storedKeys, registry, _loader, _logger).RunAsync(Hasher, _window.OldestDayNumber, cancellationToken);
        _missResolver = new DedupMissResolver(_commit, registry, _storedKeys, Hasher, _loader, _metrics, _clock);
        _reservation = new FlowReservation(_commit, registry, _missResolver, _metrics);
        _loader.Start();
        _commit.Start();
        _missResolver.Start();
        _flushingActivity.Start();
        _flushingRejected.Start();
        if (_options.Servers != IngestServers.One)
        {
            // What other servers store from now on.
            _learning = new RemoteWriterFlows(_storedKeys, registry, Arrivals, Hasher, last, _logger).Worker(_clock);
            _learning.Start();
        }

        _known.Start();

        _ready = true;
    }

    /// <summary>Known flows that are in memory only.</summary>
    public int FlowsOfNoFile => _known.Registry.UnsavedFlows;

    /// <summary>Grows whenever flows were added, before that is acknowledged: who asks before a read knows the flows that it shows at least.</summary>
    public long Additions => _commit.Additions;

    /// <summary>Grows with every clear, before it is acknowledged.</summary>
    public long Clears => _clearing.Clears;

    /// <summary>Whether this server clears all flows now: what is read meanwhile may be a part of them.</summary>
    public bool IsClearing => _clearing.IsClearing;

    /// <summary>
    /// 32 hexadecimal digits that tell this store from every other, and from itself before its flows were cleared; they say nothing of its secret.
    /// </summary>
    /// <exception cref="IngestUnavailableException">It is not known yet.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<string> IdentifyAsync(CancellationToken cancellationToken)
    {
        var hasher = Hasher ?? throw new IngestUnavailableException(NotReady!);
        var clears = await _storedKeys.ReadClearsAsync(cancellationToken);
        var digest = SHA256.HashData(Encoding.ASCII.GetBytes($"{hasher.K0:x16}{hasher.K1:x16}/{clears}"));
        return Convert.ToHexStringLower(digest.AsSpan(0, 16));
    }

    /// <summary>Stores the new flows of a batch; returns, when they are durable, how many there were. Rejected rows are counted and kept.</summary>
    /// <param name="batch">The events.</param>
    /// <param name="isHistory">
    /// Whether they come from another store: new flows are told to nobody, and repeats are no observations.
    /// </param>
    /// <exception cref="IngestUnavailableException">Not now: nothing of the batch was stored or counted.</exception>
    public async ValueTask<int> CommitAsync(EventBatch batch, bool isHistory = false)
    {
        if (!_ready)
        {
            throw new IngestUnavailableException(NotReady!);
        }

        // Repeats need no room.
        if (await _loader.WaitForRoomAsync() is { } full && _known.Registry.UnknownRows(batch.Keys).Count > 0)
        {
            throw new IngestUnavailableException(full);
        }

        if (batch.TimeUnknownCount > 0)
        {
            batch.SetUnknownTimes((_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
        }

        var fresh = await CommitInsideAsync(batch, isHistory);
        _metrics.TimeUnknown.Add(batch.TimeUnknownCount);
        _metrics.Received.Add(batch.Count + batch.RejectedCount);
        if (batch.RejectedCount > 0)
        {
            _rejected.Add(batch);
        }

        return fresh;
    }

    /// <summary>Clears all flows; commits wait for it. Returns how many rows there were.</summary>
    /// <exception cref="IngestUnavailableException">Not now: nothing was cleared.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed; the flows are still there, their activity perhaps not.</exception>
    public async Task<long> ClearAsync()
    {
        if (!_ready)
        {
            throw new IngestUnavailableException(NotReady!);
        }

        return await _clearing.ClearAsync(_stop.Token);
    }

    /// <summary>Does something that must not meet a clear: waits for the end of one under way, and the next one waits for it.</summary>
    public Task<T> OutsideClearsAsync<T>(Func<Task<T>> act, CancellationToken cancellationToken) => _clearing.OutsideAsync(act, cancellationToken);

    /// <summary>Waits until ClickHouse shows every flow that was acknowledged before the call, however long it is away.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default) => _loader.FlushAsync(cancellationToken);

    /// <summary>Waits until every flow before a place is in ClickHouse; those that are loaded from now on have places from there on.</summary>
    /// <param name="place">The place in the order of arrival: microseconds since 1970.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public ValueTask SealAsync(long place, CancellationToken cancellationToken)
    {
        Arrivals.ResumeAfterOther(place - 1);
        // A block has its places before it is loaded, and is among what is waited for until it is.
        return FlushAsync(cancellationToken);
    }

    /// <summary>Gives the memory of expired flows back.</summary>
    public void ForgetExpired() => _clearing.UnlessClearing(_known.Registry.ForgetExpired);

    /// <summary>Writes the activity counted so far, and rejected rows.</summary>
    /// <exception cref="ClickHouseException">ClickHouse does not take it now; it is kept.</exception>
    public async Task FlushActivityAsync(CancellationToken cancellationToken)
    {
        await _activity.FlushAsync(cancellationToken);
        await _rejected.FlushAsync(cancellationToken);
    }

    /// <summary>Ends the tier: what was accepted is made durable and brought into ClickHouse, within the token's time.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_ready)
        {
            return;
        }

        _ready = false;
        await _missResolver!.StopAsync();
        _commit.Stop();
        await _loader.StopAsync(cancellationToken);
        await _stop.CancelAsync();
        await _clearing.StopAsync();
        await Task.WhenAll(_flushingActivity.StopAsync(), _flushingRejected.StopAsync(), _learning?.StopAsync() ?? Task.CompletedTask);
        await _known.StopAsync(isLoaded: _loader.BacklogFlows == 0);
        try
        {
            await FlushActivityAsync(cancellationToken);
        }
        catch (Exception e) when (e is ClickHouseException or OperationCanceledException)
        {
            LogLost(e, _activity.Entries, _rejected.Rows);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        await _known.DisposeAsync();
        _clearing.Dispose();
        _commit.Dispose();
        _loader.Dispose();
        await _flushingActivity.DisposeAsync();
        await _flushingRejected.DisposeAsync();
        if (_learning is not null)
        {
            await _learning.DisposeAsync();
        }

        _activity.Dispose();
        _rejected.Dispose();
        _journal.Dispose();
        _stop.Dispose();
    }

    private async ValueTask<int> CommitInsideAsync(EventBatch batch, bool isHistory)
    {
        try
        {
            await _barrier.EnterAsync(LongestClear);
        }
        catch (TimeoutException e)
        {
            throw new IngestUnavailableException("all flows are being cleared", e);
        }

        try
        {
            return await _commit.WaitDurableAsync(batch, await _reservation!.ReserveAsync(batch), isHistory);
        }
        finally
        {
            _barrier.Leave();
        }
    }

    /// <summary>While ClickHouse is away nothing is tried; what waits is kept, and counted where a flush fails.</summary>
    private PeriodicWorker Flushing(TimeSpan interval, Func<CancellationToken, Task> flush) => new(
        interval, cancellationToken => _health.Failure is null ? flush(cancellationToken) : Task.CompletedTask, e => LogFlushPostponed(e.Message), _clock)
    {
        // A table that stays full must not turn this into a busy loop.
        Pause = TimeSpan.FromMilliseconds(200),
    };

    [LoggerMessage(
        1241, LogLevel.Information,
        "{Flows} flows are known, in {Files} files and memory (all of them: {Complete}), with {Bytes} bytes of memory, found out in {Elapsed}")]
    private partial void LogRecovered(long flows, int files, bool complete, long bytes, TimeSpan elapsed);

    [LoggerMessage(1243, LogLevel.Warning, "The activity of {Entries} flows and {Rows} rejected rows are lost: ClickHouse did not take them before the end")]
    private partial void LogLost(Exception exception, int entries, int rows);

    [LoggerMessage(1244, LogLevel.Debug, "A flush was postponed: {Reason}")]
    private partial void LogFlushPostponed(string reason);
}
