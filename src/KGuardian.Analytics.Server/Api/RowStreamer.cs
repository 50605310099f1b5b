using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Server.Api;

/// <summary>
/// Sends rows to the client as they come, with backpressure: each read fills a buffer that is sent as it is, however long the stream. A late error breaks the
/// connection, so that a cut answer never looks whole.
/// </summary>
internal sealed partial class RowStreamer : IDisposable
{
    /// <summary>ClickHouse sends chunks of up to 1 MiB; 256 KiB a read keeps memory small and system calls few.</summary>
    private const int BufferBytes = 256 << 10;

    /// <summary>How long streams may go on after the server was told to end: the rest of the shutdown's time is for flushing.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly QueryMetrics _metrics;
    private readonly CancellationTokenSource _ending = new();
    private readonly TimeSpan _limit;
    private readonly ILogger<RowStreamer> _logger;

    public RowStreamer(IHostApplicationLifetime lifetime, QueryOptions options, QueryMetrics metrics, ILogger<RowStreamer> logger)
    {
        _limit = options.TimeLimit;
        _metrics = metrics;
        _logger = logger;
        lifetime.ApplicationStopping.Register(() => _ending.CancelAfter(Grace));
    }

    /// <summary>Sends all rows.</summary>
    public Task CopyAsync(ClickHouseResult rows, RowFormat format, HttpContext context) => CopyAsync(rows.Body, format, context, ReadOnlyMemory<byte>.Empty);

    /// <summary>Sends a JSON document that is made of rows, between what comes before and behind it.</summary>
    public Task CopyAsync(Stream rows, ReadOnlyMemory<byte> begin, ReadOnlyMemory<byte> end, HttpContext context) =>
        CopyAsync(rows, RowFormat.JsonArray, context, begin, end);

    /// <summary>Sends all rows; when there is none, sends nothing and returns false.</summary>
    public async Task<bool> CopyUnlessEmptyAsync(ClickHouseResult rows, RowFormat format, HttpContext context)
    {
        // An empty answer is "[", line ends and "]", or nothing: the first brace says that there are rows.
        var begin = new byte[BufferBytes];
        var length = 0;
        while (begin.AsSpan(0, length).IndexOf((byte)'{') < 0)
        {
            var read = await rows.Body.ReadAsync(begin.AsMemory(length), context.RequestAborted);
            if (read == 0)
            {
                return false;
            }

            length += read;
        }

        await CopyAsync(rows.Body, format, context, begin.AsMemory(0, length));
        return true;
    }

    public void Dispose() => _ending.Dispose();

    private async Task CopyAsync(Stream rows, RowFormat format, HttpContext context, ReadOnlyMemory<byte> begin, ReadOnlyMemory<byte> end = default)
    {
        long sent = 0;
        context.Response.ContentType = format.MediaType();
        if (context.IsHead())
        {
            // The query is ended with its result.
            return;
        }

        // ClickHouse ends the query at its limit. A client that reads nothing keeps us from seeing that, and would be waited for without end.
        using var overdue = new CancellationTokenSource(_limit);
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token, overdue.Token);
        try
        {
            var to = context.Response.BodyWriter;
            if (begin.Length > 0)
            {
                await to.WriteAsync(begin, cancelled.Token);
                _metrics.StreamedBytes.Add(begin.Length);
            }

            for (int read; (read = await rows.ReadAsync(to.GetMemory(BufferBytes), cancelled.Token)) > 0;)
            {
                to.Advance(read);
                sent += read;
                _metrics.StreamedBytes.Add(read);
                await to.FlushAsync(cancelled.Token);
            }

            await to.WriteAsync(end, cancelled.Token);
        }
        catch (ClickHouseException e) when (context.Response.HasStarted)
        {
            _metrics.BrokenStreams.Add(1);
            LogBroken(e, context.Request.Path, e.QueryId, sent);
            context.Abort();
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested || overdue.IsCancellationRequested)
        {
            // A write that is cancelled aborts the connection: that the client is gone says nothing.
            _metrics.BrokenStreams.Add(1);
            LogCut(context.Request.Path, sent, _ending.IsCancellationRequested ? "the server ends" : $"its client did not read it within {_limit}");
            context.Abort();
        }
    }

    [LoggerMessage(1321, LogLevel.Error, "The stream of {Path} (query {QueryId}) broke after {Bytes} bytes; the connection was aborted")]
    private partial void LogBroken(Exception exception, string path, string queryId, long bytes);

    [LoggerMessage(1322, LogLevel.Warning, "The stream of {Path} was cut after {Bytes} bytes: {Reason}")]
    private partial void LogCut(string path, long bytes, string reason);
}
