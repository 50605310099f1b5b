using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Integrations;
using KGuardian.Analytics.Forwarding.Targets;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>
/// Sends an integration's events, in order, until it is stopped: what fails is sent again, for ever; an event that the target refuses by itself is given
/// up after <see cref="MostTries"/> tries. Nothing of it reaches another integration, or ingest.
/// </summary>
internal sealed partial class IntegrationLoop : IAsyncDisposable
{
    /// <summary>Tries of one event that the target refuses.</summary>
    public const int MostTries = 5;

    /// <summary>Looking whether something has come is a comparison of two numbers; for people and their tools this is at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>ClickHouse that failed is left alone for.</summary>
    private static readonly TimeSpan StorePause = TimeSpan.FromSeconds(1);

    private readonly Integration _integration;
    private readonly EventTarget _target;
    private readonly IReadOnlyList<ChannelDelivery> _channels;
    private readonly RetryDelay _delay;
    private readonly DeadLetterTable _deadLetters;
    private readonly TimeProvider _clock;
    private readonly ForwardingMetrics _metrics;
    private readonly ILogger _logger;
    private readonly DeliveryWindow _window;
    private readonly CancellationTokenSource _stop = new();
    private Task _loop = Task.CompletedTask;
    private int _most = EventBatch.MostEvents;
    private EventPlace _refused;
    private int _tries;
    private volatile string? _lastError;

    /// <summary>A loop that has not begun.</summary>
    /// <param name="integration">Whose events.</param>
    /// <param name="target">Where to; disposed with the loop.</param>
    /// <param name="channels">What.</param>
    /// <param name="delay">How long failures are left alone.</param>
    /// <param name="deadLetters">Keeps what is given up.</param>
    /// <param name="clock">Waits.</param>
    /// <param name="metrics">Counters.</param>
    /// <param name="logger">Log.</param>
    public IntegrationLoop(
        Integration integration, EventTarget target, IReadOnlyList<ChannelDelivery> channels, RetryDelay delay, DeadLetterTable deadLetters,
        TimeProvider clock, ForwardingMetrics metrics, ILogger logger)
    {
        (_integration, _target, _channels, _delay) = (integration, target, channels, delay);
        (_deadLetters, _clock, _metrics, _logger) = (deadLetters, clock, metrics, logger);
        _window = new DeliveryWindow(clock);
    }

    /// <summary>How it is.</summary>
    public DeliveryStatus Status { get; private set; } = DeliveryStatus.Active;

    /// <summary>Why the last try failed; null when it did not.</summary>
    public string? LastError => _lastError;

    private long Micros => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Begins.</summary>
    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Ends what is under way and waits for it; positions are those of what counts as delivered.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _loop;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _target.DisposeAsync();
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        var isBegun = false;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (!isBegun)
                {
                    await BeginAsync();
                    isBegun = true;
                }

                if (!await RoundAsync())
                {
                    await Task.Delay(Pause, _clock, _stop.Token);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The end.
                return;
            }
            catch (Exception e)
            {
                await FailedAsync(e);
            }
        }
    }

    private async Task BeginAsync()
    {
        foreach (var channel in _channels)
        {
            _metrics.Begin(_integration.Id, channel.Name);
            await channel.BeginAsync();
            await CountAsync(channel);
        }
    }

    /// <summary>Returns whether there may be more to do at once.</summary>
    private async Task<bool> RoundAsync()
    {
        if (_target.Broken is { } broken)
        {
            await ReconnectAsync(broken);
        }

        _window.Confirm(_target.Acknowledged, Micros);
        var isBusy = false;
        foreach (var channel in _channels.Where(channel => channel.HasMore))
        {
            if (channel.IsCountDue)
            {
                await CountAsync(channel);
            }

            await SendAsync(channel);
            isBusy = true;
        }

        return isBusy;
    }

    private async Task SendAsync(ChannelDelivery channel)
    {
        var before = (channel.Front, channel.FrontPassed);
        var run = await channel.NextAsync(_most, _stop.Token);
        if (run.Count > 0)
        {
            var written = _target.Written;
            try
            {
                if (_delay.Failures > 0)
                {
                    _metrics.Retried(_integration.Id, channel.Name, run.Count);
                }

                await _target.SendAsync(run, _stop.Token);
            }
            catch (TargetException e)
            {
                _metrics.Failed(_integration.Id, channel.Name, run.Count);
                if (e.Failure != TargetFailure.Refused || !await RefusedAsync(channel, run, e))
                {
                    throw;
                }

                return;
            }

            _metrics.Sent(_integration.Id, channel.Name, run.Count, _target.Written - written);
            _most = Math.Min(2 * _most, EventBatch.MostEvents);
            Succeeded();
        }

        Settle(channel, before, run.Count);
    }

    private void Settle(ChannelDelivery channel, (EventPlace Place, long Passed) before, int events)
    {
        var after = channel.Sent(events);
        if (_target.Answers || (events == 0 && !_window.IsWaiting))
        {
            channel.Confirm(after.Place, after.Passed, Micros);
        }
        else if (events > 0)
        {
            _window.Add(channel, before, after, _target.Written);
        }
    }

    /// <summary>Sends fewer events, until it is known which one is refused; returns false to try that one again later.</summary>
    private async Task<bool> RefusedAsync(ChannelDelivery channel, EventRun run, TargetException refusal)
    {
        if (run.Count > 1)
        {
            // Those before the one that the target names are good.
            _most = refusal.RefusedAt is { } at && at < run.Count ? Math.Max(1, at) : run.Count / 2;
            return true;
        }

        var refused = run[0];
        (_refused, _tries) = _refused == refused.Place ? (_refused, _tries + 1) : (refused.Place, 1);
        if (_tries < MostTries)
        {
            return false;
        }

        await _deadLetters.AddAsync(_integration.Id, channel.Name, refused, run.JsonOf(0), refusal.Message, _stop.Token);
        _metrics.DeadLettered(_integration.Id, channel.Name);
        LogGivenUp(_integration.Id, refused.Id, MostTries, refusal.Message);
        var before = (channel.Front, channel.FrontPassed);
        channel.GiveUp();
        Settle(channel, before, 1);
        _most = EventBatch.MostEvents;
        Succeeded();
        return true;
    }

    private async Task ReconnectAsync(BrokenConnection broken)
    {
        if (broken.IsOrderly && !_window.IsWaiting)
        {
            // Receivers close connections that are idle; what was sent counts.
            _window.Forget();
            return;
        }

        var before = _channels.Select(channel => channel.FrontPassed).ToArray();
        await _window.RewindAsync();
        foreach (var (i, channel) in _channels.Index().Where(pair => before[pair.Index] > pair.Item.FrontPassed))
        {
            _metrics.Retried(_integration.Id, channel.Name, before[i] - channel.FrontPassed);
            LogSentAgain(_integration.Id, before[i] - channel.FrontPassed, channel.Name, broken.Reason);
        }
    }

    private async Task FailedAsync(Exception exception)
    {
        var isOfStore = exception is ClickHouseException or StoreNotReadyException;
        if (isOfStore)
        {
            LogStoreFailed(_integration.Id, exception.Message);
        }
        else
        {
            var isTold = _lastError == exception.Message;
            _lastError = exception.Message;
            Status = exception is TargetException { Failure: not TargetFailure.Configuration } ? DeliveryStatus.BackingOff : DeliveryStatus.Failing;
            if (exception is not TargetException)
            {
                // A mistake of ours: tried again, as nobody else would.
                LogMistake(exception, _integration.Id);
            }
            else if (!isTold)
            {
                LogFailed(_integration.Id, _integration.Name, _integration.Connection.Describe(_integration.Type), exception.Message);
            }
        }

        try
        {
            var wait = isOfStore ? StorePause : _delay.Next();
            if (!isOfStore && _delay.Failures == 1)
            {
                // What waits from now on may expire.
                await CountAsync(_channels);
            }

            for (var begun = _clock.GetTimestamp(); _clock.GetElapsedTime(begun) is var waited && waited < wait;)
            {
                await Task.Delay(TimeSpan.FromTicks(Math.Min((wait - waited).Ticks, ChannelDelivery.CountInterval.Ticks)), _clock, _stop.Token);
                await CountAsync(_channels.Where(channel => channel.IsCountDue));
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The loop sees it.
            return;
        }
    }

    private async Task CountAsync(IEnumerable<ChannelDelivery> channels)
    {
        try
        {
            foreach (var channel in channels)
            {
                await CountAsync(channel);
            }
        }
        catch (Exception e) when (e is ClickHouseException or StoreNotReadyException)
        {
            LogStoreFailed(_integration.Id, e.Message);
        }
    }

    private async Task CountAsync(ChannelDelivery channel)
    {
        var lost = await channel.CountAsync(_stop.Token);
        if (lost > 0)
        {
            _metrics.Lost(_integration.Id, channel.Name, lost);
            LogLost(_integration.Id, _integration.Name, lost, channel.Name);
        }
    }

    private void Succeeded()
    {
        if (_lastError is not null)
        {
            LogDelivers(_integration.Id, _integration.Name);
        }

        _delay.Reset();
        _tries = 0;
        _lastError = null;
        Status = DeliveryStatus.Active;
    }

    [LoggerMessage(1850, LogLevel.Warning, "Integration {Id} '{Name}' cannot deliver to {Target}, and tries again: {Reason}")]
    private partial void LogFailed(long id, string name, string target, string reason);

    [LoggerMessage(1851, LogLevel.Information, "Integration {Id} '{Name}' delivers again")]
    private partial void LogDelivers(long id, string name);

    [LoggerMessage(1852, LogLevel.Warning, "Integration {Id} gave event {Event} up after {Tries} tries: {Reason}")]
    private partial void LogGivenUp(long id, string @event, int tries, string reason);

    [LoggerMessage(1853, LogLevel.Warning,
        "Integration {Id} '{Name}' lost {Events} events of {Channel}: they expired or were cleared before they were delivered")]
    private partial void LogLost(long id, string name, long events, string channel);

    [LoggerMessage(1854, LogLevel.Information, "Integration {Id} sends {Events} events of {Channel} again, as its connection ended: {Reason}")]
    private partial void LogSentAgain(long id, long events, string channel, string reason);

    [LoggerMessage(1855, LogLevel.Warning, "Integration {Id} could not read or write ClickHouse, and tries again: {Reason}")]
    private partial void LogStoreFailed(long id, string reason);

    [LoggerMessage(1856, LogLevel.Error, "Integration {Id} failed for an error of this server's own, and tries again")]
    private partial void LogMistake(Exception exception, long id);
}
