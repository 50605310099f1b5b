using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Retention;

/// <summary>
/// Keeps <see cref="RetentionWindow"/> as it was last set, moves it when a day ends, and drops what it has left behind: every full hour (midnight is
/// one) and after each change. A move is durable before it is in effect, and none is made on a clock that is not believed. Nothing depends on when
/// days are dropped: what expired is hidden from reads and forgotten by the dedup index already.
/// </summary>
/// <param name="cluster">ClickHouse.</param>
/// <param name="window">What this class is the only one to change.</param>
/// <param name="options">Settings <c>Retention:*</c>.</param>
/// <param name="forgetExpired">Told after each sweep, to give memory back; null leaves moving the window and dropping to another server.</param>
/// <param name="isShared">Whether other servers change what is kept: it is then read again every second.</param>
/// <param name="clock">Today, and when to sweep.</param>
/// <param name="logger">Log.</param>
internal sealed partial class RetentionPolicy(
    ClickHouseCluster cluster, RetentionWindow window, RetentionOptions options, Action? forgetExpired, bool isShared, TrustedClock clock,
    ILogger<RetentionPolicy> logger) : IAsyncDisposable
{
    /// <summary>Most days that can be asked for: a hundred years.</summary>
    public const int MaxDays = 36_500;

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromHours(1);

    /// <summary>Each look at the clock is short; midnight is noticed this late at most.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMinutes(1);

    private readonly RetentionStore _store = new(new StoreFacts(cluster));
    private readonly ClockLog _clockLog = new(cluster);
    private readonly DayPartitions _partitions = new(cluster);
    private readonly SemaphoreSlim _changing = new(1);
    private volatile IReadOnlyList<ClockRow> _clocks = [];
    private PeriodicWorker? _moving;
    private PeriodicWorker? _following;
    private long _sweepAt;

    /// <summary>Whole days that flows are kept; 0 keeps them for ever.</summary>
    /// <exception cref="StoreNotReadyException">It is not known yet.</exception>
    public int Days => window.Days;

    /// <summary>Why nothing expires now; null when it does.</summary>
    public string? Held => clock.Hold?.Reason;

    private bool MovesWindow => forgetExpired is not null;

    /// <summary>Reads what was set at runtime, which wins over the configuration. Call before the window is used.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var facts = await _store.ReadAsync(cancellationToken);
        var days = facts.Days ?? options.Days;
        if (days != options.Days)
        {
            LogOverridden(days, options.Days);
        }

        // Before the first flow shows: dashboards ask ClickHouse, not this server.
        if (facts.DaysInEffect != days)
        {
            await _store.WriteDaysInEffectAsync(days, cancellationToken);
        }

        _clocks = await _clockLog.ReadAsync(cancellationToken);
        window.Raise(facts.OldestDay);
        await MoveAsync(days, cancellationToken);
        window.Set(days, facts.OldestDay);
    }

    /// <summary>Begins to move the window and to drop on schedule.</summary>
    public void Start()
    {
        _sweepAt = clock.GetTimestamp();
        if (MovesWindow)
        {
            _moving = new PeriodicWorker(LookInterval, MoveAndSweepAsync, e => LogNotMoved(e.Message), clock) { BeginsAtOnce = true };
            _moving.Start();
        }

        if (isShared)
        {
            _following = new PeriodicWorker(LookInterval, FollowOthersAsync, e => LogNotFollowed(e.Message), clock);
            _following.Start();
        }
    }

    /// <summary>What would go now if <paramref name="days"/> were kept; nothing is changed.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<RetentionPreview> PreviewAsync(int days, CancellationToken cancellationToken)
    {
        _clocks = await _clockLog.ReadAsync(cancellationToken);
        var oldest = DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(OldestOf(days));
        return new RetentionPreview(days, oldest, await _partitions.BeforeAsync(oldest, cancellationToken));
    }

    /// <summary>
    /// Keeps flows for <paramref name="days"/> from now on and over restarts, and drops what that leaves behind; on a clock that is not believed
    /// nothing goes before it is. Should dropping fail, the change holds, and the rest is dropped later.
    /// </summary>
    /// <returns>The days kept before.</returns>
    /// <exception cref="ClickHouseException">The change could not be stored: it does not hold.</exception>
    /// <exception cref="StoreNotReadyException">What is kept now is not known yet: nothing was changed.</exception>
    public async Task<int> ChangeAsync(int days, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(days);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(days, MaxDays);
        int before;
        await _changing.WaitAsync(cancellationToken);
        try
        {
            before = window.Days;
            _clocks = await _clockLog.ReadAsync(cancellationToken);
            var oldest = clock.Hold is null ? OldestOf(days) : window.OldestDayNumber;
            await _store.WriteChangeAsync(days, oldest, cancellationToken);
            window.Set(days, oldest);
            LogChanged(before, days, window.OldestDay);
        }
        finally
        {
            _changing.Release();
        }

        await TrySweepAsync(cancellationToken);
        return before;
    }

    /// <summary>
    /// Moves the window to today, if a day ended since, the clock is believed and this server is one that moves it. Returns whether it moved.
    /// </summary>
    /// <exception cref="ClickHouseException">The move could not be made durable: it was not made.</exception>
    public async Task<bool> AdvanceAsync(CancellationToken cancellationToken)
    {
        // Without what other clocks keep, which may have changed: that is read when there may be something to do.
        if (RetentionCalendar.OldestDay(clock.GetUtcNow(), window.Days, []) <= window.OldestDayNumber)
        {
            return false;
        }

        await _changing.WaitAsync(cancellationToken);
        try
        {
            // Clocks may have been moved, and other servers may have moved the window or changed the days.
            await FollowAsync(cancellationToken);
            return await MoveAsync(window.Days, cancellationToken);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Drops the partitions of expired days; returns them. None while the clock is not believed.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; some may be dropped.</exception>
    public async Task<IReadOnlyList<ExpiredPartition>> SweepAsync(CancellationToken cancellationToken)
    {
        await AdvanceAsync(cancellationToken);
        if (clock.Hold is not null || !MovesWindow)
        {
            return [];
        }

        // What is dropped is before a day that is durable: a restart with more days cannot bring half of it back.
        var expired = await _partitions.BeforeAsync(window.OldestDay, cancellationToken);
        var logs = await _partitions.OfLogsAsync(
            DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), options.VerdictDays, cancellationToken);
        foreach (var partition in expired.Concat(logs))
        {
            await _partitions.DropAsync(partition, cancellationToken);
            LogDropped(partition.TableName, partition.Partition, partition.Rows, partition.Bytes);
        }

        forgetExpired?.Invoke();
        return [.. expired, .. logs];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (_moving?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_following?.DisposeAsync() ?? ValueTask.CompletedTask);
        _changing.Dispose();
    }

    /// <summary>Time from <paramref name="now"/> to the next full hour, never none.</summary>
    internal static TimeSpan UntilNextSweep(DateTimeOffset now) => SweepPeriod - TimeSpan.FromTicks(now.UtcTicks % SweepPeriod.Ticks);

    /// <summary>The oldest day that shows, were <paramref name="days"/> kept: by the calendar, and not before the window.</summary>
    private ushort OldestOf(int days) => Math.Max(RetentionCalendar.OldestDay(clock.GetUtcNow(), days, _clocks), window.OldestDayNumber);

    /// <summary>First durable, then in effect. Only one caller at a time.</summary>
    private async Task<bool> MoveAsync(int days, CancellationToken cancellationToken)
    {
        var oldest = OldestOf(days);
        // The hold is looked at behind the time: a clock that was moved in between is seen here.
        if (!MovesWindow || clock.Hold is not null || oldest <= window.OldestDayNumber)
        {
            return false;
        }

        await _store.WriteOldestDayAsync(oldest, cancellationToken);
        window.Raise(oldest);
        return true;
    }

    private async Task MoveAndSweepAsync(CancellationToken cancellationToken)
    {
        var moved = await TryAdvanceAsync(cancellationToken);
        if (moved || clock.GetElapsedTime(_sweepAt) >= TimeSpan.Zero)
        {
            var pause = await TrySweepAsync(cancellationToken) ? UntilNextSweep(clock.GetUtcNow()) : RetryInterval;
            _sweepAt = clock.GetTimestamp() + (long)(pause.TotalSeconds * clock.TimestampFrequency);
        }
    }

    /// <summary>Takes over what another server changed.</summary>
    private async Task FollowOthersAsync(CancellationToken cancellationToken)
    {
        // What is read must not be older than a change of this server's own.
        await _changing.WaitAsync(cancellationToken);
        try
        {
            await FollowAsync(cancellationToken);
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var facts = await _store.ReadAsync(cancellationToken);
        _clocks = await _clockLog.ReadAsync(cancellationToken);
        var days = facts.Days ?? window.Days;
        if (days != window.Days)
        {
            LogChanged(window.Days, days, window.OldestDay);
        }

        window.Set(days, facts.OldestDay);
    }

    /// <summary>A move that fails holds no sweep up.</summary>
    private async Task<bool> TryAdvanceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AdvanceAsync(cancellationToken);
        }
        catch (ClickHouseException e)
        {
            LogNotMoved(e.Message);
            return false;
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

    [LoggerMessage(1403, LogLevel.Information, "Dropped the expired partition {Partition} of {Table}: {Rows} rows, {Bytes} bytes")]
    private partial void LogDropped(string table, string partition, long rows, long bytes);

    [LoggerMessage(1404, LogLevel.Error, "Expired days could not be dropped; they do not show, and are tried again")]
    private partial void LogSweepFailed(Exception exception);

    [LoggerMessage(1406, LogLevel.Warning, "A day ended, and ClickHouse could not be told: it shows until that works, and is tried each second: {Reason}")]
    private partial void LogNotMoved(string reason);
}
