using KGuardian.Analytics.Engine;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest;

/// <summary>
/// Clears all flows. Commits stand still meanwhile, so that each is wholly before the clear, and gone with it, or wholly after, and counted
/// against an empty store. Before the tables are truncated everything acknowledged is brought into them and the journal forgets it: whenever
/// this process is killed, the next one finds either all flows or none.
/// </summary>
internal sealed partial class FlowClearing(
    ClickHouseClient client, CommitGate gate, BlockLoader loader, Journal journal, ActivityLog activity, GroupCommit commit,
    Func<CancellationToken, Task> reloadIndex, TimeProvider clock, ILogger logger) : IDisposable
{
    /// <summary>A full backlog takes some seconds.</summary>
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Clears all flows and their activity; returns how many rows there were.</summary>
    /// <param name="stopping">The end of the tier, not of a request: a clear that has begun goes on to its end.</param>
    /// <exception cref="IngestUnavailableException">What was acknowledged could not be brought into ClickHouse first: nothing was cleared.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed; the flows are still there, their activity perhaps not.</exception>
    public async Task<long> ClearAsync(CancellationToken stopping)
    {
        await _one.WaitAsync(stopping);
        try
        {
            await gate.CloseAsync().WaitAsync(stopping);
            await FlushAsync(stopping);
            // Its flows are in ClickHouse now. Were it to keep them, a restart would take them for lost and bring them back.
            journal.Reset();
            var rows = await client.QuerySingleAsync<Number>(new ClickHouseQuery("SELECT count() AS value FROM traffic"), stopping);
            // First the counts: left behind, they would count for flows that are seen again.
            await activity.DiscardAsync(stopping);
            await TruncateAsync("traffic_activity", stopping);
            await TruncateTrafficAsync(stopping);
            LogCleared(rows.Value);
            return rows.Value;
        }
        finally
        {
            gate.Open();
            _one.Release();
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

    private async Task TruncateTrafficAsync(CancellationToken stopping)
    {
        try
        {
            await TruncateAsync("traffic", stopping);
            commit.ForgetAll();
        }
        catch (ClickHouseException e)
        {
            // Done or not done? The index must say what the table says before the next commit.
            LogUncertain(e);
            await ReloadAsync(stopping);
            if (commit.IndexedFlows > 0)
            {
                throw;
            }
        }
    }

    private async Task ReloadAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await reloadIndex(stopping);
                return;
            }
            catch (ClickHouseException e)
            {
                LogReloadFailed(e);
            }

            await Task.Delay(RetryInterval, clock, stopping);
        }
    }

    private Task TruncateAsync(string table, CancellationToken stopping) =>
        client.ExecuteAsync(
            new ClickHouseQuery("TRUNCATE TABLE {table:Identifier} SYNC").With("table", table)
                // The size at which ClickHouse asks back is for people's mistakes.
                .WithSetting("max_table_size_to_drop", "0"),
            stopping);

    [LoggerMessage(1411, LogLevel.Warning, "All flows were cleared: {Rows} rows")]
    private partial void LogCleared(long rows);

    [LoggerMessage(1412, LogLevel.Error, "It is not known whether the flows were cleared; the index is loaded anew from the table")]
    private partial void LogUncertain(Exception exception);

    [LoggerMessage(1413, LogLevel.Error, "The index could not be loaded anew; until it is, no flows are taken")]
    private partial void LogReloadFailed(Exception exception);

    private sealed record Number(long Value);
}
