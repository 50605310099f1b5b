using System.Buffers.Binary;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Rejects;

/// <summary>
/// Keeps rows that cannot be stored, with their reason, and writes them to <c>rejected_events</c> every second. Bounded; every row is counted.
/// </summary>
internal sealed partial class RejectedEventLog : IDisposable
{
    private static readonly byte[] ReceivedAtHead = NativeBlock.Column("received_at", "DateTime64(6, 'UTC')");
    private static readonly byte[] ReasonHead = NativeBlock.Column("reason", "String");
    private static readonly byte[] FieldHead = NativeBlock.Column("field", "String");
    private static readonly byte[] RawHead = NativeBlock.Column("raw", "String");

    private readonly ClickHouseCluster _cluster;
    private readonly IngestOptions _options;
    private readonly TimeProvider _clock;
    private readonly IngestMetrics _metrics;
    private readonly ILogger _logger;
    private readonly TableBuffer<List<(long ReceivedMicros, RejectedRow Row)>> _buffer;

    public RejectedEventLog(ClickHouseCluster cluster, IngestOptions options, TimeProvider clock, IngestMetrics metrics, ILogger logger)
    {
        _cluster = cluster;
        _options = options;
        _clock = clock;
        _metrics = metrics;
        _logger = logger;
        _buffer = new TableBuffer<List<(long ReceivedMicros, RejectedRow Row)>>([], [], rows => rows.Count, rows => rows.Clear(), InsertAsync);
    }

    /// <summary>Rows that are not written yet.</summary>
    public int Rows => _buffer.Count;

    /// <summary>Counts a batch's rejected rows, and keeps them for the next flush while there is room.</summary>
    public void Add(EventBatch batch)
    {
        // A hostile batch may hold more than are worth keeping: those have no row here, and are counted all the same.
        _metrics.RejectedDropped.Add(batch.RejectedCount - batch.Rejected.Count);
        var received = _clock.GetUtcNow().UtcTicks / TimeSpan.TicksPerMicrosecond - DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond;
        lock (_buffer.Gate)
        {
            var room = _options.MaxRejectedRows - _buffer.Count;
            foreach (var row in batch.Rejected)
            {
                _metrics.Rejected.Add(1, new KeyValuePair<string, object?>("reason", row.Reason.Name()));
                if (room-- > 0)
                {
                    _buffer.Gathering.Add((received, row));
                }
                else
                {
                    _metrics.RejectedDropped.Add(1);
                }
            }
        }
    }

    /// <summary>Writes the rows kept before the call; those that cannot be written are kept for the next time.</summary>
    /// <exception cref="ClickHouseException">ClickHouse does not take them now.</exception>
    public Task FlushAsync(CancellationToken cancellationToken) => _buffer.FlushAsync(cancellationToken);

    public void Dispose() => _buffer.Dispose();

    private async Task InsertAsync(List<(long ReceivedMicros, RejectedRow Row)> rows, string token, CancellationToken cancellationToken)
    {
        var insert = new ClickHouseQuery("INSERT INTO rejected_events (received_at, reason, field, raw) FORMAT Native")
            .WithSetting("insert_deduplication_token", token);
        try
        {
            await _cluster.Home.InsertAsync(insert, (stream, cancelled) => WriteAsync(rows, stream, cancelled), cancellationToken);
        }
        catch (ClickHouseException e)
        {
            LogFlushFailed(e, rows.Count);
            throw;
        }
    }

    private static async Task WriteAsync(List<(long ReceivedMicros, RejectedRow Row)> rows, Stream to, CancellationToken cancellationToken)
    {
        ColumnBuffer received = new(), reasons = new(), fields = new(), raws = new();
        foreach (var (micros, row) in rows)
        {
            BinaryPrimitives.WriteInt64LittleEndian(received.Reserve(sizeof(long)), micros);
            received.Advance(sizeof(long));
            reasons.AppendText(System.Text.Encoding.UTF8.GetBytes(row.Reason.Name()));
            fields.AppendText(System.Text.Encoding.UTF8.GetBytes(row.Field));
            raws.AppendText(row.Raw.Span);
        }

        await to.WriteAsync(NativeBlock.Head(4, rows.Count), cancellationToken);
        foreach (var (head, column) in new[] { (ReceivedAtHead, received), (ReasonHead, reasons), (FieldHead, fields), (RawHead, raws) })
        {
            await to.WriteAsync(head, cancellationToken);
            await to.WriteAsync(column.WrittenMemory, cancellationToken);
        }
    }

    [LoggerMessage(1231, LogLevel.Warning, "{Rows} rejected rows could not be written; they are kept for the next try")]
    private partial void LogFlushFailed(Exception exception, int rows);
}
