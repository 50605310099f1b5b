using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Server.Caching;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Api;

/// <summary>
/// What was acknowledged before a read began is in its answer: waits until the journal's flows are in ClickHouse. When ClickHouse does
/// not take them (disk full, say) reads go on without, after a short wait: showing what there is beats showing nothing.
/// </summary>
internal sealed partial class ReadBarrier(ClickHouseHealth health, ILogger<ReadBarrier> logger, IngestTier? ingest = null)
{
    /// <summary>Ten times what an insert of a full block takes.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>While ClickHouse takes flows, only slowly; clients wait for some 30 s in all.</summary>
    private static readonly TimeSpan LongestLimit = TimeSpan.FromSeconds(12);

    /// <exception cref="StoreNotReadyException">ClickHouse is away: a query would hang, or fail.</exception>
    public async ValueTask WaitAsync(HttpContext context)
    {
        if (health.Failure is not null)
        {
            throw new StoreNotReadyException($"{health.AwayPart} is away.");
        }

        // Another server's journal is out of reach: its flows come within Ingest:LoadInterval.
        var flush = ingest?.FlushAsync(context.RequestAborted) ?? ValueTask.CompletedTask;
        if (flush.IsCompletedSuccessfully)
        {
            return;
        }

        var loaded = flush.AsTask();
        for (var waited = Limit; ; waited += Limit)
        {
            try
            {
                await loaded.WaitAsync(Limit, context.RequestAborted);
                return;
            }
            catch (TimeoutException) when (ingest!.Status.Refusal is null && waited < LongestLimit)
            {
                // On their way.
                continue;
            }
            catch (TimeoutException)
            {
                LogStale(waited);
                ResponseCache.Forbid(context);
                return;
            }
        }
    }

    [LoggerMessage(1311, LogLevel.Warning, "A read goes on without the newest flows: ClickHouse did not take them within {Waited}")]
    private partial void LogStale(TimeSpan waited);
}
