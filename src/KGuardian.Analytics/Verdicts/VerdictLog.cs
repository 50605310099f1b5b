using System.Text.Json;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Verdicts;

/// <summary>
/// Writes verdicts to <c>audit_verdicts</c>, every second in one insert. Bounded: what is too much while ClickHouse is away is counted. Safe for concurrent
/// use.
/// </summary>
internal sealed partial class VerdictLog : IAsyncDisposable
{
    /// <summary>Verdicts that wait; some 500 bytes each, so 10 MB.</summary>
    public const int MostWaiting = 20_000;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    internal static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly ClickHouseCluster _cluster;
    private readonly VerdictMetrics _metrics;
    private readonly ILogger<VerdictLog> _logger;
    private readonly VerdictSequence _sequence;
    private readonly TableBuffer<List<AuditVerdict>> _buffer;
    private readonly PeriodicWorker _writer;

    /// <summary>A log that keeps verdicts until <see cref="StartAsync"/>.</summary>
    /// <param name="cluster">The store; verdicts are on its first shard.</param>
    /// <param name="clock">The believed time.</param>
    /// <param name="metrics">Counters.</param>
    /// <param name="logger">Log.</param>
    public VerdictLog(ClickHouseCluster cluster, TimeProvider clock, VerdictMetrics metrics, ILogger<VerdictLog> logger)
    {
        (_cluster, _metrics, _logger, _sequence) = (cluster, metrics, logger, new VerdictSequence(clock));
        _buffer = new TableBuffer<List<AuditVerdict>>([], [], rows => rows.Count, rows => rows.Clear(), InsertAsync);
        _writer = new PeriodicWorker(Interval, _buffer.FlushAsync, WriteFailed, clock);
        metrics.Meter.CreateObservableGauge("kguardian_verdicts_waiting", () => _buffer.Count, description: "Verdicts that are not stored yet.");
    }

    /// <summary>Goes on behind the ids that the store has, and begins to write.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var last = await new VerdictReader(_cluster).ReadLastIdAsync(cancellationToken);
        lock (_buffer.Gate)
        {
            _sequence.GoBehind(last);
        }

        _writer.Start();
    }

    /// <summary>Keeps what policies make of a flow. Never waits.</summary>
    public void Add(NewFlow flow, IReadOnlyList<PolicyVerdict> verdicts)
    {
        lock (_buffer.Gate)
        {
            var room = Math.Max(0, MostWaiting - _buffer.Count);
            foreach (var verdict in verdicts.Take(room))
            {
                _buffer.Gathering.Add(AuditVerdict.Of(_sequence.Next(), flow, verdict));
            }

            _metrics.Dropped.Add(Math.Max(0, verdicts.Count - room));
        }
    }

    /// <summary>Writes what was added before the call.</summary>
    /// <exception cref="ClickHouseException">ClickHouse does not take it now; it is kept.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => _buffer.FlushAsync(cancellationToken);

    /// <summary>Ends: what was added is written, within the token's time.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _writer.StopAsync();
        try
        {
            await FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is ClickHouseException or StoreNotReadyException or OperationCanceledException)
        {
            _metrics.Dropped.Add(_buffer.Count);
            LogLost(e, _buffer.Count);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        _buffer.Dispose();
    }

    private Task InsertAsync(List<AuditVerdict> rows, string token, CancellationToken cancellationToken) =>
        // Days come from the ids: every try writes the same.
        _cluster.Home.InsertAsync(
            new ClickHouseQuery("INSERT INTO audit_verdicts FORMAT JSONEachRow")
                .WithSetting("insert_deduplication_token", token).WithSetting("date_time_input_format", "best_effort"),
            async (stream, cancelled) =>
            {
                foreach (var row in rows)
                {
                    await JsonSerializer.SerializeAsync(stream, row, SnakeCase, cancelled);
                }
            },
            cancellationToken);

    private void WriteFailed(Exception exception)
    {
        _metrics.WriteFailures.Add(1);
        LogWriteFailed(_buffer.Count, exception.Message);
    }

    [LoggerMessage(1744, LogLevel.Warning, "{Verdicts} verdicts could not be stored; they are kept for the next try: {Reason}")]
    private partial void LogWriteFailed(int verdicts, string reason);

    [LoggerMessage(1745, LogLevel.Warning, "{Verdicts} verdicts are lost: ClickHouse did not take them before the end")]
    private partial void LogLost(Exception exception, int verdicts);
}
