using System.Globalization;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Ingest.Tier;

namespace KGuardian.Analytics.Server.Backups;

/// <summary>Makes backups in the background of the server, one at a time; each is an administrative act.</summary>
internal sealed partial class BackupRunner(
    StoreBackup backup, AdminEventLog log, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<BackupRunner> logger,
    IngestTier? ingest = null) : IAsyncDisposable
{
    /// <summary>A full backlog takes some seconds.</summary>
    private static readonly TimeSpan FlushLimit = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private BackupJob? _current;
    private Task _run = Task.CompletedTask;

    /// <summary>The one that runs, or the last one since the server started; null before.</summary>
    public BackupJob? Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Begins one that will have everything acknowledged before the call; null when another one runs.</summary>
    public BackupJob? TryStart(BackupDestination destination, bool full, AdminInitiator initiator)
    {
        lock (_gate)
        {
            if (_current is { State: BackupJob.Running })
            {
                return null;
            }

            _current = new BackupJob((_current?.Id ?? 0) + 1, BackupJob.Running, destination.ToString(), clock.GetUtcNow(), new BackupProgress("flush"));
            _run = Task.Run(() => RunAsync(destination, full, initiator));
            return _current;
        }
    }

    public async ValueTask DisposeAsync() => await _run;

    private async Task RunAsync(BackupDestination destination, bool full, AdminInitiator initiator)
    {
        try
        {
            if (ingest is not null)
            {
                await ingest.FlushAsync(lifetime.ApplicationStopping).AsTask().WaitAsync(FlushLimit, clock, lifetime.ApplicationStopping);
                await ingest.FlushActivityAsync(lifetime.ApplicationStopping);
            }

            await log.FlushAsync(lifetime.ApplicationStopping);
            var made = await backup.RunAsync(destination, full, progress => Change(job => job with { Progress = progress }), lifetime.ApplicationStopping);
            log.Record(
                AdminActivity.BackupMade, initiator, made.Name, ("destination", made.Destination), ("base", made.Base ?? ""),
                ("flows", made.Flows.ToString(CultureInfo.InvariantCulture)), ("bytes", made.Bytes.ToString(CultureInfo.InvariantCulture)));
            Change(job => job with { State = BackupJob.Done, Backup = made });
        }
        catch (Exception e)
        {
            // Whatever it is: who asks for the job must hear that it has ended.
            var reason = e is TimeoutException ? $"ClickHouse did not take the journal's flows within {FlushLimit}" : e.Message;
            LogFailed(e, destination.ToString());
            log.Record(AdminActivity.BackupFailed, initiator, destination.ToString(), ("reason", reason));
            Change(job => job with { State = BackupJob.Failed, Error = reason });
        }
    }

    private void Change(Func<BackupJob, BackupJob> change)
    {
        lock (_gate)
        {
            _current = change(_current!);
        }
    }

    [LoggerMessage(1503, LogLevel.Error, "The backup to {Destination} failed")]
    private partial void LogFailed(Exception exception, string destination);
}
