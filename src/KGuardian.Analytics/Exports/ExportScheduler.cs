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
    private readonly ScheduleList _schedules;
    private readonly FinishedFiles _files;
    private readonly ExportQueue _queue;
    private readonly TimeProvider _clock;
    private readonly Func<bool> _mayExpire;
    private readonly ExportMetrics _metrics;
    private readonly ILogger<ExportScheduler> _logger;
    private readonly PeriodicWorker _planning;
    private volatile bool _isReady;
    private DateTimeOffset _startedOn;

    /// <summary>Exports that have not begun.</summary>
    /// <param name="options">Settings <c>Exports:*</c>.</param>
    /// <param name="sources">What can be exported.</param>
    /// <param name="runner">Makes files.</param>
    /// <param name="store">Where drafts are, and without a bucket files.</param>
    /// <param name="bucket">Where files go; null: the directory.</param>
    /// <param name="cluster">The store.</param>
    /// <param name="clock">The believed time.</param>
    /// <param name="mayExpire">Whether files may go as their time has come: not while the clock is doubted.</param>
    /// <param name="metrics">Counters; gauges are added to their meter.</param>
    /// <param name="logger">Log.</param>
    public ExportScheduler(
        ExportOptions options, IReadOnlyList<ExportSource> sources, ExportRunner runner, FileStore store, Bucket? bucket, ClickHouseCluster cluster,
        TimeProvider clock, Func<bool> mayExpire, ExportMetrics metrics, ILogger<ExportScheduler> logger)
    {
        (_options, _clock, _mayExpire, _metrics, _logger) = (options, clock, mayExpire, metrics, logger);
        var versions = new RowVersions(clock);
        _schedules = new ScheduleList(new ScheduleTable(cluster, versions));
        _files = new FinishedFiles(store, bucket, new FileTable(cluster, versions), options, metrics, logger);
        _queue = new ExportQueue(_schedules, _files, runner, clock, metrics, logger);
        Document = new ScheduleDocument(sources);
        _planning = new PeriodicWorker(LookInterval, PlanAsync, PlanningFailed, clock) { BeginsAtOnce = true };
        metrics.AddGauges(() => _files.All);
    }

    /// <summary>Reads what administrators write.</summary>
    public ScheduleDocument Document { get; }

    /// <summary>Why schedules cannot be asked for; null once they were read.</summary>
    public string? NotReady => _isReady ? null : "schedules of exports have not been read yet";

    /// <summary>Whether files are made.</summary>
    public bool IsEnabled => _options.Enabled;

    /// <summary>Every schedule, in the order of their creation.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public IReadOnlyList<ExportSchedule> All => _isReady ? _schedules.All : throw new StoreNotReadyException(NotReady!);

    /// <summary>Every finished file.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public IReadOnlyList<ExportFile> Files => _isReady ? _files.All : throw new StoreNotReadyException(NotReady!);

    /// <summary>A schedule; null when there is none of this id.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public ExportSchedule? Find(string id) => All.FirstOrDefault(schedule => schedule.Id == id);

    /// <summary>A finished file whose time has not come; null when there is none of this id.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public ExportFile? FindFile(string fileId) => Files.FirstOrDefault(file => file.FileId == fileId && file.ExpiresOn > _clock.GetUtcNow());

    /// <inheritdoc cref="FinishedFiles.Open"/>
    public FileStream? Open(ExportFile file) => _files.Open(file);

    /// <inheritdoc cref="FinishedFiles.SignAsync"/>
    public Task<Uri?> SignAsync(ExportFile file, Download download, CancellationToken cancellationToken) =>
        _files.SignAsync(file, download, cancellationToken);

    /// <inheritdoc cref="ExportQueue.IsRunning"/>
    public bool IsRunning(PlannedRun run) => _queue.IsRunning(run);

    /// <inheritdoc cref="ExportQueue.TroubleOf"/>
    public RunTrouble? TroubleOf(PlannedRun run) => _queue.TroubleOf(run);

    /// <summary>When a schedule runs next; null when it does not.</summary>
    public static DateTimeOffset? NextOf(ExportSchedule schedule) => schedule.Enabled ? schedule.Times.Next(Time(schedule.ConsideredUpTo)) : null;

    /// <summary>Reads schedules. Call before anything is loaded: what comes has its place behind what was exported, also where the clock went back.</summary>
    /// <returns>The place up to which flows and events were exported, or will be, in microseconds since 1970.</returns>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task<long> PrepareAsync(CancellationToken cancellationToken)
    {
        if (!_isReady)
        {
            await _schedules.ReadAsync(cancellationToken);
            await _files.ReadAsync(cancellationToken);
        }

        return _schedules.All.Select(schedule => schedule.Position).DefaultIfEmpty().Max();
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
        foreach (var schedule in _schedules.All)
        {
            _metrics.Begin(schedule.Id);
        }

        _isReady = true;
        _planning.Start();
        _queue.Start(_options.Enabled);
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
        if (_schedules.All.Count >= MostSchedules)
        {
            return null;
        }

        var created = read with { Id = ExportId.NewSchedule(), CreatedOn = now, ModifiedOn = now, Position = Micros(now), ConsideredUpTo = Micros(now) };
        await _schedules.StoreAsync(created);
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
        await _schedules.StoreAsync(changed);
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

        await _schedules.DeleteAsync(id);
        await _queue.CancelAsync(deleted);
        await _files.RemoveAsync([.. _files.All.Where(file => file.ScheduleId == id)], CancellationToken.None);
        _queue.Wake();
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
            return _queue.Retry(run)
                ? new RunOrder(RunResult.Accepted, run.FileId, schedule.Name, null)
                : new RunOrder(RunResult.Busy, null, schedule.Name, $"it runs already, for file {run.FileId}");
        }

        if (NextOf(schedule) is { } next && next <= now + Shortly)
        {
            return new RunOrder(RunResult.Busy, null, schedule.Name, $"it runs at {next:yyyy-MM-dd'T'HH:mm:ss'Z'}, within {Shortly.TotalSeconds} s");
        }

        var planned = Plan(schedule, Math.Max(Micros(now), schedule.Position), schedule.ConsideredUpTo);
        await _schedules.StoreAsync(planned);
        _queue.Wake();
        return new RunOrder(RunResult.Accepted, planned.Run!.FileId, schedule.Name, null);
    });

    /// <summary>Ends; a run under way begins anew with the next start.</summary>
    public async Task StopAsync()
    {
        await _planning.StopAsync();
        await _queue.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _planning.DisposeAsync();
        await _queue.DisposeAsync();
        _schedules.Dispose();
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

    /// <summary>Nothing can be changed that has not been read.</summary>
    private Task<T> ChangeAsync<T>(Func<Task<T>> change) =>
        _isReady ? _schedules.ChangeAsync(change) : throw new StoreNotReadyException(NotReady!);

    private static DateTimeOffset Time(long micros) => DateTimeOffset.UnixEpoch.AddMicroseconds(micros);

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private async Task PlanAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        var due = _options.Enabled ? _schedules.All.Where(schedule => IsDue(schedule, now)).ToArray() : [];
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
            _queue.Wake();
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
        await _schedules.StoreAsync(
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
            _queue.Wake();
        }

        // Those of a schedule that was deleted when ClickHouse did not take what was said of them.
        bool IsOver(ExportFile file) => file.ExpiresOn <= now || _schedules.All.All(schedule => schedule.Id != file.ScheduleId);
    }

    private void PlanningFailed(Exception exception) => LogPlanningFailed(exception.Message);

    [LoggerMessage(1902, LogLevel.Warning, "Schedule {Schedule} missed {Runs} runs; {Outcome}")]
    private partial void LogMissed(string schedule, long runs, string outcome);

    [LoggerMessage(1909, LogLevel.Warning, "Exports could not be planned, or old files not deleted; it is tried again: {Reason}")]
    private partial void LogPlanningFailed(string reason);
}
