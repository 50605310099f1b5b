using System.Buffers.Binary;
using KGuardian.Analytics.Engine;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest;

/// <summary>Keeps rows that cannot be stored, with their reason, and writes them to <c>rejected_events</c> every second. Bounded; every row is counted.</summary>
internal sealed partial class RejectedEventLog(
    ClickHouseCluster cluster, IngestOptions options, TimeProvider clock, IngestMetrics metrics, ILogger logger)
{
    private static readonly byte[] ReceivedAtHead = NativeBlock.Column("received_at", "DateTime64(6, 'UTC')");
    private static readonly byte[] ReasonHead = NativeBlock.Column("reason", "String");
    private static readonly byte[] FieldHead = NativeBlock.Column("field", "String");
    private static readonly byte[] RawHead = NativeBlock.Column("raw", "String");

    private readonly Lock _gate = new();
    private List<(long ReceivedMicros, RejectedRow Row)> _rows = [];

    /// <summary>Counts a batch's rejected rows, and keeps them for the next flush while there is room.</summary>
    public void Add(EventBatch batch)
    {
        // A hostile batch may hold more than are worth keeping: those have no row here, and are counted all the same.
        metrics.RejectedDropped.Add(batch.RejectedCount - batch.Rejected.Count);
        var received = clock.GetUtcNow().UtcTicks / TimeSpan.TicksPerMicrosecond - DateTime.UnixEpoch.Ticks / TimeSpan.TicksPerMicrosecond;
        lock (_gate)
        {
            foreach (var row in batch.Rejected)
            {
                metrics.Rejected.Add(1, new KeyValuePair<string, object?>("reason", row.Reason.Name()));
                if (_rows.Count < options.MaxRejectedRows)
                {
                    _rows.Add((received, row));
                }
                else
                {
                    metrics.RejectedDropped.Add(1);
                }
            }
        }
    }

    /// <summary>Writes the kept rows; those that cannot be written are kept for the next time.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        List<(long, RejectedRow)> rows;
        lock (_gate)
        {
            if (_rows.Count == 0)
            {
                return;
            }

            rows = _rows;
            _rows = [];
        }

        try
        {
            await cluster.Home.InsertAsync(
                new ClickHouseQuery("INSERT INTO rejected_events (received_at, reason, field, raw) FORMAT Native"),
                (stream, token) => WriteAsync(rows, stream, token),
                cancellationToken);
        }
        catch (Exception e) when (e is ClickHouseException or OperationCanceledException)
        {
            LogFlushFailed(e, rows.Count);
            lock (_gate)
            {
                _rows.InsertRange(0, rows);
            }
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
