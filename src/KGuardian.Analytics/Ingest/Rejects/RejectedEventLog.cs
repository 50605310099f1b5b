using System.Buffers.Binary;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Rejects;

/// <summary>Keeps rows that cannot be stored, with their reason, and writes them to <c>rejected_events</c> every second. Bounded; every row is counted.</summary>
internal sealed partial class RejectedEventLog(
    ClickHouseCluster cluster, IngestOptions options, TimeProvider clock, IngestMetrics metrics, ILogger logger) : IDisposable
{
    private static readonly byte[] ReceivedAtHead = NativeBlock.Column("received_at", "DateTime64(6, 'UTC')");
    private static readonly byte[] ReasonHead = NativeBlock.Column("reason", "String");
    private static readonly byte[] FieldHead = NativeBlock.Column("field", "String");
    private static readonly byte[] RawHead = NativeBlock.Column("raw", "String");

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1);
    private List<(long ReceivedMicros, RejectedRow Row)> _rows = [];

    /// <summary>Being written. They stay together, with their token, until that is known to have worked: however often it is tried, each is stored once.</summary>
    private List<(long ReceivedMicros, RejectedRow Row)> _unwritten = [];
    private string _token = "";

    /// <summary>Rows that are not written yet.</summary>
    public int Rows
    {
        get
        {
            lock (_gate)
            {
                return _rows.Count + _unwritten.Count;
            }
        }
    }

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
                if (_rows.Count + _unwritten.Count < options.MaxRejectedRows)
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

    /// <summary>Writes the rows kept before the call; those that cannot be written are kept for the next time.</summary>
    /// <exception cref="ClickHouseException">ClickHouse does not take them now.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            bool isLeftOver;
            do
            {
                lock (_gate)
                {
                    isLeftOver = _unwritten.Count > 0;
                    if (!isLeftOver)
                    {
                        (_rows, _unwritten) = (_unwritten, _rows);
                        _token = Guid.NewGuid().ToString("N");
                    }
                }

                if (_unwritten.Count > 0)
                {
                    await InsertAsync(cancellationToken);
                    lock (_gate)
                    {
                        _unwritten.Clear();
                    }
                }
            }
            while (isLeftOver);
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose() => _writing.Dispose();

    private async Task InsertAsync(CancellationToken cancellationToken)
    {
        var insert = new ClickHouseQuery("INSERT INTO rejected_events (received_at, reason, field, raw) FORMAT Native")
            .WithSetting("insert_deduplication_token", _token);
        try
        {
            await cluster.Home.InsertAsync(insert, (stream, token) => WriteAsync(_unwritten, stream, token), cancellationToken);
        }
        catch (ClickHouseException e)
        {
            LogFlushFailed(e, _unwritten.Count);
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
