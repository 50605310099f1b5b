using System.Threading.Channels;
using KGuardian.Analytics.Ingest.Parsing;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Verdicts;

/// <summary>
/// Asks the evaluator about flows that were new, and keeps what it says. Best effort: nobody waits for it, a full queue sheds, a question that failed is
/// not asked again, and what waits when the process is killed is not asked about at all. So each new flow is asked about once at most: after a crash
/// dedup knows it, whether it is sent again or replayed from the journal, and only new flows come here.
/// </summary>
internal sealed partial class VerdictForwarder : IAsyncDisposable
{
    /// <summary>At an orderly end the queue is worked off for no longer: 16 questions at once of 10 ms are 2,048 within 1.3 s.</summary>
    private static readonly TimeSpan LastTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private readonly Evaluator _evaluator;
    private readonly VerdictLog _log;
    private readonly VerdictOptions _options;
    private readonly TimeProvider _clock;
    private readonly VerdictMetrics _metrics;
    private readonly ILogger<VerdictForwarder> _logger;
    private readonly Channel<NewFlow> _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task _working = Task.CompletedTask;
    private int _inFlight;
    private long _shed;
    private long _loggedAt;
    private bool _wasLogged;
    private volatile string? _problem;

    /// <summary>A forwarder that gathers flows, and asks about them from <see cref="Start"/> on.</summary>
    /// <param name="options">Settings <c>Verdicts:*</c>, with an evaluator's address.</param>
    /// <param name="log">Keeps verdicts.</param>
    /// <param name="clock">Timeouts.</param>
    /// <param name="metrics">Counters.</param>
    /// <param name="logger">Log.</param>
    public VerdictForwarder(VerdictOptions options, VerdictLog log, TimeProvider clock, VerdictMetrics metrics, ILogger<VerdictForwarder> logger)
    {
        (_options, _log, _clock, _metrics, _logger) = (options, log, clock, metrics, logger);
        _evaluator = new Evaluator(options, clock);
        _queue = Channel.CreateBounded<NewFlow>(options.MaxQueuedFlows);
        metrics.Meter.CreateObservableGauge("kguardian_verdicts_queued_flows", () => Queued, description: "New flows that wait for the evaluator.");
    }

    /// <summary>Questions that could be asked now beside those on their way.</summary>
    public int FreePermits => _options.MaxInFlight - Volatile.Read(ref _inFlight);

    /// <summary>New flows that nobody was asked about: too many waited, or the server ended.</summary>
    public long Shed => Interlocked.Read(ref _shed);

    /// <summary>New flows that wait.</summary>
    public int Queued => _queue.Reader.Count;

    /// <summary>Why the last question failed; null when it did not.</summary>
    public string? Problem => _problem;

    /// <summary>Begins to ask; verdicts can be stored now.</summary>
    public void Start()
    {
        LogForwarding(_options.EvaluatorUrl!, _options.MaxInFlight);
        _working = Task.WhenAll(Enumerable.Range(0, _options.MaxInFlight).Select(_ => Task.Run(WorkAsync)));
    }

    /// <summary>
    /// Takes the new flows of a batch (their row numbers), which are durable. Never waits, never fails: what there is no room for is counted.
    /// </summary>
    public void Offer(EventBatch batch, ReadOnlySpan<int> rows)
    {
        // Before texts are made of flows that would be shed: a storm of new flows is what the queue is bounded for.
        var room = _options.MaxQueuedFlows - Queued;
        var (undirected, shed) = (0, 0);
        foreach (var row in rows)
        {
            if (room <= 0)
            {
                shed++;
            }
            else if (NewFlow.Read(batch, row) is not { } flow)
            {
                undirected++;
            }
            else if (_queue.Writer.TryWrite(flow))
            {
                room--;
            }
            else
            {
                shed++;
            }
        }

        CountShed(shed);
        _metrics.CountEvaluation("undirected", undirected);
    }

    /// <summary>Ends: what waits is asked about for <see cref="LastTime"/> or until the token ends, the rest is counted as shed.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        await Task.WhenAny(_working, Task.Delay(LastTime, _clock, cancellationToken));
        await _stop.CancelAsync();
        await _working;
        var left = 0;
        while (_queue.Reader.TryRead(out _))
        {
            left++;
        }

        if (left > 0)
        {
            CountShed(left);
            LogLeft(left);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _evaluator.Dispose();
        _stop.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            await foreach (var flow in _queue.Reader.ReadAllAsync(_stop.Token))
            {
                await EvaluateAsync(flow);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end: StopAsync counts what is left.
            return;
        }
    }

    private async Task EvaluateAsync(NewFlow flow)
    {
        Interlocked.Increment(ref _inFlight);
        var started = _clock.GetTimestamp();
        try
        {
            var answer = await _evaluator.AskAsync(flow, _stop.Token);
            _metrics.CountEvaluation("answered");
            _metrics.CountResult("allow", answer.Verdicts.Count(verdict => verdict.Verdict == PolicyVerdict.Allow));
            _metrics.CountResult("would_deny", answer.Verdicts.Count(verdict => verdict.Verdict == PolicyVerdict.WouldDeny));
            _metrics.CountResult("other", answer.Others);
            _metrics.CountResult("bad", answer.Bad);
            _log.Add(flow, answer.Verdicts);
            Succeeded();
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            CountShed(1);
            throw;
        }
        catch (EvaluatorException e)
        {
            _metrics.CountEvaluation(e.Failure.ToString().ToLowerInvariant());
            Failed(e);
        }
        catch (Exception e)
        {
            // Whatever it was, the next flow is asked about: these workers are all there are.
            _metrics.CountEvaluation("failed");
            Failed(e);
        }
        finally
        {
            _metrics.EvaluateSeconds.Record(_clock.GetElapsedTime(started).TotalSeconds);
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private void CountShed(int flows)
    {
        if (flows > 0)
        {
            Interlocked.Add(ref _shed, flows);
            _metrics.CountEvaluation("shed", flows);
        }
    }

    private void Succeeded()
    {
        if (_problem is null)
        {
            return;
        }

        _problem = null;
        lock (_gate)
        {
            if (_wasLogged)
            {
                LogAnswers(_options.EvaluatorUrl!);
                _wasLogged = false;
            }
        }
    }

    private void Failed(Exception exception)
    {
        _problem = exception.Message;
        lock (_gate)
        {
            // Once a minute, however it fails.
            if (_loggedAt == 0 || _clock.GetElapsedTime(_loggedAt) >= LogInterval)
            {
                _loggedAt = _clock.GetTimestamp();
                _wasLogged = true;
                LogFailed(_options.EvaluatorUrl!, exception.Message);
            }
        }
    }

    [LoggerMessage(1740, LogLevel.Information, "New flows are sent to the evaluator {Url}, {Permits} at once")]
    private partial void LogForwarding(Uri url, int permits);

    [LoggerMessage(1741, LogLevel.Warning, "The evaluator {Url} {Reason}; flows are taken without its verdicts meanwhile, and are not asked about again")]
    private partial void LogFailed(Uri url, string reason);

    [LoggerMessage(1742, LogLevel.Information, "The evaluator {Url} answers again")]
    private partial void LogAnswers(Uri url);

    [LoggerMessage(1743, LogLevel.Warning, "{Flows} new flows were not sent to the evaluator before the end")]
    private partial void LogLeft(int flows);
}
