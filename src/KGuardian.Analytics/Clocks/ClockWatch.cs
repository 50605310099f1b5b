using System.Diagnostics.Metrics;
using System.Globalization;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Clocks;

/// <summary>
/// Looks at the clock every second, writes down what is believed for the next start, compares it with ClickHouse's clock, and tells everybody who should know
/// when it is not believed: log, metrics, audit log.
/// </summary>
internal sealed partial class ClockWatch : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>Only a start of the machine itself, without a time server, has to make do with a time that is so old.</summary>
    private const int SecondsBetweenWrites = 10;

    private const int SecondsBetweenComparisons = 60;

    private readonly TrustedClock _clock;
    private readonly ClockFile _file;
    private readonly Func<CancellationToken, Task<DateTimeOffset>> _readClickHouse;
    private readonly ClockLog _log;
    private readonly AdminEventLog _events;
    private readonly ILogger<ClockWatch> _logger;
    private readonly Counter<long> _holds;
    private readonly Counter<long> _fileFailures;
    private readonly SemaphoreSlim _looking = new(1);
    private readonly PeriodicWorker _watching;
    private int _second;
    private ClockHold? _told;
    private bool _fileFails;
    private bool _started;
    private bool? _isLogged = false;

    /// <summary>A watch that does nothing before <see cref="StartAsync"/>.</summary>
    /// <param name="clock">What is watched.</param>
    /// <param name="file">Where the time is written down.</param>
    /// <param name="readClickHouse">Reads ClickHouse's clock.</param>
    /// <param name="log">Where holds and steps are written down for all servers of the store.</param>
    /// <param name="events">The audit log.</param>
    /// <param name="meters">Makes its instruments.</param>
    /// <param name="logger">Log.</param>
    public ClockWatch(
        TrustedClock clock, ClockFile file, Func<CancellationToken, Task<DateTimeOffset>> readClickHouse, ClockLog log, AdminEventLog events,
        IMeterFactory meters, ILogger<ClockWatch> logger)
    {
        _clock = clock;
        _file = file;
        _readClickHouse = readClickHouse;
        _log = log;
        _events = events;
        _logger = logger;
        _watching = new PeriodicWorker(Period, WatchAsync, e => LogNotLooked(e.Message), clock);
        var meter = meters.Create("KGuardian.Analytics.Clocks");
        meter.CreateObservableGauge(
            "kguardian_retention_held", () => clock.Hold is null ? 0 : 1,
            description: "1 while this machine's clock is not believed, and nothing expires.");
        meter.CreateObservableGauge(
            "kguardian_clock_difference_seconds", () => clock.Difference.TotalSeconds, "s", "This machine's clock less the time that is believed.");
        _holds = meter.CreateCounter<long>("kguardian_clock_holds_total", description: "Times that this machine's clock was not believed any more.");
        _fileFailures = meter.CreateCounter<long>("kguardian_clock_file_failures_total", description: "Times that clock.json could not be written.");
    }

    /// <summary>Begins with what is known from before; call when the schema is there and before anything is written down or expires.</summary>
    /// <param name="newest">The newest arrival that journal and store have; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task StartAsync(DateTimeOffset? newest, CancellationToken cancellationToken)
    {
        if (_started)
        {
            // The start of the server is tried again as a whole.
            return;
        }

        var isDowntime = _clock.Start(_file.Read(), newest);
        // The id is durable before anything is written down under it.
        Write();
        await CompareAsync(cancellationToken);
        if (_clock.Observe() is { } step)
        {
            await AdoptAsync(step, isDowntime, acceptsClickHouse: false, cancellationToken);
        }

        _isLogged = null;
        await LogHoldAsync(cancellationToken);
        Tell(AdminInitiator.Server, null);
        Write();
        _started = true;
        _watching.Start();
    }

    /// <summary>
    /// Believes the machine's clock as it is now, because an administrator says so. False when it moves about, or says a time before this program
    /// was made: then nothing was changed.
    /// </summary>
    /// <exception cref="ClickHouseException">What has to be durable before is not: nothing was changed.</exception>
    public async Task<bool> ConfirmAsync(AdminInitiator initiator, CancellationToken cancellationToken)
    {
        await _looking.WaitAsync(cancellationToken);
        try
        {
            await CompareAsync(cancellationToken);
            if (_clock.Propose($"{initiator.Name} confirmed it") is not { } step)
            {
                return false;
            }

            var adopted = await AdoptAsync(step, isDowntime: false, acceptsClickHouse: true, cancellationToken);
            await LogHoldAsync(cancellationToken);
            if (adopted)
            {
                _events.Record(
                    AdminActivity.ClockConfirmed, initiator, "clock", ("time", Text(step.To)), ("believed_before", Text(step.From)));
            }

            Tell(initiator, step.Witness);
            Write();
            return adopted;
        }
        finally
        {
            _looking.Release();
        }
    }

    /// <summary>
    /// Ends the hold of another server, which is gone for good, because an administrator says so: what it wrote down expires by the days that it
    /// wrote. False when it holds nothing.
    /// </summary>
    /// <exception cref="ClickHouseException">It could not be written down: nothing was changed.</exception>
    public async Task<bool> ReleaseAsync(string server, AdminInitiator initiator, CancellationToken cancellationToken)
    {
        if (server == _clock.Server
            || (await _log.ReadHoldsAsync(cancellationToken)).FirstOrDefault(row => row.Server == server) is not { Server: not null } hold)
        {
            return false;
        }

        await _log.AddAsync(hold with { To = hold.From }, cancellationToken);
        _events.Record(AdminActivity.RetentionReleased, initiator, "clock", ("server", server), ("reason", $"{initiator.Name} said that the server is gone"));
        return true;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _watching.DisposeAsync();
        if (_started)
        {
            Write();
        }

        _looking.Dispose();
    }

    /// <summary>One look: what the loop does each second.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        await _looking.WaitAsync(cancellationToken);
        try
        {
            if (_clock.Hold is { Doubt: ClockDoubt.ClickHouse })
            {
                // A difference that is gone does not hold anything for another minute.
                await CompareAsync(cancellationToken);
            }

            var step = _clock.Observe();
            var adopted = step is not null && await AdoptAsync(step, isDowntime: false, acceptsClickHouse: false, cancellationToken);
            await LogHoldAsync(cancellationToken);
            if (Tell(AdminInitiator.Server, adopted ? step!.Witness : "it agrees with the time believed again"))
            {
                Write();
            }
        }
        finally
        {
            _looking.Release();
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        _second++;
        await LookAsync(cancellationToken);
        if (_second % SecondsBetweenWrites == 0)
        {
            Write();
        }

        if (_second % SecondsBetweenComparisons == 0)
        {
            await CompareAsync(cancellationToken);
        }
    }

    private async Task CompareAsync(CancellationToken cancellationToken)
    {
        var before = _clock.GetUtcNow();
        var theirs = await _readClickHouse(cancellationToken);
        var after = _clock.GetUtcNow();
        // Within the round trip any answer is right.
        _clock.Compare(theirs < before ? theirs - before : theirs > after ? theirs - after : TimeSpan.Zero);
    }

    private async Task<bool> AdoptAsync(ClockStep step, bool isDowntime, bool acceptsClickHouse, CancellationToken cancellationToken)
    {
        if (!isDowntime)
        {
            // Durable before it is so: flows from before the step expire by the time before it.
            _isLogged = null;
            await _log.AddAsync(
                new ClockRow(_clock.Server, _clock.TimelineNumber, step.From.ToUnixTimeSeconds(), step.To.ToUnixTimeSeconds()), cancellationToken);
        }

        var adopted = _clock.Adopt(step, acceptsClickHouse);
        if (adopted)
        {
            LogAdopted(Text(step.To), Text(step.From), step.Witness);
        }

        return adopted;
    }

    /// <summary>
    /// Tells the other servers of this store that what this one writes down is by a time that may turn out to be wrong, so that they do
    /// not expire it, and when that is over.
    /// </summary>
    private async Task LogHoldAsync(CancellationToken cancellationToken)
    {
        // After an insert whose outcome is not known the log itself says it.
        var isLogged = _isLogged ??= (await _log.ReadHoldsAsync(cancellationToken)).Any(row => row.Server == _clock.Server);
        var hold = _clock.Hold;
        if (hold is not null != isLogged)
        {
            var from = (hold?.Since ?? _clock.GetUtcNow()).ToUnixTimeSeconds();
            _isLogged = null;
            await _log.AddAsync(new ClockRow(_clock.Server, _clock.TimelineNumber, from, hold is null ? from : null), cancellationToken);
            _isLogged = hold is not null;
        }
    }

    /// <summary>Says what changed since it was told last; returns whether something did.</summary>
    private bool Tell(AdminInitiator initiator, string? why)
    {
        var hold = _clock.Hold;
        if (hold is not null && hold.Doubt != _told?.Doubt)
        {
            _holds.Add(1);
            LogHeld(hold.Reason);
            _events.Record(AdminActivity.RetentionHeld, AdminInitiator.Server, "clock", ("reason", hold.Reason));
        }
        else if (hold is null && _told is not null)
        {
            LogReleased(why ?? "it is believed");
            _events.Record(AdminActivity.RetentionReleased, initiator, "clock", ("reason", why ?? "it is believed"));
        }

        var changed = hold?.Doubt != _told?.Doubt;
        _told = hold;
        return changed;
    }

    private void Write()
    {
        try
        {
            _file.Write(_clock.Reading);
            _fileFails = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _fileFailures.Add(1);
            if (!_fileFails)
            {
                LogNotWritten(e);
            }

            _fileFails = true;
        }
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    [LoggerMessage(1602, LogLevel.Error,
        "Nothing expires and no day is dropped until the clock is believed: {Reason}. Put it right, or confirm it with 'kguardian-analytics clock --confirm'")]
    private partial void LogHeld(string reason);

    [LoggerMessage(1603, LogLevel.Information, "The clock is believed again, and days expire as they should: {Reason}")]
    private partial void LogReleased(string reason);

    [LoggerMessage(1604, LogLevel.Warning, "The time is {Time} from now on, it was {Before}: {Witness}")]
    private partial void LogAdopted(string time, string before, string witness);

    [LoggerMessage(1605, LogLevel.Warning, "The clock could not be compared or moved, it is tried again: {Reason}")]
    private partial void LogNotLooked(string reason);

    [LoggerMessage(1606, LogLevel.Error, "clock.json could not be written in the data directory: a start of the machine would not know what time it was")]
    private partial void LogNotWritten(Exception exception);
}
