using System.Globalization;
using KGuardian.Analytics.Ingest.Activity;
using KGuardian.Analytics.Ingest.Commit;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Dedup.Keeping;
using KGuardian.Analytics.Ingest.Journaling;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Clearing;

/// <summary>
/// Clears all flows. Commits stand still meanwhile, so that each is wholly before the clear, and gone with it, or wholly after, and counted
/// against an empty store. Before the tables are truncated everything acknowledged is brought into them and the journal forgets it: whenever
/// this process is killed, the next one finds either all flows or none. Shards are cleared together: once that has begun it is carried out to its end,
/// by the next process if need be.
/// </summary>
internal sealed partial class FlowClearing(
    ClickHouseCluster cluster, CommitBarrier barrier, BlockLoader loader, Journal journal, ActivityLog activity, StoredKeys storedKeys, KnownFlows known,
    ArrivalSequence arrivals, TimeProvider clock, ILogger logger) : IDisposable
{
    /// <summary>A full backlog takes some seconds.</summary>
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _isClearing;
    private long _clears;
    private readonly ClearIntentLog _ledger = new(new StoreFacts(cluster));

    /// <summary>
    /// Grows with every clear, before anything that must not meet it goes on; also with one that failed, as it may have cleared all the same.
    /// </summary>
    public long Clears => Interlocked.Read(ref _clears);

    /// <summary>Whether a clear is carried out now.</summary>
    public bool IsClearing => _isClearing;

    /// <summary>Clears all flows and their activity; returns how many rows there were.</summary>
    /// <param name="stopping">The end of the tier, not of a request: a clear that has begun goes on to its end.</param>
    /// <exception cref="IngestUnavailableException">What was acknowledged could not be brought into ClickHouse first: nothing was cleared.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed; the flows are still there, their activity perhaps not.</exception>
    public async Task<long> ClearAsync(CancellationToken stopping)
    {
        await _one.WaitAsync(stopping);
        try
        {
            _isClearing = true;
            await barrier.CloseAsync().WaitAsync(stopping);
            await FlushAsync(stopping);
            // Its flows are in ClickHouse now. Were it to keep them, a restart would take them for lost and bring them back.
            journal.Reset();
            var rows = (await cluster.QueryShardsAsync<long>(new ClickHouseQuery("SELECT count() AS value FROM traffic"), stopping)).Sum();
            // Whenever this process is killed from here on, the next one does not take the files for those of what is left.
            await storedKeys.WriteClearAsync(stopping);
            // First the counts: left behind, they would count for flows that are seen again.
            await activity.DiscardAsync(stopping);
            // Before the flows: those that are left when this process is killed in between raise theirs again.
            await ClearEventsAsync(stopping);
            if (cluster.Shards.Count > 1)
            {
                await ClearShardsAsync(stopping);
            }
            else
            {
                await TruncateAsync("traffic_activity", stopping);
                await TruncateTrafficAsync(stopping);
            }

            LogCleared(rows);
            return rows;
        }
        finally
        {
            Interlocked.Increment(ref _clears);
            barrier.Open();
            _isClearing = false;
            _one.Release();
        }
    }

    /// <summary>Carries a clear out that was interrupted. Call before flows are loaded or taken.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed: call again.</exception>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        foreach (var clear in await _ledger.OpenAsync(cancellationToken))
        {
            LogFinishing();
            // Nothing was acknowledged since it began.
            journal.Reset();
            await TruncateAsync("secure_events", cancellationToken);
            await TruncateAsync("known_edges", cancellationToken);
            await TruncateAsync("edge_rollup", cancellationToken);
            await TruncateAsync("traffic_activity", cancellationToken);
            await TruncateAsync("traffic", cancellationToken);
            await _ledger.EndAsync(clear, cancellationToken);
        }
    }

    /// <summary>Runs something that must not meet a clear; not at all while one is under way.</summary>
    public void UnlessClearing(Action action)
    {
        if (_one.Wait(TimeSpan.Zero))
        {
            try
            {
                action();
            }
            finally
            {
                _one.Release();
            }
        }
    }

    /// <summary>Does something that must not meet a clear: waits for the end of one under way, and the next one waits for it.</summary>
    public async Task<T> OutsideAsync<T>(Func<Task<T>> act, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await act();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Waits for the end of a clear under way, whose token is cancelled; there is none after it.</summary>
    public Task StopAsync() => _one.WaitAsync();

    public void Dispose() => _one.Dispose();

    private async Task FlushAsync(CancellationToken stopping)
    {
        try
        {
            await loader.FlushAsync(stopping).AsTask().WaitAsync(FlushLimit, clock, stopping);
        }
        catch (TimeoutException e)
        {
            throw new IngestUnavailableException($"ClickHouse did not take the waiting flows within {FlushLimit}: nothing was cleared", e);
        }
    }

    /// <summary>Events of verdicts go with those of flows; the verdicts themselves stay, and raise none again.</summary>
    private async Task ClearEventsAsync(CancellationToken stopping)
    {
        var verdict = await cluster.Home.QuerySingleAsync<long>(
            new ClickHouseQuery("SELECT toInt64(max(id)) AS value FROM audit_verdicts"), stopping);
        await new StoreFacts(cluster).WriteAsync(
            stopping, (StoreFactNames.ClearedVerdicts, (verdict + 1).ToString(CultureInfo.InvariantCulture)),
            (StoreFactNames.ClearedFlows, arrivals.HighWatermark.ToString(CultureInfo.InvariantCulture)));
        await TruncateAsync("secure_events", stopping);
        await TruncateAsync("known_edges", stopping);
        // It is filled again from whatever flows are left.
        await TruncateAsync("edge_rollup", stopping);
    }

    private async Task TruncateTrafficAsync(CancellationToken stopping)
    {
        try
        {
            await TruncateAsync("traffic", stopping);
            await known.ForgetAllAsync();
        }
        catch (ClickHouseException e)
        {
            // Done or not done? The index must say what the table says before the next commit.
            LogUncertain(e);
            await InsistAsync(() => known.ReloadAsync(stopping), stopping);
            if (known.Registry.Flows > 0 || !known.Registry.IsComplete)
            {
                throw;
            }
        }
    }

    private async Task ClearShardsAsync(CancellationToken stopping)
    {
        var clear = Guid.NewGuid().ToString("N");
        try
        {
            await _ledger.BeginAsync(clear, stopping);
        }
        catch (ClickHouseException)
        {
            // Begun or not, no later start may take it for begun.
            await InsistAsync(() => _ledger.EndAsync(clear, stopping), stopping);
            throw;
        }

        await InsistAsync(() => TruncateAsync("traffic_activity", stopping), stopping);
        await InsistAsync(() => TruncateAsync("traffic", stopping), stopping);
        await known.ForgetAllAsync();
        await InsistAsync(() => _ledger.EndAsync(clear, stopping), stopping);
    }

    private async Task InsistAsync(Func<Task> act, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await act();
                return;
            }
            catch (ClickHouseException e)
            {
                LogTriedAgain(e);
            }

            await Task.Delay(RetryInterval, clock, stopping);
        }
    }

    private Task TruncateAsync(string table, CancellationToken stopping) =>
        cluster.ExecuteOnShardsAsync(
            new ClickHouseQuery("TRUNCATE TABLE {table:Identifier} SYNC").With("table", table)
                // The size at which ClickHouse asks back is for people's mistakes.
                .WithSetting("max_table_size_to_drop", "0"),
            stopping);

    [LoggerMessage(1411, LogLevel.Warning, "All flows were cleared: {Rows} rows")]
    private partial void LogCleared(long rows);

    [LoggerMessage(1412, LogLevel.Error, "It is not known whether the flows were cleared; the index is loaded anew from the table")]
    private partial void LogUncertain(Exception exception);

    [LoggerMessage(1413, LogLevel.Error, "A clear could not be carried on; until it is done, no flows are taken")]
    private partial void LogTriedAgain(Exception exception);

    [LoggerMessage(1414, LogLevel.Warning, "A clear of all flows was interrupted; it is carried out to its end")]
    private partial void LogFinishing();
}
