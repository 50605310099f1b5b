using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup.Runs;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Dedup.Keeping;

/// <summary>
/// The known flows of a store: the registry in memory, its files, and the workers that write, merge and, when they are of no use, remake them. The
/// files repeat what ClickHouse has: none is believed that is not of this store, whole, and agrees with the number of rows of each day.
/// </summary>
internal sealed partial class KnownFlows : IAsyncDisposable
{
    /// <summary>Files are looked at so often without a reason: for what has expired, and for what failed before.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Remaking files that failed is tried again behind it.</summary>
    private static readonly TimeSpan RebuildInterval = TimeSpan.FromSeconds(10);

    private readonly StoredKeys _storedKeys;
    private readonly bool _isOnlyServer;
    private readonly RetentionWindow _window;
    private readonly ArrivalSequence _arrivals;
    private readonly ILogger _logger;
    private readonly RunStore _store;
    private readonly RunFlush _flush;
    private readonly RunRebuild _rebuild;
    private readonly PeriodicWorker _flushing;
    private readonly PeriodicWorker _compacting;
    private readonly PeriodicWorker _rebuilding;
    private FlowKeyHasher? _hasher;

    /// <summary>Nothing is known yet; see <see cref="RecoverAsync"/>.</summary>
    /// <param name="directory">The files' directory, which nobody else changes.</param>
    /// <param name="options">Memory.</param>
    /// <param name="isOnlyServer">Whether no other server takes flows into this store.</param>
    /// <param name="window">Which arrival days still count.</param>
    /// <param name="storedKeys">What ClickHouse has.</param>
    /// <param name="loader">Brings flows into it.</param>
    /// <param name="arrivals">The order of arrival.</param>
    /// <param name="clock">Intervals.</param>
    /// <param name="metrics">Counters.</param>
    /// <param name="logger">Log.</param>
    public KnownFlows(
        string directory, DedupOptions options, bool isOnlyServer, RetentionWindow window, StoredKeys storedKeys, BlockLoader loader, ArrivalSequence arrivals,
        TimeProvider clock, IngestMetrics metrics, ILogger logger)
    {
        _storedKeys = storedKeys;
        _isOnlyServer = isOnlyServer;
        _window = window;
        _arrivals = arrivals;
        _logger = logger;
        Registry = new FlowRegistry(new FlowIndex(options.IndexedFlows(0)), window) { RunFlows = options.RunFlows };
        _store = new RunStore(directory, Registry, options, metrics, logger);
        _flush = new RunFlush(Registry, _store, loader, clock, metrics, logger);
        _rebuild = new RunRebuild(Registry, _store, storedKeys, loader, arrivals, clock, metrics, logger);
        var compaction = new RunCompaction(Registry, _store, window, metrics, logger);
        _flushing = new PeriodicWorker(Interval, _flush.RunAsync, LogPostponed, clock);
        _compacting = new PeriodicWorker(Interval, compaction.RunAsync, LogPostponed, clock);
        _rebuilding = new PeriodicWorker(RebuildInterval, cancellationToken => _rebuild.RunAsync(_hasher!, cancellationToken), LogPostponed, clock)
        {
            BeginsAtOnce = true,
        };
        _store.Grown = _compacting.Wake;
        Registry.Full = _flushing.Wake;
        Registry.Doubted = reason =>
        {
            LogDoubted(reason);
            _rebuilding.Wake();
        };
    }

    /// <summary>Tells repeats from new flows.</summary>
    public FlowRegistry Registry { get; }

    /// <summary>Bytes of the files.</summary>
    public long FileBytes => _store.Bytes;

    /// <summary>
    /// Makes the registry know what ClickHouse has: from the files, and what is not in them from ClickHouse. Too much of that is left to
    /// <see cref="Start"/>.
    /// </summary>
    /// <param name="hasher">Makes this store's keys.</param>
    /// <param name="last">The highest place in the order of arrival.</param>
    /// <param name="progress">How many flows were read.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    /// <exception cref="IOException">The files' directory cannot be read or written.</exception>
    public async Task RecoverAsync(FlowKeyHasher hasher, long last, Action<long> progress, CancellationToken cancellationToken)
    {
        _hasher = hasher;
        var problem = _store.Open(await NameOfStoreAsync(hasher, cancellationToken));
        if (problem is null && _store.Watermark > last)
        {
            problem = $"they have flows up to {_store.Watermark} in the order of arrival, and ClickHouse up to {last}";
        }

        if (problem is null)
        {
            problem = await TryReadBehindAsync(_store.Watermark, last, progress, cancellationToken);
        }

        if (problem is not null)
        {
            LogUseless(problem);
            await _store.ForgetAllAsync();
            if (await TryReadBehindAsync(null, last, progress, cancellationToken) is { } reason)
            {
                LogUseless(reason);
                await _store.AbandonAsync();
            }
        }

        Registry.AdvanceTo(last);
    }

    /// <summary>Begins to keep the files.</summary>
    public void Start()
    {
        _flushing.Start();
        _compacting.Start();
        _rebuilding.Start();
    }

    /// <summary>There are no flows any more. No request may be under way.</summary>
    public Task ForgetAllAsync() => _store.ForgetAllAsync();

    /// <summary>Makes the registry say what the table says. No commit may be under way, and everything acknowledged is in ClickHouse.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed: call again.</exception>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await _storedKeys.SettleAsync(cancellationToken);
        await _store.ForgetAllAsync();
        var last = Math.Max(_arrivals.HighWatermark, await _storedKeys.ReadLastSequenceAsync(cancellationToken));
        if (await TryReadBehindAsync(null, last, _ => { }, cancellationToken) is not null)
        {
            await _store.AbandonAsync();
        }

        Registry.AdvanceTo(last);
        _rebuilding.Wake();
    }

    /// <summary>Ends the workers.</summary>
    /// <param name="isLoaded">Whether everything confirmed is in ClickHouse: then the files get all of it, and the next start reads nothing from there.</param>
    public async Task StopAsync(bool isLoaded)
    {
        await Task.WhenAll(_flushing.StopAsync(), _compacting.StopAsync(), _rebuilding.StopAsync());
        if (isLoaded && _hasher is not null)
        {
            try
            {
                Registry.AdvanceTo(_arrivals.HighWatermark);
                await _flush.FinishAsync(CancellationToken.None);
            }
            catch (Exception e) when (RunFailure.IsOfDisk(e))
            {
                LogNotFinished(e);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _flushing.DisposeAsync();
        await _compacting.DisposeAsync();
        await _rebuilding.DisposeAsync();
        _store.Dispose();
    }

    /// <summary>What the files are of: the store, as it is since it was last restored or cleared. Tells nothing of the secret.</summary>
    private async Task<string> NameOfStoreAsync(FlowKeyHasher hasher, CancellationToken cancellationToken)
    {
        var restored = await _storedKeys.ReadJournalFloorAsync(cancellationToken);
        var cleared = await _storedKeys.ReadClearsAsync(cancellationToken);
        var name = string.Create(CultureInfo.InvariantCulture, $"{hasher.K0} {hasher.K1} {restored} {cleared}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));
    }

    /// <summary>Reads what is not in the files. Returns why that is too much, or why the files do not agree with ClickHouse; null when all is known.</summary>
    private async Task<string?> TryReadBehindAsync(long? after, long last, Action<long> progress, CancellationToken cancellationToken)
    {
        var behind = (await _storedKeys.CountByDayAsync(after, last, cancellationToken)).Values.Sum();
        if (behind > RunFlush.MostFilesWaiting * (long)Registry.RunFlows)
        {
            return $"{behind} flows are not in them";
        }

        try
        {
            var read = 0L;
            await foreach (var flows in _storedKeys.ReadAsync(_hasher!, after, last, cancellationToken))
            {
                Registry.Learn(flows.Keys, flows.Days);
                progress(read += flows.Keys.Length);
            }
        }
        catch (Exception e) when (RunFailure.IsOfFile(e))
        {
            return e.Message;
        }

        return after is null ? null : await CompareAsync(last, cancellationToken);
    }

    /// <summary>Somebody may have dropped a day, or changed rows by hand: then the files know flows that are not there, or the other way round.</summary>
    private async Task<string?> CompareAsync(long last, CancellationToken cancellationToken)
    {
        var known = Registry.CountByDay();
        var stored = await _storedKeys.CountByDayAsync(null, last, cancellationToken);
        foreach (var day in known.Keys.Union(stored.Keys).Where(day => day >= _window.OldestDayNumber).Order())
        {
            var (flows, rows) = (known.GetValueOrDefault(day), stored.GetValueOrDefault(day));
            // Where several servers take flows, some are stored twice.
            if (flows > rows || (_isOnlyServer && flows < rows))
            {
                return $"they have {flows} flows of {DateTime.UnixEpoch.AddDays(day):yyyy-MM-dd}, and ClickHouse {rows}";
            }
        }

        return null;
    }

    private void LogPostponed(Exception exception) => LogPostponed(exception.Message);

    [LoggerMessage(1256, LogLevel.Warning, "The files of known flows are of no use, and are made anew from ClickHouse: {Reason}")]
    private partial void LogUseless(string reason);

    [LoggerMessage(1257, LogLevel.Error, "The files of known flows are given up, and made anew from ClickHouse: {Reason}")]
    private partial void LogDoubted(string reason);

    [LoggerMessage(1258, LogLevel.Warning, "Known flows could not be read from ClickHouse; it is tried again: {Reason}")]
    private partial void LogPostponed(string reason);

    [LoggerMessage(1259, LogLevel.Warning, "The last known flows could not be written into files; the next start reads them from ClickHouse")]
    private partial void LogNotFinished(Exception exception);
}
