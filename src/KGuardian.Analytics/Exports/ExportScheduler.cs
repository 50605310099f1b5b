using System.Collections.Concurrent;
using System.Text.Json;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Exports.Sources;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Exports;

/// <summary>
/// Schedules, their runs and their files. One server of a store has it: the one that takes flows in, which alone knows up to where they are complete. A run is
/// stored, with its file and its bounds, before it begins, and is the same until its file is finished; so windows that follow each other have each flow once.
/// </summary>
internal sealed partial class ExportScheduler : IAsyncDisposable
{
    /// <summary>Most schedules: each second it is looked whether one is due.</summary>
    public const int MostSchedules = 100;

    /// <summary>A run that is due so soon is not begun by hand.</summary>
    public static readonly TimeSpan Shortly = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ExportOptions _options;
    private readonly ExportRunner _runner;
    private readonly ScheduleTable _scheduleTable;
    private readonly FinishedFiles _files;
    private readonly TimeProvider _clock;
    private readonly Func<bool> _mayExpire;
    private readonly ExportMetrics _metrics;
    private readonly ILogger<ExportScheduler> _logger;
    private readonly SemaphoreSlim _changing = new(1);
    private readonly PeriodicWorker _planning;
    private readonly PeriodicWorker _exporting;
    private readonly ConcurrentDictionary<string, RunTrouble> _troubles = [];
    private volatile IReadOnlyList<ExportSchedule> _schedules = [];
    private volatile RunningExport? _running;
    private volatile bool _isReady;
    private DateTimeOffset _startedOn;

    /// <summary>Exports that have not begun.</summary>
    /// <param name="options">Settings <c>Exports:*</c>.</param>
    /// <param name="sources">What can be exported.</param>
    /// <param name="runner">Makes files.</param>
    /// <param name="store">Where they are.</param>
    /// <param name="cluster">The store.</param>
    /// <param name="clock">The believed time.</param>
    /// <param name="mayExpire">Whether files may go as their time has come: not while the clock is doubted.</param>
    /// <param name="metrics">Counters; gauges are added to their meter.</param>
    /// <param name="logger">Log.</param>
    public ExportScheduler(
        ExportOptions options, IReadOnlyList<ExportSource> sources, ExportRunner runner, FileStore store, ClickHouseCluster cluster, TimeProvider clock,
        Func<bool> mayExpire, ExportMetrics metrics, ILogger<ExportScheduler> logger)
    {
        (_options, _runner, _clock, _mayExpire, _metrics, _logger) = (options, runner, clock, mayExpire, metrics, logger);
        var versions = new RowVersions(clock);
        _scheduleTable = new ScheduleTable(cluster, versions);
        _files = new FinishedFiles(store, new FileTable(cluster, versions), options, metrics, logger);
        Document = new ScheduleDocument(sources);
        _planning = new PeriodicWorker(LookInterval, PlanAsync, PlanningFailed, clock) { BeginsAtOnce = true };
        _exporting = new PeriodicWorker(LookInterval, ExportAsync, PlanningFailed, clock) { BeginsAtOnce = true };
        metrics.AddGauges(() => _files.All);
    }

    /// <summary>How long a run that failed is left alone at first; shorter in tests.</summary>
    internal TimeSpan FirstRetry { get; init; } = RunTrouble.FirstDelay;

    /// <summary>Reads what administrators write.</summary>
    public ScheduleDocument Document { get; }

    /// <summary>Why schedules cannot be asked for; null once they were read.</summary>
    public string? NotReady => _isReady ? null : "schedules of exports have not been read yet";

    /// <summary>Whether files are made.</summary>
    public bool IsEnabled => _options.Enabled;

    /// <summary>Every schedule, in the order of their creation.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public IReadOnlyList<ExportSchedule> All => _isReady ? _schedules : throw new StoreNotReadyException(NotReady!);

    /// <summary>Every finished file.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public IReadOnlyList<ExportFile> Files => _isReady ? _files.All : throw new StoreNotReadyException(NotReady!);

    /// <summary>A schedule; null when there is none of this id.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public ExportSchedule? Find(string id) => All.FirstOrDefault(schedule => schedule.Id == id);

    /// <summary>Opens a finished file; null when there is none of this id.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public (ExportFile File, FileStream Content)? Open(string fileId) =>
        _isReady ? _files.Open(fileId, _clock.GetUtcNow()) : throw new StoreNotReadyException(NotReady!);

    /// <summary>Whether a run is under way at this moment.</summary>
    public bool IsRunning(PlannedRun run) => _running?.FileId == run.FileId;

    /// <summary>Why a run has not made its file yet; null while nothing was wrong.</summary>
    public RunTrouble? TroubleOf(PlannedRun run) => _troubles.GetValueOrDefault(run.FileId);

    /// <summary>When a schedule runs next; null when it does not.</summary>
    public static DateTimeOffset? NextOf(ExportSchedule schedule) => schedule.Enabled ? schedule.Times.Next(Time(schedule.ConsideredUpTo)) : null;

    /// <summary>Reads schedules. Call before anything is loaded: what comes has its place behind what was exported, also where the clock went back.</summary>
    /// <returns>The place up to which flows and events were exported, or will be, in microseconds since 1970.</returns>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task<long> PrepareAsync(CancellationToken cancellationToken)
    {
        if (!_isReady)
        {
            await ReadAsync(cancellationToken);
        }

        return _schedules.Select(schedule => schedule.Position).DefaultIfEmpty().Max();
    }

    /// <summary>Makes files and their rows agree, and begins. Behind <see cref="PrepareAsync"/>.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_isReady)
        {
            return;
        }

        await _files.ReconcileAsync(cancellationToken);
        _startedOn = _clock.GetUtcNow();
        foreach (var schedule in _schedules)
        {
            _metrics.Begin(schedule.Id);
        }

        _isReady = true;
        _planning.Start();
        if (_options.Enabled)
        {
            _exporting.Start();
        }
    }

    /// <summary>Looks now for what is due, and not within a second.</summary>
    internal void Look() => _planning.Wake();

    /// <summary>Adds a schedule. It begins with what arrives from now on.</summary>
    /// <returns>It, or null when there are <see cref="MostSchedules"/>.</returns>
    /// <exception cref="ExportException">The document cannot be taken.</exception>
    /// <exception cref="ClickHouseException">It could not be stored.</exception>
    public Task<ExportSchedule?> CreateAsync(JsonElement body) => ChangeAsync(async () =>
    {
        var now = _clock.GetUtcNow();
        var read = Document.Read(body, now);
        if (_schedules.Count >= MostSchedules)
        {
            return null;
        }

        var created = read with { Id = ExportId.NewSchedule(), CreatedOn = now, ModifiedOn = now, Position = Micros(now), ConsideredUpTo = Micros(now) };
        await _scheduleTable.WriteAsync(created, CancellationToken.None);
        _schedules = [.. _schedules, created];
        _metrics.Begin(created.Id);
        return created;
    });

    /// <summary>
    /// Replaces what a schedule is. Its position stays, a run under way goes on as it was; times that passed while it was disabled have no run.
    /// </summary>
    /// <returns>It, or null when there is none of this id.</returns>
    /// <exception cref="ExportException">The document cannot be taken.</exception>
    /// <exception cref="ClickHouseException">It could not be stored.</exception>
    public Task<ExportSchedule?> ReplaceAsync(string id, JsonElement body) => ChangeAsync(async () =>
    {
        var now = _clock.GetUtcNow();
        var read = Document.Read(body, now);
        if (Find(id) is not { } before)
        {
            return null;
        }

        var isOtherTime = (read.Cron, read.EverySeconds, read.TimeZone) != (before.Cron, before.EverySeconds, before.TimeZone);
        var begins = isOtherTime || (read.Enabled && !before.Enabled);
        var changed = read with
        {
            Id = before.Id,
            CreatedOn = before.CreatedOn,
            ModifiedOn = now,
            Position = begins && !read.CatchesUp ? Math.Max(before.Position, Micros(now)) : before.Position,
            ConsideredUpTo = begins ? Micros(now) : before.ConsideredUpTo,
            LastRun = before.LastRun,
            Run = before.Run,
        };
        await StoreAsync(changed);
        return changed;
    });

    /// <summary>Deletes a schedule and its files; a run under way ends.</summary>
    /// <returns>What was deleted, or null when there is none of this id.</returns>
    /// <exception cref="ClickHouseException">It could not be stored.</exception>
    public Task<ExportSchedule?> DeleteAsync(string id) => ChangeAsync(async () =>
    {
        if (Find(id) is not { } deleted)
        {
            return null;
        }

        await _scheduleTable.DeleteAsync(id, CancellationToken.None);
        _schedules = [.. _schedules.Where(schedule => schedule.Id != id)];
        if (_running is { } running && running.ScheduleId == id)
        {
            running.Cancel();
        }

        await _files.RemoveAsync([.. _files.All.Where(file => file.ScheduleId == id)], CancellationToken.None);
        return deleted;
    });

    /// <summary>Runs a schedule now: its window ends here, and the next one begins here. One that failed is tried again.</summary>
    /// <exception cref="ClickHouseException">It could not be stored.</exception>
    public Task<RunOrder> RunAsync(string id) => ChangeAsync(async () =>
    {
        if (Find(id) is not { } schedule)
        {
            return RunOrder.Unknown;
        }

        var now = _clock.GetUtcNow();
        if (!_options.Enabled || !schedule.Enabled)
        {
            return new RunOrder(
                RunResult.Disabled, null, schedule.Name, _options.Enabled ? "the schedule is disabled" : "exports are switched off: Exports:Enabled = false");
        }

        if (schedule.Run is { } run)
        {
            if (_troubles.TryGetValue(run.FileId, out var trouble) && !IsRunning(run))
            {
                _troubles[run.FileId] = trouble with { RetryOn = now };
                _exporting.Wake();
                return new RunOrder(RunResult.Accepted, run.FileId, schedule.Name, null);
            }

            return new RunOrder(RunResult.Busy, null, schedule.Name, $"it runs already, for file {run.FileId}");
        }

        if (NextOf(schedule) is { } next && next <= now + Shortly)
        {
            return new RunOrder(RunResult.Busy, null, schedule.Name, $"it runs at {next:yyyy-MM-dd'T'HH:mm:ss'Z'}, within {Shortly.TotalSeconds} s");
        }

        var planned = Plan(schedule, Math.Max(Micros(now), schedule.Position), schedule.ConsideredUpTo);
        await StoreAsync(planned);
        _exporting.Wake();
        return new RunOrder(RunResult.Accepted, planned.Run!.FileId, schedule.Name, null);
    });

    /// <summary>Ends; a run under way begins anew with the next start.</summary>
    public async Task StopAsync()
    {
        await _planning.StopAsync();
        await _exporting.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _planning.DisposeAsync();
        await _exporting.DisposeAsync();
        _changing.Dispose();
    }

    private static ExportSchedule Plan(ExportSchedule schedule, long to, long consideredUpTo) => schedule with
    {
        Run = new PlannedRun(
            ExportId.NewFile(),
            WindowLength.Of(schedule.Window) is { } length ? to - (long)length.TotalMicroseconds : Math.Min(schedule.Position, to), to),
        Position = Math.Max(schedule.Position, to),
        ConsideredUpTo = consideredUpTo,
        LastRun = to,
    };

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        _schedules = await _scheduleTable.ReadAsync(cancellationToken);
        await _files.ReadAsync(cancellationToken);
    }

    private async Task<T> ChangeAsync<T>(Func<Task<T>> change)
    {
        // Before anybody waits: nothing can be changed that has not been read.
        _ = All;
        await _changing.WaitAsync();
        try
        {
            return await change();
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task StoreAsync(ExportSchedule changed)
    {
        await _scheduleTable.WriteAsync(changed, CancellationToken.None);
        _schedules = [.. _schedules.Select(schedule => schedule.Id == changed.Id ? changed : schedule)];
    }

    private async Task PlanAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var due = _options.Enabled ? _schedules.Where(schedule => IsDue(schedule, now)).ToArray() : [];
        foreach (var schedule in due)
        {
            await ChangeAsync(async () =>
            {
                if (Find(schedule.Id) is { } current && IsDue(current, now))
                {
                    await PlanAsync(current, current.Times.Due(Time(current.ConsideredUpTo), now)!);
                }

                return true;
            });
        }

        if (due.Length > 0)
        {
            _exporting.Wake();
        }

        await ExpireAsync(now, cancellationToken);
    }

    private static bool IsDue(ExportSchedule schedule, DateTimeOffset now) => schedule.Run is null && NextOf(schedule) <= now;

    private async Task PlanAsync(ExportSchedule schedule, DueTimes due)
    {
        // What was due before this process began was missed; what became due during another run of the same waited.
        var isSkipped = !schedule.CatchesUp && due.Last < _startedOn;
        var last = Micros(due.Last);
        // The gap is in no file.
        var begun = schedule.CatchesUp || due.Before is not { } before ? schedule : schedule with { Position = Math.Max(schedule.Position, Micros(before)) };
        await StoreAsync(
            isSkipped ? schedule with { Position = Math.Max(schedule.Position, last), ConsideredUpTo = last } : Plan(begun, last, last));
        if (due.Count - (isSkipped ? 0 : 1) is > 0 and var missed)
        {
            _metrics.Missed(schedule.Id, missed);
            LogMissed(schedule.Id, missed, schedule.CatchesUp ? "one file has all that they would have had" : "they have no file");
        }
    }

    private async Task ExpireAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (_mayExpire() && _files.All.Any(IsOver))
        {
            await ChangeAsync(async () =>
            {
                await _files.RemoveAsync([.. _files.All.Where(IsOver)], cancellationToken);
                return true;
            });
        }

        // Those of a schedule that was deleted when ClickHouse did not take what was said of them.
        bool IsOver(ExportFile file) => file.ExpiresOn <= now || _schedules.All(schedule => schedule.Id != file.ScheduleId);
    }

    private async Task ExportAsync(CancellationToken cancellationToken)
    {
        while (NextToRun() is { } schedule)
        {
            await ExportAsync(schedule, schedule.Run!, cancellationToken);
        }
    }

    private ExportSchedule? NextToRun()
    {
        var now = _clock.GetUtcNow();
        return _schedules.Where(schedule => schedule.Enabled && schedule.Run is { } run && (TroubleOf(run) is not { } trouble || trouble.RetryOn <= now))
            .MinBy(schedule => schedule.Run!.To);
    }

    private async Task ExportAsync(ExportSchedule schedule, PlannedRun run, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        using var running = new RunningExport(run.FileId, schedule.Id, cancellationToken);
        _running = running;
        try
        {
            // Killed between its row and the schedule's, it is finished.
            var file = _files.All.FirstOrDefault(known => known.FileId == run.FileId) ?? await _runner.RunAsync(schedule, run, running.Token);
            if (await ChangeAsync(() => FinishAsync(schedule.Id, file)))
            {
                _metrics.Finished(file, _clock.GetElapsedTime(started));
                LogFinished(file.FileId, schedule.Id, file.Rows, file.Bytes);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (running.Token.IsCancellationRequested)
        {
            LogDeleted(run.FileId, schedule.Id);
        }
        catch (Exception e)
        {
            var tries = (TroubleOf(run)?.Tries ?? 0) + 1;
            _troubles[run.FileId] = new RunTrouble(tries, e.Message, _clock.GetUtcNow() + RunTrouble.DelayAfter(tries, FirstRetry));
            _metrics.Failed(schedule.Id);
            LogFailed(e is ClickHouseException or IOException or TimeoutException ? null : e, run.FileId, schedule.Id, e.Message);
        }
        finally
        {
            _running = null;
        }
    }

    /// <summary>Lists a file whose draft is written; returns whether its schedule still waits for it.</summary>
    private async Task<bool> FinishAsync(string scheduleId, ExportFile file)
    {
        if (Find(scheduleId) is not { } schedule || schedule.Run?.FileId != file.FileId)
        {
            _files.DeleteDraft(file.FileId);
            return false;
        }

        await _files.AddAsync(file);
        await StoreAsync(schedule with { Run = null });
        _troubles.TryRemove(file.FileId, out _);
        return true;
    }

    private void PlanningFailed(Exception exception) => LogPlanningFailed(exception.Message);

    [LoggerMessage(1900, LogLevel.Information, "File {File} of schedule {Schedule} is finished: {Rows} rows, {Bytes} bytes")]
    private partial void LogFinished(string file, string schedule, long rows, long bytes);

    [LoggerMessage(1901, LogLevel.Warning, "File {File} of schedule {Schedule} could not be made, and is tried again: {Reason}")]
    private partial void LogFailed(Exception? exception, string file, string schedule, string reason);

    [LoggerMessage(1902, LogLevel.Warning, "Schedule {Schedule} missed {Runs} runs; {Outcome}")]
    private partial void LogMissed(string schedule, long runs, string outcome);

    [LoggerMessage(1908, LogLevel.Information, "The export of file {File} ended, as schedule {Schedule} was deleted")]
    private partial void LogDeleted(string file, string schedule);

    [LoggerMessage(1909, LogLevel.Warning, "Exports could not be planned, or old files not deleted; it is tried again: {Reason}")]
    private partial void LogPlanningFailed(string reason);
}
