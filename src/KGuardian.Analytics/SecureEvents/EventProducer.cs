using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>
/// Raises events from what was stored, every second and whenever somebody waits for them. Rows never come here: each step is one statement within a server
/// of ClickHouse. On a store that had flows before it goes through all of them, oldest first. Safe for concurrent use.
/// </summary>
internal sealed partial class EventProducer : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Reads go on without the newest events behind it, as they do without the newest flows.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How much later than another server's flows those of one server may come that are before them in the order of arrival: a block has its places before it
    /// is tried, however long ClickHouse does not take it.
    /// </summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(5);

    private readonly ClickHouseCluster _cluster;
    private readonly IngestTier _ingest;
    private readonly EventOptions _options;
    private readonly bool _isAlone;
    private readonly EventMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly StoreFacts _facts;
    private readonly EventOrder _order;
    private readonly EdgeProducer _edges;
    private readonly PeriodicWorker _worker;
    private readonly Lock _gate = new();
    private TaskCompletionSource _round = NewSignal();
    private IReadOnlyList<RuleSource> _sources = [];
    private long _clears = -1;
    private long _done = -1;
    private long _gaveUpAt = -1;

    /// <summary>A producer that does nothing before <see cref="StartAsync"/>.</summary>
    /// <param name="cluster">The store.</param>
    /// <param name="ingest">How far flows are loaded, and what must not meet a clear.</param>
    /// <param name="options">Settings <c>Events:*</c>.</param>
    /// <param name="isAlone">Whether no other server takes flows in: then nothing comes behind what was loaded.</param>
    /// <param name="metrics">Counters; a gauge is added to their meter.</param>
    /// <param name="clock">Places of events, intervals.</param>
    /// <param name="logger">Log.</param>
    public EventProducer(
        ClickHouseCluster cluster, IngestTier ingest, EventOptions options, bool isAlone, EventMetrics metrics, TimeProvider clock,
        ILogger<EventProducer> logger)
    {
        (_cluster, _ingest, _options, _isAlone, _metrics, _clock, _logger) = (cluster, ingest, options, isAlone, metrics, clock, logger);
        _facts = new StoreFacts(cluster);
        _order = new EventOrder(clock);
        _edges = new EdgeProducer(cluster, ingest, options, _order, metrics, clock, Rounded, logger)
        {
            Name = isAlone ? EdgeProducer.OnlyOne : Environment.MachineName,
        };
        _worker = new PeriodicWorker(Interval, RoundAsync, Failed, clock) { BeginsAtOnce = true };
        metrics.Meter.CreateObservableGauge(
            "kguardian_secure_events_behind_seconds", () => BehindSeconds, "s", "Between the newest flow that is loaded and the newest that was looked at.");
        metrics.Meter.CreateObservableGauge(
            "kguardian_secure_events_learning_edges", () => _edges.IsInPast ? 1 : 0,
            description: "1 while the edges of flows from before are learnt: new edges raise their events behind it.");
    }

    /// <summary>The order in which events are raised, and how far they are there.</summary>
    public ArrivalSequence Order => _order.Complete;

    /// <summary>Raises the events of new edges.</summary>
    internal EdgeProducer Edges => _edges;

    /// <summary>Events of a step. Default 200,000: at 400 bytes a row 80 MB of ClickHouse's memory.</summary>
    public int EventsOfAStep { get; init; } = 200_000;

    /// <summary>Between the newest flow that is loaded and the newest that was looked at.</summary>
    public double BehindSeconds =>
        Math.Min(Volatile.Read(ref _done), _edges.Done) is >= 0 and var done ? Math.Max(0, _ingest.Arrivals.HighWatermark - done) / 1e6 : 0;

    /// <summary>Goes on behind the places that the store has, so that who follows events finds its own among them, and begins.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_isAlone)
        {
            await RuleSource.EndLeftoversAsync(_cluster, cancellationToken);
        }

        var last = await _cluster.QueryShardsAsync<long>(
            new ClickHouseQuery("SELECT toInt64(max(e.sequence)) AS value FROM secure_events AS e"), cancellationToken);
        _order.ResumeAfter(last.Max());
        await _edges.StartAsync(cancellationToken);
        _worker.Start();
    }

    /// <summary>Ends; what was not raised is with the next start.</summary>
    public Task StopAsync() => Task.WhenAll(_worker.StopAsync(), _edges.StopAsync());

    /// <summary>Waits until the events of flows that are loaded now show, but not for long.</summary>
    /// <returns>Whether they do.</returns>
    public async Task<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        var target = _ingest.Arrivals.HighWatermark;
        Task? limit = null;
        while (true)
        {
            Task round;
            bool isInVain;
            lock (_gate)
            {
                // A clear since then has taken the place of what was to be raised.
                if (_done >= target && _edges.Done >= target)
                {
                    return true;
                }

                // While what somebody waited for in vain is not there, nobody waits for more.
                isInVain = _done < _gaveUpAt || _edges.Done < _gaveUpAt;
                round = _round.Task;
            }

            _worker.Wake();
            _edges.Wake();
            if (isInVain)
            {
                return false;
            }

            // Most reads wait for nothing.
            limit ??= Task.Delay(Patience, _clock, cancellationToken);
            if (await Task.WhenAny(round, limit) == limit)
            {
                await limit;
                lock (_gate)
                {
                    _gaveUpAt = Math.Max(_gaveUpAt, target);
                }

                return false;
            }
        }
    }

    /// <summary>Waits until every event before a place is there; those that are raised from now on have places from there on.</summary>
    /// <param name="place">The place: microseconds since 1970.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public Task SealAsync(long place, CancellationToken cancellationToken) => _order.SealAsync(place, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        await _edges.DisposeAsync();
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        long target;
        do
        {
            target = _ingest.Arrivals.HighWatermark;
        }
        while (await _ingest.OutsideClearsAsync(() => StepAsync(target, cancellationToken), cancellationToken));

        Volatile.Write(ref _done, target);
        Rounded();
    }

    private void Rounded()
    {
        TaskCompletionSource round;
        lock (_gate)
        {
            (round, _round) = (_round, NewSignal());
        }

        round.SetResult();
    }

    /// <summary>A step of each source; returns whether there is more to do.</summary>
    private async Task<bool> StepAsync(long target, CancellationToken cancellationToken)
    {
        if (_clears != _ingest.Clears)
        {
            _sources = await FindSourcesAsync(cancellationToken);
            _clears = _ingest.Clears;
        }

        var started = _clock.GetTimestamp();
        var events = await Task.WhenAll(_sources.Select(source => StepAsync(source, target, cancellationToken)));
        _metrics.StepSeconds.Record(_clock.GetElapsedTime(started).TotalSeconds);
        _order.Done(this);
        return events.Any(raised => raised >= EventsOfAStep);
    }

    private async Task<long> StepAsync(RuleSource source, long target, CancellationToken cancellationToken)
    {
        var severity = _options.Of(source.Rule).Severity;
        var raised = await source.StepAsync(
            _isAlone && source.Rule == EventRule.FlowDropped ? target : null,
            new EventStep(severity, _isAlone ? 0 : (long)Overlap.TotalMicroseconds, EventsOfAStep), events => _order.Allocate(this, events), cancellationToken);
        _metrics.CountRaised(source.Rule, severity, raised);
        return raised;
    }

    private async Task<IReadOnlyList<RuleSource>> FindSourcesAsync(CancellationToken cancellationToken)
    {
        var floor = await _facts.GetNumberAsync(StoreFactNames.ClearedVerdicts, cancellationToken);
        IEnumerable<RuleSource> drops = _options.CollapsePorts
            ? [RuleSource.CollapsedDrops(_cluster, _ingest.Hasher!)] : _cluster.Shards.Select(shard => RuleSource.Drops(shard, _ingest.Hasher!));
        IEnumerable<RuleSource> sources = [.. drops, RuleSource.Verdicts(_cluster.Home, floor)];
        return [.. sources.Where(source => _options.Of(source.Rule).IsEnabled)];
    }

    private void Failed(Exception exception)
    {
        _metrics.StepFailures.Add(1);
        LogFailed(exception.Message);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(1800, LogLevel.Warning, "Events of the newest flows could not be raised; it is tried again: {Reason}")]
    private partial void LogFailed(string reason);
}
