using System.Collections.Concurrent;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Exports;

/// <summary>Runs what is planned, one at a time: whose window ends first. A run that fails is tried again later; others go on meanwhile.</summary>
internal sealed partial class ExportQueue : IAsyncDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ScheduleList _schedules;
    private readonly FinishedFiles _files;
    private readonly ExportRunner _runner;
    private readonly TimeProvider _clock;
    private readonly ExportMetrics _metrics;
    private readonly ILogger _logger;
    private readonly PeriodicWorker _exporting;
    private readonly PeriodicWorker _sweeping;
    private readonly ConcurrentDictionary<string, RunTrouble> _troubles = [];
    private volatile RunningExport? _running;

    /// <summary>A queue that has not begun.</summary>
    /// <param name="schedules">Their planned runs are what is in it.</param>
    /// <param name="files">Finished files.</param>
    /// <param name="runner">Makes files.</param>
    /// <param name="clock">The believed time.</param>
    /// <param name="metrics">Counters.</param>
    /// <param name="logger">Log.</param>
    public ExportQueue(
        ScheduleList schedules, FinishedFiles files, ExportRunner runner, TimeProvider clock, ExportMetrics metrics, ILogger logger)
    {
        (_schedules, _files, _runner, _clock, _metrics, _logger) = (schedules, files, runner, clock, metrics, logger);
        _exporting = new PeriodicWorker(LookInterval, ExportAsync, Failed, clock) { BeginsAtOnce = true };
        _sweeping = new PeriodicWorker(RunTrouble.FirstDelay, files.SweepAsync, Failed, clock) { BeginsAtOnce = true };
    }

    /// <summary>Begins.</summary>
    /// <param name="runs">Whether planned runs are run; what is deleted is deleted in any case.</param>
    public void Start(bool runs)
    {
        _sweeping.Start();
        if (runs)
        {
            _exporting.Start();
        }
    }

    /// <summary>Looks now for planned runs, and for files that are to be deleted.</summary>
    public void Wake()
    {
        _exporting.Wake();
        _sweeping.Wake();
    }

    /// <summary>Whether a run is under way at this moment.</summary>
    public bool IsRunning(PlannedRun run) => _running?.FileId == run.FileId;

    /// <summary>Why a run has not made its file yet; null while nothing was wrong.</summary>
    public RunTrouble? TroubleOf(PlannedRun run) => _troubles.GetValueOrDefault(run.FileId);

    /// <summary>Tries a run that failed again, now.</summary>
    /// <returns>Whether it had failed.</returns>
    public bool Retry(PlannedRun run)
    {
        if (!_troubles.TryGetValue(run.FileId, out var trouble) || IsRunning(run))
        {
            return false;
        }

        _troubles[run.FileId] = trouble with { RetryOn = _clock.GetUtcNow() };
        _exporting.Wake();
        return true;
    }

    /// <summary>Ends the run of a schedule that was deleted, and deletes what was made of its file.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task CancelAsync(ExportSchedule deleted)
    {
        if (_running is { } running && running.ScheduleId == deleted.Id)
        {
            running.Cancel();
        }
        else if (deleted.Run is { } run && _troubles.TryRemove(run.FileId, out var trouble))
        {
            await DiscardAsync(trouble.Made);
        }
    }

    /// <summary>Ends; a run under way begins anew with the next start.</summary>
    public async Task StopAsync()
    {
        await _exporting.StopAsync();
        await _sweeping.StopAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _exporting.DisposeAsync();
        await _sweeping.DisposeAsync();
    }

    private async Task ExportAsync(CancellationToken cancellationToken)
    {
        while (Next() is { } schedule)
        {
            await ExportAsync(schedule, schedule.Run!, cancellationToken);
        }
    }

    private ExportSchedule? Next()
    {
        var now = _clock.GetUtcNow();
        return _schedules.All.Where(schedule => schedule.Enabled && schedule.Run is { } run && (TroubleOf(run) is not { } trouble || trouble.RetryOn <= now))
            .MinBy(schedule => schedule.Run!.To);
    }

    private async Task ExportAsync(ExportSchedule schedule, PlannedRun run, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        using var running = new RunningExport(run.FileId, schedule.Id, cancellationToken);
        _running = running;
        // Killed between its row and the schedule's, it is finished.
        var file = _files.All.FirstOrDefault(known => known.FileId == run.FileId);
        try
        {
            if (file is null)
            {
                file = await _runner.RunAsync(schedule, run, running.Token);
                await _files.UploadAsync(file, running.Token);
            }

            if (await _schedules.ChangeAsync(() => FinishAsync(schedule.Id, file)))
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
            await DiscardAsync(file);
        }
        catch (Exception e)
        {
            var tries = (TroubleOf(run)?.Tries ?? 0) + 1;
            _troubles[run.FileId] = new RunTrouble(tries, e.Message, _clock.GetUtcNow() + RunTrouble.DelayAfter(tries), file);
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
        if (_schedules.Find(scheduleId) is not { } schedule || schedule.Run?.FileId != file.FileId)
        {
            await DiscardAsync(file);
            return false;
        }

        await _files.AddAsync(file);
        await _schedules.StoreAsync(schedule with { Run = null });
        _troubles.TryRemove(file.FileId, out _);
        return true;
    }

    private async Task DiscardAsync(ExportFile? file)
    {
        if (file is not null)
        {
            await _files.DiscardAsync(file);
            _sweeping.Wake();
        }
    }

    private void Failed(Exception exception) => LogNotDone(exception.Message);

    [LoggerMessage(1900, LogLevel.Information, "File {File} of schedule {Schedule} is finished: {Rows} rows, {Bytes} bytes")]
    private partial void LogFinished(string file, string schedule, long rows, long bytes);

    [LoggerMessage(1901, LogLevel.Warning, "File {File} of schedule {Schedule} could not be made, and is tried again: {Reason}")]
    private partial void LogFailed(Exception? exception, string file, string schedule, string reason);

    [LoggerMessage(1908, LogLevel.Information, "The export of file {File} ended, as schedule {Schedule} was deleted")]
    private partial void LogDeleted(string file, string schedule);

    [LoggerMessage(1912, LogLevel.Warning, "What is planned, or to be deleted from the bucket, could not be looked at; it is tried again: {Reason}")]
    private partial void LogNotDone(string reason);
}
