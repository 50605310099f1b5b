using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Store;
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

    private readonly Counter<long> _failures;
    private readonly Counter<long> _dropped;
    private readonly ClickHouseCluster _cluster;
    private readonly TimeProvider _clock;
    private readonly ILogger<AdminEventLog> _logger;
    private readonly TableBuffer<List<AdminEvent>> _buffer;
    private readonly PeriodicWorker _writer;
    private ulong _lastId;

    /// <summary>A log that keeps events until <see cref="Start"/>.</summary>
    public AdminEventLog(ClickHouseCluster cluster, TimeProvider clock, IMeterFactory meters, ILogger<AdminEventLog> logger)
    {
        _cluster = cluster;
        _clock = clock;
        _logger = logger;
        _buffer = new TableBuffer<List<AdminEvent>>([], [], events => events.Count, events => events.Clear(), InsertAsync);
        _writer = new PeriodicWorker(RetryInterval, _buffer.FlushAsync, WriteFailed, clock);
        var meter = meters.Create("KGuardian.Analytics.AdminAudit");
        _failures = meter.CreateCounter<long>("kguardian_admin_events_failures_total", description: "Tries to write administrative events that failed.");
        _dropped = meter.CreateCounter<long>("kguardian_admin_events_dropped_total", description: "Administrative events not stored: too many wait.");
    }

    /// <summary>Begins to write; the schema is there.</summary>
    public void Start() => _writer.Start();

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
        lock (_buffer.Gate)
        {
            if (_buffer.Gathering.Count >= MaxPending)
            {
                _dropped.Add(1);
                return;
            }

            // After the last one also when two fall into a microsecond, or the clock was set back.
            _lastId = Math.Max(_lastId + 1, (ulong)(now - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            _buffer.Gathering.Add(new AdminEvent(
                _lastId, now.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture), activity.Text, activity.Code, initiator.Id,
                initiator.Name, target, circumstances));
        }

        _writer.Wake();
    }

    /// <summary>Writes what was recorded before the call.</summary>
    /// <exception cref="ClickHouseException">ClickHouse does not take it now; it is kept.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => _buffer.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        using (var limit = new CancellationTokenSource(LastTry))
        {
            try
            {
                await FlushAsync(limit.Token);
            }
            catch (Exception e) when (e is ClickHouseException or StoreNotReadyException or OperationCanceledException)
            {
                WriteFailed(e);
            }
        }

        _buffer.Dispose();
    }

    private Task InsertAsync(List<AdminEvent> events, string token, CancellationToken cancellationToken) =>
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

    private void WriteFailed(Exception exception)
    {
        _failures.Add(1);
        LogWriteFailed(exception);
    }

    [LoggerMessage(1421, LogLevel.Information, "{Activity} by {Initiator}, target '{Target}': {Meta}")]
    private partial void LogAct(string activity, string initiator, string target, string meta);

    [LoggerMessage(1422, LogLevel.Error, "Administrative events could not be stored; they are kept for the next try")]
    private partial void LogWriteFailed(Exception exception);
}
