using System.Diagnostics.Metrics;
using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Query;

namespace KGuardian.Analytics.Server.Api;

/// <summary>
/// Copies ClickHouse's output to the client as it comes, with backpressure: one buffer a stream, however long. A late error breaks the
/// connection, so that a cut answer never looks whole.
/// </summary>
internal sealed partial class RowStreamer : IDisposable
{
    /// <summary>ClickHouse sends chunks of up to 1 MiB; 64 KiB a read keeps memory small and copies long.</summary>
    private const int BufferBytes = 64 << 10;

    private readonly Meter _meter = new("KGuardian.Analytics.Server");
    private readonly Counter<long> _bytes;
    private readonly Counter<long> _broken;
    private readonly ILogger<RowStreamer> _logger;

    public RowStreamer(ILogger<RowStreamer> logger)
    {
        _logger = logger;
        _bytes = _meter.CreateCounter<long>("kguardian_bytes_streamed_total", "By", "Bytes of rows sent, before compression.");
        _broken = _meter.CreateCounter<long>("kguardian_streams_broken_total", description: "Streams broken off by a late error of ClickHouse's.");
    }

    /// <summary>Sends all rows.</summary>
    public async Task CopyAsync(ClickHouseResult rows, RowFormat format, HttpContext context)
    {
        context.Response.ContentType = format.MediaType();
        await CopyBodyAsync(rows, context);
    }

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

        context.Response.ContentType = format.MediaType();
        await context.Response.BodyWriter.WriteAsync(begin.AsMemory(0, length), context.RequestAborted);
        _bytes.Add(length);
        await CopyBodyAsync(rows, context);
        return true;
    }

    public void Dispose() => _meter.Dispose();

    private async Task CopyBodyAsync(ClickHouseResult rows, HttpContext context)
    {
        var to = context.Response.BodyWriter;
        try
        {
            while (true)
            {
                var read = await rows.Body.ReadAsync(to.GetMemory(BufferBytes), context.RequestAborted);
                if (read == 0)
                {
                    return;
                }

                to.Advance(read);
                _bytes.Add(read);
                var flushed = await to.FlushAsync(context.RequestAborted);
                if (flushed.IsCompleted)
                {
                    return;
                }
            }
        }
        catch (ClickHouseException e)
        {
            _broken.Add(1);
            LogBroken(e, context.Request.Path, rows.QueryId, rows.BytesRead);
            context.Abort();
        }
    }

    [LoggerMessage(1321, LogLevel.Error, "The stream of {Path} (query {QueryId}) broke after {Bytes} bytes; the connection was aborted")]
    private partial void LogBroken(Exception exception, string path, string queryId, long bytes);
}
