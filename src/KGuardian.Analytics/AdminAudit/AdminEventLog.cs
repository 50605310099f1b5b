using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.AdminAudit;

/// <summary>
/// Writes administrative acts to <c>admin_events</c>. An act never waits for it: events gather in memory, bounded, and are written at once by one
/// writer; what cannot be written is kept and tried again. Each is in the server's log as well.
/// </summary>
internal sealed partial class AdminEventLog : IAsyncDisposable
{
    /// <summary>Events held; acts are rare, so this many means that ClickHouse has been away for long.</summary>
    private const int MaxPending = 1000;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastTry = TimeSpan.FromSeconds(2);
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _work = new(0);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Meter _meter = new("KGuardian.Analytics.Administration");
    private readonly Counter<long> _failures;
    private readonly Counter<long> _dropped;
    private readonly ClickHouseCluster _cluster;
    private readonly TimeProvider _clock;
    private readonly ILogger<AdminEventLog> _logger;
    private List<AdminEvent> _pending = [];
    private (string Token, List<AdminEvent> Events)? _unsettled;
    private ulong _lastId;
    private Task _loop = Task.CompletedTask;

    /// <summary>A log that keeps events until <see cref="Start"/>.</summary>
    public AdminEventLog(ClickHouseCluster cluster, TimeProvider clock, ILogger<AdminEventLog> logger)
    {
        _cluster = cluster;
        _clock = clock;
        _logger = logger;
        _failures = _meter.CreateCounter<long>("kguardian_admin_events_failures_total", description: "Tries to write administrative events that failed.");
        _dropped = _meter.CreateCounter<long>("kguardian_admin_events_dropped_total", description: "Administrative events not stored: too many wait.");
    }

    /// <summary>Begins to write; the schema is there.</summary>
    public void Start() => _loop = Task.Run(KeepWritingAsync);

    /// <summary>Records an act that was done. Never blocks and never fails.</summary>
    public void Record(AdminActivity activity, AdminInitiator initiator, string target, params ReadOnlySpan<(string Name, string Value)> meta)
    {
        var circumstances = new Dictionary<string, string>();
        foreach (var (name, value) in meta)
        {
            circumstances[name] = value;
        }

        LogAct(activity.Text, initiator.Name, target, string.Join(", ", circumstances.Select(pair => $"{pair.Key} = {pair.Value}")));
        var now = _clock.GetUtcNow();
        lock (_gate)
        {
            if (_pending.Count >= MaxPending)
            {
                _dropped.Add(1);
                return;
            }

            // After the last one also when two fall into a microsecond, or the clock was set back.
            _lastId = Math.Max(_lastId + 1, (ulong)(now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            _pending.Add(new AdminEvent(
                _lastId, now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture), activity.Text, activity.Code, initiator.Id,
                initiator.Name, target, circumstances));
        }

        _work.Release();
    }

    /// <summary>Writes what was recorded before the call.</summary>
    /// <exception cref="ClickHouseException">ClickHouse does not take it now; it is kept.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // What failed goes first and with its own token: it may have been stored all the same, and must not be twice.
            while ((_unsettled ??= TakePending()) is { } batch)
            {
                await InsertAsync(batch.Token, batch.Events, cancellationToken);
                _unsettled = null;
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        using (var limit = new CancellationTokenSource(LastTry))
        {
            await TryFlushAsync(limit.Token);
        }

        _work.Dispose();
        _writing.Dispose();
        _stop.Dispose();
        _meter.Dispose();
    }

    private (string Token, List<AdminEvent> Events)? TakePending()
    {
        lock (_gate)
        {
            if (_pending.Count == 0)
            {
                return null;
            }

            var events = _pending;
            _pending = [];
            return (Guid.NewGuid().ToString("N"), events);
        }
    }

    private Task InsertAsync(string token, List<AdminEvent> events, CancellationToken cancellationToken) =>
        _cluster.Home.InsertAsync(
            new ClickHouseQuery("INSERT INTO admin_events FORMAT JSONEachRow")
                .WithSetting("insert_deduplication_token", token).WithSetting("date_time_input_format", "best_effort"),
            async (stream, cancelled) =>
            {
                foreach (var row in events)
                {
                    await JsonSerializer.SerializeAsync(stream, row, SnakeCase, cancelled);
                }
            },
            cancellationToken);

    private async Task KeepWritingAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.WhenAny(_work.WaitAsync(_stop.Token));
            while (!_stop.IsCancellationRequested && !await TryFlushAsync(_stop.Token))
            {
                await Task.WhenAny(Task.Delay(RetryInterval, _clock, _stop.Token));
            }
        }
    }

    private async Task<bool> TryFlushAsync(CancellationToken cancellationToken)
    {
        try
        {
            await FlushAsync(cancellationToken);
            return true;
        }
        catch (Exception e) when (e is ClickHouseException or StoreNotReadyException or OperationCanceledException)
        {
            if (!_stop.IsCancellationRequested || e is not OperationCanceledException)
            {
                _failures.Add(1);
                LogWriteFailed(e);
            }

            return false;
        }
    }

    [LoggerMessage(1421, LogLevel.Information, "{Activity} by {Initiator}, target '{Target}': {Meta}")]
    private partial void LogAct(string activity, string initiator, string target, string meta);

    [LoggerMessage(1422, LogLevel.Error, "Administrative events could not be stored; they are kept for the next try")]
    private partial void LogWriteFailed(Exception exception);
}
