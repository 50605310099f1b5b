using System.Diagnostics.Metrics;
using System.Text.Encodings.Web;
using System.Text.Json;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Services;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Inventory.History;

/// <summary>
/// Keeps the table <c>name_history</c> in step with the logs of states: what this server wrote is worked out anew behind each write, and everything once
/// after a start, which mends what a crash or a restore left. Safe for concurrent use.
/// </summary>
internal sealed partial class HistoryKeeper : IAsyncDisposable
{
    /// <summary>Names of a round; ClickHouse takes a parameter of 128 KiB.</summary>
    private const int MostCharacters = 40_000;

    /// <summary>More that wait are cheaper worked out together with everything else.</summary>
    private const int MostWaiting = 50_000;

    /// <summary>A round that failed is tried again after it.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A part of the time at most is spent on it: the rest between two rounds is so many times as long as a round.</summary>
    private const int RestFactor = 4;

    /// <summary>However long a round took, by a clock that may have jumped.</summary>
    private static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _working = new(1);
    private readonly HashSet<(string Namespace, string Name)> _pods = [];
    private readonly HashSet<string> _services = [];
    private readonly long _writer = Random.Shared.Next(1024);
    private readonly ClickHouseCluster _cluster;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly PeriodicWorker _worker;
    private readonly Histogram<double> _seconds;
    private readonly Counter<long> _failures;
    private bool _isWhole = true;
    private long _versions;

    /// <summary>A keeper that does nothing before <see cref="Start"/>.</summary>
    public HistoryKeeper(ClickHouseCluster cluster, InventoryMetrics metrics, TimeProvider clock, ILogger logger)
    {
        (_cluster, _clock, _logger) = (cluster, clock, logger);
        _worker = new PeriodicWorker(Interval, RoundAsync, Failed, clock) { BeginsAtOnce = true };
        _seconds = metrics.Meter.CreateHistogram<double>(
            "kguardian_inventory_history_seconds", "s", "Time to work out from when to when names were whose, behind states that were written.");
        _failures = metrics.Meter.CreateCounter<long>(
            "kguardian_inventory_history_failures_total", description: "Tries to work out whose names were when that failed.");
        metrics.Meter.CreateObservableGauge(
            "kguardian_inventory_history_waiting", () => Waiting, description: "Pods and addresses whose names flows do not show yet.");
    }

    /// <summary>How often names have changed.</summary>
    public long Versions => Volatile.Read(ref _versions);

    private int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _pods.Count + _services.Count;
            }
        }
    }

    /// <summary>Begins, with everything.</summary>
    public void Start() => _worker.Start();

    /// <summary>States of pods were written.</summary>
    public void Changed(IEnumerable<PodState> states)
    {
        lock (_gate)
        {
            _pods.UnionWith(states.Select(state => (state.Namespace, state.Name)));
        }

        _worker.Wake();
    }

    /// <summary>States of services were written.</summary>
    public void Changed(IEnumerable<ServiceState> states)
    {
        lock (_gate)
        {
            _services.UnionWith(states.Select(state => state.Ip));
        }

        _worker.Wake();
    }

    /// <summary>States were deleted: everything is worked out anew with the next round.</summary>
    public void Swept()
    {
        lock (_gate)
        {
            _isWhole = true;
        }

        _worker.Wake();
    }

    /// <summary>Works out what waits; it shows when this returns.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed: it waits on.</exception>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        await _working.WaitAsync(cancellationToken);
        try
        {
            while (Take() is { } work)
            {
                await RunAsync(work, cancellationToken);
            }
        }
        finally
        {
            _working.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        _working.Dispose();
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        await CatchUpAsync(cancellationToken);
        var rest = _clock.GetElapsedTime(started) * RestFactor;
        await Task.Delay(rest < LongestRest ? rest : LongestRest, _clock, cancellationToken);
    }

    /// <summary>Some of what waits; null when nothing does.</summary>
    private Work? Take()
    {
        lock (_gate)
        {
            if (_isWhole || _pods.Count + _services.Count > MostWaiting)
            {
                _isWhole = false;
                _pods.Clear();
                _services.Clear();
                return new Work(null, []);
            }

            var room = MostCharacters;
            var pods = _pods.TakeWhile(pod => (room -= pod.Namespace.Length + pod.Name.Length + 8) > 0).ToArray();
            var services = _services.TakeWhile(ip => (room -= ip.Length + 4) > 0).ToArray();
            _pods.ExceptWith(pods);
            _services.ExceptWith(services);
            return pods.Length + services.Length > 0 ? new Work(pods, services) : null;
        }
    }

    private async Task RunAsync(Work work, CancellationToken cancellationToken)
    {
        var started = _clock.GetTimestamp();
        try
        {
            await FillAsync(work, cancellationToken);
        }
        catch
        {
            PutBack(work);
            throw;
        }

        Interlocked.Increment(ref _versions);
        _seconds.Record(_clock.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("kind", work.Pods is null ? "whole" : "some"));
    }

    private async Task FillAsync(Work work, CancellationToken cancellationToken)
    {
        var begin = work.Pods is null
            ? await _cluster.Home.QuerySingleAsync<long>(new ClickHouseQuery("SELECT toInt64(max(version)) AS value FROM name_history"), cancellationToken) : 0;
        await _cluster.Home.ExecuteAsync(
            new ClickHouseQuery(work.Pods is null ? HistorySql.Whole : HistorySql.Some) { TimeLimit = TimeSpan.FromMinutes(10) }
                .With("writer", _writer)
                .With("pods", JsonSerializer.Serialize((work.Pods ?? []).Select(pod => new[] { pod.Namespace, pod.Name }), Relaxed))
                .With("services", JsonSerializer.Serialize(work.Services, Relaxed))
                // One part: all is there, or nothing.
                .WithSetting("max_insert_threads", "1").WithSetting("min_insert_block_size_rows", "1000000000")
                .WithSetting("min_insert_block_size_bytes", "1000000000"),
            cancellationToken);
        if (work.Pods is null)
        {
            await _cluster.Home.ExecuteAsync(new ClickHouseQuery(HistorySql.DropReplaced).With("whole", begin + 1), cancellationToken);
        }
    }

    private void PutBack(Work work)
    {
        lock (_gate)
        {
            _isWhole |= work.Pods is null;
            _pods.UnionWith(work.Pods ?? []);
            _services.UnionWith(work.Services);
        }
    }

    private void Failed(Exception exception)
    {
        _failures.Add(1);
        LogFailed(exception.Message);
    }

    [LoggerMessage(1720, LogLevel.Warning, "Flows do not show the newest names: whose they were when could not be worked out; it is tried again: {Reason}")]
    private partial void LogFailed(string reason);

    /// <param name="Pods">Namespaces and names; null for everything.</param>
    /// <param name="Services">Addresses.</param>
    private sealed record Work((string Namespace, string Name)[]? Pods, string[] Services);
}
