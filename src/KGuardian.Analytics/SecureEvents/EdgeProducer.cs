using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>
/// Raises the events of edges and outside networks that were not known, every second and whenever somebody waits for them; beside the other rules, which do
/// not wait for it. See the folder's README. Safe for concurrent use.
/// </summary>
internal sealed partial class EdgeProducer : IAsyncDisposable
{
    /// <summary>The name of a server that alone takes flows in.</summary>
    public const string OnlyOne = "one";

    /// <summary>The rules.</summary>
    public static readonly IReadOnlyList<EventRule> Rules = [EventRule.EdgeNew, EventRule.OutsideNetworkNew];

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>So much is looked at again after a crash, without an event: a row a minute.</summary>
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(1);

    private readonly ClickHouseCluster _cluster;
    private readonly IngestTier _ingest;
    private readonly EventOptions _options;
    private readonly EventOrder _order;
    private readonly EventMetrics _metrics;
    private readonly TimeProvider _clock;
    private readonly Action _rounded;
    private readonly ILogger _logger;
    private readonly EdgeStore _store;
    private readonly StoreFacts _facts;
    private readonly PeriodicWorker _worker;
    private readonly string _rules;
    private EdgeProgress? _progress;
    private EdgeProgress? _saved;
    private long _savedAt;
    private long _clears = -1;
    private long _names;
    private bool _hasLeftovers;
    private long _done = -1;

    /// <summary>A producer that does nothing before <see cref="StartAsync"/>.</summary>
    /// <param name="cluster">The store.</param>
    /// <param name="ingest">How far flows are loaded, and what must not meet a clear.</param>
    /// <param name="options">Settings <c>Events:*</c>.</param>
    /// <param name="order">Places of events.</param>
    /// <param name="metrics">Counters.</param>
    /// <param name="clock">Intervals.</param>
    /// <param name="rounded">Told the end of each round.</param>
    /// <param name="logger">Log.</param>
    public EdgeProducer(
        ClickHouseCluster cluster, IngestTier ingest, EventOptions options, EventOrder order, EventMetrics metrics, TimeProvider clock, Action rounded,
        ILogger logger)
    {
        (_cluster, _ingest, _options, _order, _metrics, _clock, _rounded, _logger) = (cluster, ingest, options, order, metrics, clock, rounded, logger);
        _store = new EdgeStore(cluster, options);
        _facts = new StoreFacts(cluster);
        _rules = string.Join(',', Rules.Where(rule => options.Of(rule).IsEnabled).Select(rule => rule.Name));
        _worker = new PeriodicWorker(Interval, RoundAsync, Failed, clock) { BeginsAtOnce = true };
    }

    /// <summary>Under which name its progress is kept. Default that of the only server that takes flows in.</summary>
    public string Name { get; init; } = OnlyOne;

    /// <summary>Flows of a step, and groups of a part of a day. Default 200,000: at 200 bytes a group 40 MB, here and in ClickHouse.</summary>
    public int FlowsOfAStep { get; set; } = 200_000;

    /// <summary>Whether any of its rules is on.</summary>
    public bool IsEnabled => _rules.Length > 0;

    /// <summary>Whether it learns what was there before.</summary>
    public bool IsInPast => Volatile.Read(ref _progress) is { IsInPast: true };

    /// <summary>The flow up to which it has looked at all; where it is off or in the past nobody is to wait for it.</summary>
    public long Done => !IsEnabled || IsInPast ? long.MaxValue : Volatile.Read(ref _done);

    /// <summary>Begins; rules that are off only have their progress forgotten, so that what comes meanwhile is past when they are on again.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (IsEnabled)
        {
            _worker.Start();
        }
        else if ((await EdgeProgress.ReadAsync(_cluster.Home, cancellationToken)).GetValueOrDefault(Name) is { Rules.Length: > 0 } stored)
        {
            await (stored with { Rules = "" }).WriteAsync(_cluster.Home, Name, cancellationToken);
        }
    }

    /// <summary>Lets a round begin now.</summary>
    public void Wake() => _worker.Wake();

    /// <summary>Ends, and writes down how far it is.</summary>
    public async Task StopAsync()
    {
        await _worker.StopAsync();
        try
        {
            await SaveAsync(CancellationToken.None);
        }
        catch (ClickHouseException e)
        {
            // The next start looks at the last minute again.
            Failed(e);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        while (await StepAsync(cancellationToken))
        {
            _rounded();
        }

        _rounded();
    }

    /// <summary>A step; returns whether there is more to do.</summary>
    private async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        var clears = _ingest.Clears;
        if (_progress is null || _clears != clears)
        {
            var found = await FindProgressAsync(cancellationToken);
            // Nobody waits for the past: a store that had nothing has none.
            found = found.IsInPast && !await _store.HasPastAsync(found.Past, cancellationToken) ? found with { Done = found.Past } : found;
            // Whatever it had places for is there, or cleared: leftovers are looked for.
            _hasLeftovers = true;
            (_clears, _names) = (clears, 0);
            Volatile.Write(ref _done, found.Done);
            Volatile.Write(ref _progress, found);
        }

        // Before the store's first flow is looked for: that of the flows that are looked at must not be missed.
        var target = _ingest.Arrivals.HighWatermark;
        if (_progress.Began < 0 && await _store.FindFirstAsync(cancellationToken) is >= 0 and var began)
        {
            _progress = _progress with { Began = began };
        }

        // Where it begins is known before anything is raised.
        if (_progress with { Done = _saved?.Done ?? -2 } != _saved || _clock.GetElapsedTime(_savedAt) >= SaveInterval)
        {
            await _ingest.OutsideClearsAsync(() => SaveAsync(cancellationToken), cancellationToken);
        }

        var more = _progress.IsInPast ? await LearnDayAsync(_progress, cancellationToken) : await LookAsync(_progress, target, cancellationToken);
        _metrics.EdgeStepSeconds.Record(_clock.GetElapsedTime(started).TotalSeconds);
        return more;
    }

    /// <summary>What was there before: a day of it.</summary>
    private async Task<bool> LearnDayAsync(EdgeProgress progress, CancellationToken cancellationToken)
    {
        var day = await _store.FindDayAsync(progress.Day, cancellationToken);
        if (day == 0)
        {
            // A clear meanwhile makes another of it.
            Volatile.Write(ref _done, progress.Past);
            Volatile.Write(ref _progress, progress with { Done = progress.Past });
            LogLearnt(progress.Past);
            return true;
        }

        var step = await _store.DayAsync(day, progress.Past, FlowsOfAStep, cancellationToken);
        for (var slice = 0; slice < step.Slices && step.Flows > 0; slice++)
        {
            if (await _store.EdgesAsync(step, slice, cancellationToken) is { } edges
                && !await UnlessClearedAsync(() => _store.NoteAsync(edges, cancellationToken), cancellationToken))
            {
                return true;
            }
        }

        Volatile.Write(ref _progress, progress with { Day = day });
        return true;
    }

    /// <summary>The next flows, up to one.</summary>
    private async Task<bool> LookAsync(EdgeProgress progress, long target, CancellationToken cancellationToken)
    {
        if (target <= progress.Done && !_hasLeftovers)
        {
            return false;
        }

        var step = await _store.NextAsync(progress.Done + 1, Math.Max(target, progress.Done), FlowsOfAStep, cancellationToken);
        var edges = step.Flows > 0 ? await _store.EdgesAsync(step, 0, cancellationToken) : null;
        var more = step.Last < target;
        var isDone = await UnlessClearedAsync(
            async () =>
            {
                if (_hasLeftovers)
                {
                    // Raised before more is noted, they are the same as those of a statement that may still be under way, and have its token.
                    await RaiseAsync(step with { Last = long.MaxValue }, progress, cancellationToken);
                    _hasLeftovers = false;
                }

                if (edges is not null)
                {
                    await _store.NoteAsync(edges, cancellationToken);
                    await RaiseAsync(step, progress, cancellationToken);
                }

                Volatile.Write(ref _progress, progress with { Done = step.Last });
                Volatile.Write(ref _done, step.Last);
            },
            cancellationToken);
        return more || !isDone;
    }

    private async Task RaiseAsync(EdgeStep step, EdgeProgress progress, CancellationToken cancellationToken)
    {
        var from = progress.RaisesFrom(_options.LearnFor);
        var count = await _store.CountNewAsync(step, from, cancellationToken);
        if (count.Names != _names)
        {
            // Behind the edges and before the events: whichever names the edges were found with, what was known of a pod is known of its workload.
            await _store.CopyAsync(_names, cancellationToken);
            _names = count.Names;
            count = await _store.CountNewAsync(step, from, cancellationToken);
        }

        if (count.Total > 0)
        {
            var sequence = _order.Allocate(this, (int)Math.Min(count.Total, int.MaxValue));
            await _store.RaiseAsync(step, from, count, sequence, FlowIdSql.Of(_ingest.Hasher!), cancellationToken);
            _metrics.CountRaised(EventRule.EdgeNew, _options.Of(EventRule.EdgeNew).Severity, count.Edges);
            _metrics.CountRaised(EventRule.OutsideNetworkNew, _options.Of(EventRule.OutsideNetworkNew).Severity, count.Networks);
        }

        _order.Done(this);
    }

    private async Task<EdgeProgress> FindProgressAsync(CancellationToken cancellationToken)
    {
        var all = await EdgeProgress.ReadAsync(_cluster.Home, cancellationToken);
        var cleared = await _facts.GetNumberAsync(StoreFactNames.ClearedFlows, cancellationToken);
        var stored = all.GetValueOrDefault(Name);
        // Of several servers a new one goes on with what the others have learnt.
        if (stored is null && Name != OnlyOne
            && all.Values.FirstOrDefault(other => !other.IsInPast && other.Cleared == cleared && Covers(other)) is { } learnt)
        {
            stored = learnt with { Done = _ingest.Arrivals.ResumedAfter };
        }

        return stored is null || !Covers(stored) ? EdgeProgress.Begin(_rules, _ingest.Arrivals.ResumedAfter, cleared)
            : stored.Cleared < cleared ? EdgeProgress.Begin(_rules, cleared, cleared)
            : stored with { Rules = _rules };
    }

    /// <summary>Whether all rules that are on were on before.</summary>
    private bool Covers(EdgeProgress stored) => _rules.Split(',').All(stored.Rules.Split(',').Contains);

    /// <summary>Writes, unless flows were cleared since they were read; returns whether it did.</summary>
    private Task<bool> UnlessClearedAsync(Func<Task> write, CancellationToken cancellationToken) => _ingest.OutsideClearsAsync(
        async () =>
        {
            if (_clears != _ingest.Clears)
            {
                return false;
            }

            await write();
            return true;
        },
        cancellationToken);

    private async Task<bool> SaveAsync(CancellationToken cancellationToken)
    {
        if (_progress is not { } progress || progress == _saved || _clears != _ingest.Clears)
        {
            return false;
        }

        await progress.WriteAsync(_cluster.Home, Name, cancellationToken);
        (_saved, _savedAt) = (progress, _clock.GetTimestamp());
        return true;
    }

    private void Failed(Exception exception)
    {
        _metrics.StepFailures.Add(1);
        LogFailed(exception.Message);
    }

    [LoggerMessage(1801, LogLevel.Warning, "Events of new edges could not be raised; it is tried again: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(1802, LogLevel.Information,
        "The edges of the flows up to {Sequence} are known: new ones raise events from now on, or when Events:LearnFor has passed")]
    private partial void LogLearnt(long sequence);
}
