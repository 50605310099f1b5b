using KGuardian.Analytics.Inventory.History;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Services;
using KGuardian.Analytics.Inventory.States;
using KGuardian.Analytics.Inventory.Syscalls;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Inventory.Tier;

/// <summary>
/// What agents say of pods, services and system calls. Pods and services are answered from memory, and what was taken is on disk before it is
/// acknowledged. Safe for concurrent use.
/// </summary>
internal sealed partial class InventoryTier : IAsyncDisposable
{
    private const long WorthCollecting = 16 << 20;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly StateLog<PodDirectory, PodState> _pods;
    private readonly StateLog<ServiceDirectory, ServiceState> _services;
    private readonly StateFollower<PodState>? _podFollower;
    private readonly StateFollower<ServiceState>? _serviceFollower;
    private readonly PeriodicWorker? _following;
    private readonly PeriodicWorker _sweeping;
    private readonly HistoryKeeper? _history;
    private readonly RetentionWindow _window;
    private readonly InventoryOptions _options;
    private readonly InventoryMetrics _metrics;
    private readonly ILogger<InventoryTier> _logger;
    private readonly bool _writes;
    private readonly bool _isShared;
    private readonly TimeProvider _clock;
    private DateOnly _swept;

    /// <summary>A tier that knows nothing before <see cref="StartAsync"/>.</summary>
    /// <param name="cluster">The store.</param>
    /// <param name="window">What is kept: states that had ended before it go.</param>
    /// <param name="options">Settings <c>Inventory:*</c>.</param>
    /// <param name="writes">Whether this server takes posts, and deletes what has expired.</param>
    /// <param name="isShared">Whether other servers take posts, too.</param>
    /// <param name="clock">The believed time.</param>
    /// <param name="metrics">Counters.</param>
    /// <param name="logger">Log.</param>
    public InventoryTier(
        ClickHouseCluster cluster, RetentionWindow window, InventoryOptions options, bool writes, bool isShared,
        TimeProvider clock, InventoryMetrics metrics,
        ILogger<InventoryTier> logger)
    {
        (_window, _options, _writes, _isShared, _clock, _metrics, _logger) = (window, options, writes, isShared, clock, metrics, logger);
        var (pods, services) = (new PodTable(cluster), new ServiceTable(cluster));
        _podFollower = isShared ? new StateFollower<PodState>(pods, clock) : null;
        _serviceFollower = isShared ? new StateFollower<ServiceState>(services, clock) : null;
        _history = writes ? new HistoryKeeper(cluster, metrics, clock, logger) : null;
        _pods = new(pods, PodDirectory.Empty(options.MaxBytes), new StateWriter<PodState>("pods", clock, metrics, logger), _podFollower, clock)
        {
            Written = states => _history?.Changed(states),
        };
        _services = new(services, ServiceDirectory.Empty, new StateWriter<ServiceState>("services", clock, metrics, logger), _serviceFollower, clock)
        {
            Written = states => _history?.Changed(states),
        };
        Syscalls = new SyscallLog(cluster, clock);
        _following = isShared ? new PeriodicWorker(options.FollowInterval, FollowAsync, FollowFailed, clock) : null;
        _sweeping = new PeriodicWorker(SweepInterval, SweepAsync, e => LogSweepFailed(e.Message), clock);
        metrics.Meter.CreateObservableGauge("kguardian_inventory_pods", CountPods, description: "Pods known, by whether they are alive.");
        metrics.Meter.CreateObservableCounter(
            "kguardian_inventory_forgotten_total", () => _pods.IsLoaded ? Pods.Forgotten : 0,
            description: "Dead pods that memory had no room for: ClickHouse has them, answers do not.");
        metrics.Meter.CreateObservableGauge(
            "kguardian_inventory_services", () => _services.IsLoaded ? Services.All.Count : 0, description: "Addresses of services known.");
        metrics.Meter.CreateObservableGauge(
            "kguardian_inventory_bytes", () => _pods.IsLoaded ? Pods.Bytes + Services.Bytes : 0, "By", "Memory that pods and services take.");
    }

    /// <summary>The pods, as they are now.</summary>
    /// <exception cref="StoreNotReadyException">They are not loaded yet.</exception>
    public PodDirectory Pods => _pods.Current;

    /// <summary>The services, as they are now.</summary>
    /// <exception cref="StoreNotReadyException">They are not loaded yet.</exception>
    public ServiceDirectory Services => _services.Current;

    /// <summary>How often names that flows show have changed by this server; those that only read do not know.</summary>
    public long NameVersions => _history?.Versions ?? 0;

    /// <summary>System calls of pods.</summary>
    public SyscallLog Syscalls { get; }

    /// <summary>Loads what is known, and begins to take posts and to follow other servers.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        var isFirst = !_services.IsLoaded;
        await _pods.StartAsync(cancellationToken);
        await _services.StartAsync(cancellationToken);
        if (isFirst)
        {
            if (Pods.Bytes > WorthCollecting)
            {
                // Loading leaves several times as much behind, which would stay for as long as memory is not scarce.
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }

            LogLoaded(Pods.All.Count, Services.All.Count, Pods.Bytes + Services.Bytes, _clock.GetElapsedTime(started));
            _following?.Start();
            _sweeping.Start();
            _history?.Start();
        }
    }

    /// <summary>Takes what an agent says of a pod; returns the pod as it then is.</summary>
    /// <exception cref="InventoryUnavailableException">It cannot be taken now.</exception>
    /// <exception cref="ClickHouseException">ClickHouse does not take it.</exception>
    public async Task<PodState> PutAsync(PodState said, CancellationToken cancellationToken) => (await PutAsync(said, isHistory: false, cancellationToken)).Pod;

    /// <summary>Takes what another store says of a pod; not when something else is known of a later time.</summary>
    /// <exception cref="InventoryUnavailableException">It cannot be taken now.</exception>
    /// <exception cref="ClickHouseException">ClickHouse does not take it.</exception>
    public async Task<ImportedState> ImportAsync(PodState said, CancellationToken cancellationToken) =>
        (await PutAsync(said, isHistory: true, cancellationToken)).Outcome;

    private async Task<(PodState Pod, ImportedState Outcome)> PutAsync(PodState said, bool isHistory, CancellationToken cancellationToken)
    {
        var (stored, outcome) = (said, ImportedState.Stored);
        await _pods.ChangeAsync(said.Name, (pods, sequence) =>
        {
            if (pods.Find(said.Namespace, said.Name) is { } known)
            {
                var isSame = known.SaysTheSameAs(said);
                // Who says the same of an earlier time came late, or out of order: it began earlier than was known.
                if (isSame ? said.TimeMicros >= known.SinceMicros : isHistory && said.TimeMicros <= known.TimeMicros)
                {
                    (stored, outcome) = (known, isSame ? ImportedState.Known : ImportedState.Older);
                    return [];
                }
            }

            if (!said.IsDead && !pods.HasRoomFor(said.Bytes))
            {
                throw Full();
            }

            var now = sequence.NowMicros;
            return [stored = said with { Sequence = sequence.Next(), RecordedMicros = now, SinceMicros = Math.Min(said.TimeMicros, now) }];
        }, cancellationToken);
        _metrics.Count("pod", outcome == ImportedState.Stored ? "stored" : "unchanged");
        return (stored, outcome);
    }

    /// <summary>Takes that pods ended; returns how many it was about, whether or not it was known before.</summary>
    /// <exception cref="InventoryUnavailableException">It cannot be taken now.</exception>
    /// <exception cref="ClickHouseException">ClickHouse does not take it.</exception>
    public async Task<int> PutAsync(PodDeath death, CancellationToken cancellationToken)
    {
        if (_isShared && !death.In(Pods).Any())
        {
            // Another server may just have heard of it; and nobody says twice that a pod ended.
            await _pods.FollowAsync(cancellationToken);
        }

        var (count, ended) = (0, 0);
        await _pods.ChangeAsync(death.Name, (pods, sequence) =>
        {
            var about = death.In(pods).ToArray();
            count = about.Length;
            PodState[] states = [.. about.Where(pod => !pod.IsDead)
                .Select(pod => pod with
                {
                    IsDead = true, Sequence = sequence.Next(), RecordedMicros = sequence.NowMicros, SinceMicros = sequence.NowMicros,
                })];
            ended = states.Length;
            return states;
        }, cancellationToken);
        _metrics.Count("death", ended > 0 ? "stored" : count > 0 ? "unchanged" : "ignored");
        return count;
    }

    /// <summary>Takes what an agent says of a service; returns the service as it then is.</summary>
    /// <exception cref="InventoryUnavailableException">It cannot be taken now.</exception>
    /// <exception cref="ClickHouseException">ClickHouse does not take it.</exception>
    public async Task<ServiceState> PutAsync(ServiceState said, CancellationToken cancellationToken) =>
        (await PutAsync(said, isHistory: false, cancellationToken)).Service;

    /// <summary>Takes what another store says of a service; not when something else is known of a later time.</summary>
    /// <exception cref="InventoryUnavailableException">It cannot be taken now.</exception>
    /// <exception cref="ClickHouseException">ClickHouse does not take it.</exception>
    public async Task<ImportedState> ImportAsync(ServiceState said, CancellationToken cancellationToken) =>
        (await PutAsync(said, isHistory: true, cancellationToken)).Outcome;

    private async Task<(ServiceState Service, ImportedState Outcome)> PutAsync(ServiceState said, bool isHistory, CancellationToken cancellationToken)
    {
        var (stored, outcome) = (said, ImportedState.Stored);
        await _services.ChangeAsync(said.Ip, (services, sequence) =>
        {
            if (services.At(said.Ip) is { } known)
            {
                var isSame = known.SaysTheSameAs(said);
                if (isSame || (isHistory && said.TimeMicros <= known.TimeMicros))
                {
                    (stored, outcome) = (known, isSame ? ImportedState.Known : ImportedState.Older);
                    return [];
                }
            }

            if (services.Bytes + said.Bytes > _options.MaxBytes)
            {
                throw Full();
            }

            return [stored = said with { Sequence = sequence.Next(), RecordedMicros = sequence.NowMicros }];
        }, cancellationToken);
        _metrics.Count("service", outcome == ImportedState.Stored ? "stored" : "unchanged");
        return (stored, outcome);
    }

    /// <summary>Takes over what other servers wrote.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        await _pods.FollowAsync(cancellationToken);
        await _services.FollowAsync(cancellationToken);
    }

    /// <summary>Flows show the names that this server was told before; otherwise they do soon after.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public Task CatchUpNamesAsync(CancellationToken cancellationToken) => _history?.CatchUpAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Lets go of what has expired, when a day has since the last time.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var oldest = _window.OldestDay;
        if (oldest <= _swept)
        {
            return;
        }

        var before = (oldest.ToDateTime(TimeOnly.MinValue) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        await _pods.SweepAsync(before, _writes, cancellationToken);
        await _services.SweepAsync(before, _writes, cancellationToken);
        if (_writes)
        {
            await Syscalls.SweepAsync(before, cancellationToken);
            _history!.Swept();
        }

        _swept = oldest;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (_following?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _sweeping.DisposeAsync();
        await (_history?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _pods.DisposeAsync();
        await _services.DisposeAsync();
        _podFollower?.Dispose();
        _serviceFollower?.Dispose();
        Syscalls.Dispose();
    }

    private InventoryUnavailableException Full() =>
        new($"what is alive takes all of the memory that it may: Inventory:MaxBytes = {_options.MaxBytes}");

    private IEnumerable<System.Diagnostics.Metrics.Measurement<long>> CountPods()
    {
        var (all, dead) = _pods.IsLoaded ? (Pods.All.Count, Pods.DeadCount) : (0, 0);
        return [new(all - dead, new KeyValuePair<string, object?>("state", "alive")), new(dead, new KeyValuePair<string, object?>("state", "dead"))];
    }

    private void FollowFailed(Exception exception)
    {
        _metrics.FollowFailures.Add(1);
        LogFollowFailed(exception.Message);
    }

    [LoggerMessage(1705, LogLevel.Information, "The inventory holds {Pods} pods and {Services} services in {Bytes} bytes, loaded in {Elapsed}")]
    private partial void LogLoaded(int pods, int services, long bytes, TimeSpan elapsed);

    [LoggerMessage(1703, LogLevel.Warning, "What other servers wrote of pods and services could not be read; it is tried again: {Reason}")]
    private partial void LogFollowFailed(string reason);

    [LoggerMessage(1704, LogLevel.Warning, "States of pods and services that have expired could not be deleted; it is tried again: {Reason}")]
    private partial void LogSweepFailed(string reason);
}
