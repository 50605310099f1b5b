using KGuardian.Analytics.Engine;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Retention;

/// <summary>
/// Keeps <see cref="RetentionWindow"/> as it was last set, and drops what it has left behind: every full hour (midnight is one) and after each
/// change. Nothing depends on when that happens: what expired is hidden from reads and forgotten by the dedup index already.
/// </summary>
/// <param name="cluster">ClickHouse.</param>
/// <param name="window">What this class is the only one to change.</param>
/// <param name="options">Settings <c>Retention:*</c>.</param>
/// <param name="forgetExpired">Told after each sweep, to give memory back; null leaves dropping to another server.</param>
/// <param name="isShared">Whether other servers change what is kept: it is then read again every second.</param>
/// <param name="clock">Today, and when to sweep.</param>
/// <param name="logger">Log.</param>
public sealed partial class RetentionPolicy(
    ClickHouseCluster cluster, RetentionWindow window, RetentionOptions options, Action? forgetExpired, bool isShared, TimeProvider clock,
    ILogger<RetentionPolicy> logger) : IAsyncDisposable
{
    /// <summary>Most days that can be asked for: a hundred years.</summary>
    public const int MaxDays = 36_500;

    private static readonly TimeSpan Period = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FollowInterval = TimeSpan.FromSeconds(1);

    private readonly RetentionStore _store = new(cluster);
    private readonly DayPartitions _partitions = new(cluster);
    private readonly SemaphoreSlim _changing = new(1);
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;

    /// <summary>Whole days that flows are kept; 0 keeps them for ever.</summary>
    public int Days => window.Days;

    /// <summary>Reads what was set at runtime, which wins over the configuration. Call before the window is used.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (await _store.ReadOldestDayAsync(cancellationToken) is { } oldest)
        {
            window.Raise(oldest);
        }

        var set = await _store.ReadDaysAsync(cancellationToken);
        if (set is { } days && days != options.Days)
        {
            LogOverridden(days, options.Days);
        }

        // Before the first flow shows: dashboards ask ClickHouse, not this server.
        await _store.KeepDaysInEffectAsync(set ?? options.Days, cancellationToken);
        window.Open(set ?? options.Days);
    }

    /// <summary>Begins to drop on schedule.</summary>
    public void Start() => _loop = Task.WhenAll(
        forgetExpired is null ? Task.CompletedTask : Task.Run(KeepSweepingAsync), isShared ? Task.Run(KeepFollowingAsync) : Task.CompletedTask);

    /// <summary>What would go now if <paramref name="days"/> were kept; nothing is changed.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<RetentionPreview> PreviewAsync(int days, CancellationToken cancellationToken)
    {
        var oldest = window.OldestDayOf(days);
        return new RetentionPreview(days, oldest, await _partitions.BeforeAsync(oldest, cancellationToken));
    }

    /// <summary>
    /// Keeps flows for <paramref name="days"/> from now on and over restarts, and drops what that leaves behind. Should dropping fail, the change
    /// holds, and the rest is dropped later.
    /// </summary>
    /// <returns>The days kept before.</returns>
    /// <exception cref="ClickHouseException">The change could not be stored: it does not hold.</exception>
    public async Task<int> ChangeAsync(int days, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(days);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(days, MaxDays);
        await _changing.WaitAsync(cancellationToken);
        try
        {
            var before = window.Days;
            await _store.WriteChangeAsync(days, window.OldestDayOf(days), cancellationToken);
            window.Change(days);
            LogChanged(before, days, window.OldestDay);
            await TrySweepAsync(cancellationToken);
            return before;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Drops the partitions of expired days; returns them.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; some may be dropped.</exception>
    public async Task<IReadOnlyList<ExpiredPartition>> SweepAsync(CancellationToken cancellationToken)
    {
        var oldest = window.OldestDay;
        var expired = await _partitions.BeforeAsync(oldest, cancellationToken);
        if (expired.Count > 0)
        {
            // Before anything is dropped: a restart with more days must not bring half of an expired day back.
            await _store.WriteOldestDayAsync(oldest, cancellationToken);
        }

        foreach (var partition in expired)
        {
            await _partitions.DropAsync(partition, cancellationToken);
            LogDropped(partition.TableName, partition.Day, partition.Rows, partition.Bytes);
        }

        forgetExpired?.Invoke();
        return expired;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _changing.Dispose();
        _stop.Dispose();
    }

    /// <summary>Time from <paramref name="now"/> to the next full hour, never none.</summary>
    internal static TimeSpan UntilNextSweep(DateTimeOffset now) => Period - TimeSpan.FromTicks(now.UtcTicks % Period.Ticks);

    private async Task KeepSweepingAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var swept = await TrySweepAsync(_stop.Token);
            var pause = swept ? UntilNextSweep(clock.GetUtcNow()) : RetryInterval;
            await Task.WhenAny(Task.Delay(pause, clock, _stop.Token));
        }
    }

    /// <summary>Takes over what another server changed.</summary>
    private async Task KeepFollowingAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(FollowInterval, clock, _stop.Token));
            try
            {
                await FollowAsync(_stop.Token);
            }
            catch (ClickHouseException e)
            {
                LogNotFollowed(e.Message);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        // What is read must not be older than a change of this server's own.
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (await _store.ReadOldestDayAsync(cancellationToken) is { } oldest)
            {
                window.Raise(oldest);
            }

            if (await _store.ReadDaysAsync(cancellationToken) is { } days && days != window.Days)
            {
                LogChanged(window.Days, days, window.OldestDayOf(days));
                window.Change(days);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task<bool> TrySweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SweepAsync(cancellationToken);
            return true;
        }
        catch (ClickHouseException e)
        {
            LogSweepFailed(e);
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end of the server, or of the request that changed the days: the next sweep does what is left.
            return false;
        }
    }

    [LoggerMessage(1401, LogLevel.Information, "Flows are kept for {Days} days, as set at runtime; Retention:Days = {Configured} does not count")]
    private partial void LogOverridden(int days, int configured);

    [LoggerMessage(1402, LogLevel.Information, "Flows were kept for {Before} days and now are for {Days}: since {Oldest:yyyy-MM-dd}")]
    private partial void LogChanged(int before, int days, DateOnly oldest);

    [LoggerMessage(1405, LogLevel.Warning, "What other servers changed of the retention could not be read: {Reason}")]
    private partial void LogNotFollowed(string reason);

    [LoggerMessage(1403, LogLevel.Information, "Dropped the expired day {Day:yyyy-MM-dd} of {Table}: {Rows} rows, {Bytes} bytes")]
    private partial void LogDropped(string table, DateOnly day, long rows, long bytes);

    [LoggerMessage(1404, LogLevel.Error, "Expired days could not be dropped; they do not show, and are tried again")]
    private partial void LogSweepFailed(Exception exception);
}
