using System.Diagnostics.Metrics;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Rollups;

/// <summary>
/// Adds flows to <c>edge_rollup</c> behind their arrival, step by step; see the folder's README. What is in it is read off the table alone, so nothing need be
/// remembered. Safe for concurrent use.
/// </summary>
internal sealed partial class RollupBuilder : IAsyncDisposable
{
    /// <summary>Reads have so much of the newest flows to group themselves; shorter, and small parts would cost more.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>A day of many flows is added in so many steps, as each may have to look for its flows in all of them.</summary>
    private const int StepsOfADay = 16;

    private readonly ClickHouseCluster _cluster;
    private readonly IngestTier _ingest;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly PeriodicWorker _worker;
    private readonly Histogram<double> _stepSeconds;
    private readonly Counter<long> _flows;
    private readonly Counter<long> _failures;
    private long _behind;
    private (long Flows, long Clears) _complete = (-1, -1);

    /// <summary>A builder that does nothing before <see cref="Start"/>.</summary>
    /// <param name="cluster">The store.</param>
    /// <param name="ingest">How far flows are loaded, and what must not meet a clear.</param>
    /// <param name="isEnabled">Whether it builds (<c>Topology:Rollup</c>, and one server alone takes flows in).</param>
    /// <param name="meters">Metrics.</param>
    /// <param name="clock">Intervals.</param>
    /// <param name="logger">Log.</param>
    public RollupBuilder(
        ClickHouseCluster cluster, IngestTier ingest, bool isEnabled, IMeterFactory meters, TimeProvider clock, ILogger<RollupBuilder> logger)
    {
        (_cluster, _ingest, _clock, _logger) = (cluster, ingest, clock, logger);
        // Shards would each be as far as they are.
        IsEnabled = isEnabled && cluster.Name is null;
        _worker = new PeriodicWorker(Interval, RoundAsync, Failed, clock) { BeginsAtOnce = true };
        var meter = meters.Create("KGuardian.Analytics.Rollups");
        _stepSeconds = meter.CreateHistogram<double>("kguardian_edge_rollup_step_seconds", "s", "Time of a step that added flows to edge_rollup.");
        _flows = meter.CreateCounter<long>("kguardian_edge_rollup_flows_total", description: "Flows that were added to edge_rollup.");
        _failures = meter.CreateCounter<long>(
            "kguardian_edge_rollup_failures_total", description: "Steps of edge_rollup that ClickHouse failed; they are done again.");
        meter.CreateObservableGauge(
            "kguardian_edge_rollup_behind_flows", () => Behind,
            description: "Flows that are not in edge_rollup, when it was last looked: reads group them.");
    }

    /// <summary>Whether it builds.</summary>
    public bool IsEnabled { get; }

    /// <summary>
    /// Flows of a step; of a day that has more than sixteen times as many behind, a sixteenth. Default 2,000,000: at most 500 MB in ClickHouse, where each has
    /// a group of its own.
    /// </summary>
    public long FlowsOfAStep { get; set; } = 2_000_000;

    /// <summary>Flows that are in no row, when it was last looked.</summary>
    public long Behind => Volatile.Read(ref _behind);

    /// <summary>Begins, where it is enabled.</summary>
    public void Start()
    {
        if (IsEnabled)
        {
            _worker.Start();
        }
    }

    /// <summary>Lets a round begin now.</summary>
    public void Wake() => _worker.Wake();

    /// <summary>Ends; what was not added is with the next start.</summary>
    public Task StopAsync() => _worker.StopAsync();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    /// <summary>Adds the next flows; returns whether there were any.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        var store = new RollupStore(_cluster.Home);
        var target = _ingest.Arrivals.HighWatermark;
        var progress = await store.ReadProgressAsync(cancellationToken);
        var behind = await store.FindBehindAsync(progress, target, cancellationToken);
        Volatile.Write(ref _behind, behind.Sum(day => day.Flows));
        if (behind.Count == 0)
        {
            return false;
        }

        // The newest day is asked about most.
        var step = await store.FirstAsync(behind[0], Math.Max(FlowsOfAStep, behind[0].Flows / StepsOfADay), cancellationToken);
        // A clear in between has left nothing to add, and none meets the statement itself.
        await _ingest.OutsideClearsAsync(
            async () =>
            {
                await store.FillAsync(step, cancellationToken);
                return true;
            },
            cancellationToken);
        _flows.Add(step.Flows);
        Volatile.Write(ref _behind, Behind - step.Flows);
        return true;
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        // Looking whether flows are missing reads a number of each flow of the days that grow: not while none do.
        var now = (_ingest.Arrivals.HighWatermark, _ingest.Clears);
        if (now == _complete)
        {
            return;
        }

        var started = _clock.GetTimestamp();
        while (await StepAsync(cancellationToken))
        {
            var took = _clock.GetElapsedTime(started);
            _stepSeconds.Record(took.TotalSeconds);
            // Half of one core at most: whoever waits for ingest or an answer comes first.
            await Task.Delay(took, _clock, cancellationToken);
            started = _clock.GetTimestamp();
        }

        _complete = now;
    }

    private void Failed(Exception exception)
    {
        _failures.Add(1);
        LogFailed(exception.Message);
    }

    [LoggerMessage(1950, LogLevel.Warning, "Flows could not be added to edge_rollup; reads group them, and it is tried again: {Reason}")]
    private partial void LogFailed(string reason);
}
