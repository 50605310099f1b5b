using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Tail;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Http;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>
/// Sends flows to a client as the loader brings them into ClickHouse: woken by it, never asking in between. While a client reads slowly
/// what comes meanwhile is one read later. While ClickHouse is away the tail stays open, with heartbeats, and goes on when it is back.
/// </summary>
internal sealed partial class FlowTailer(
    IngestTier ingest, TailReader reader, ClickHouseHealth health, RetentionWindow retention, TailSlots slots, TimeProvider clock, ILogger<FlowTailer> logger)
{
    /// <summary>How long to leave a ClickHouse that failed alone.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>A ClickHouse that starts refuses for some seconds; one that goes on refuses this query for good.</summary>
    private const int MostRefusals = 10;

    /// <summary>Runs until the client leaves or the server ends; then the answer ends in order, and the client can go on by its last id.</summary>
    public async Task RunAsync(HttpContext context, TailCursor begin, FlowFilter filter, IReadOnlyList<FlowColumn> columns, CursorSigner signer)
    {
        using var cancelled = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, slots.Ending);
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        // nginx would hold events back.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        if (context.IsHead())
        {
            return;
        }

        var writer = new TailWriter(context.Response.BodyWriter, signer, begin, clock, cancelled.Token);
        try
        {
            await writer.BeginAsync();
            for (var refusals = 0; refusals < MostRefusals;)
            {
                var loaded = await writer.WaitAsync(new ValueTask<long>(ingest.Arrivals.WaitAsync(writer.Position, cancelled.Token)));
                try
                {
                    await SendAsync(writer, filter, columns, loaded, cancelled.Token);
                    refusals = 0;
                }
                catch (ClickHouseException e)
                {
                    // A server refuses what needs a shard that is away, too: that ends when the shard is back.
                    refusals = e.Failure == ClickHouseFailure.Refused && health.Failure is null ? refusals + 1 : 0;
                    LogReadFailed(e, context.Request.Path);
                    await writer.WaitAsync(PauseAsync(cancelled.Token));
                }
            }
        }
        catch (OperationCanceledException) when (slots.Ending.IsCancellationRequested)
        {
            LogEnded(context.Request.Path);
        }
    }

    private async Task SendAsync(TailWriter writer, FlowFilter filter, IReadOnlyList<FlowColumn> columns, long upTo, CancellationToken cancellationToken)
    {
        var sent = 0;
        try
        {
            await using var rows = reader.ReadAsync(filter, columns, retention.OldestDay, writer.Position, upTo, cancellationToken)
                .GetAsyncEnumerator(cancellationToken);
            while (await writer.WaitAsync(rows.MoveNextAsync()))
            {
                await writer.WriteAsync(rows.Current);
                sent++;
            }

            if (sent < TailReader.BatchRows)
            {
                writer.PassOver(upTo);
            }
        }
        finally
        {
            slots.Sent(sent);
        }
    }

    private async ValueTask<bool> PauseAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, clock, cancellationToken);
        return true;
    }

    [LoggerMessage(1361, LogLevel.Warning, "The tail {Path} could not read from ClickHouse; it tries again")]
    private partial void LogReadFailed(Exception exception, string path);

    [LoggerMessage(1362, LogLevel.Debug, "The tail {Path} was ended: the server ends")]
    private partial void LogEnded(string path);
}
