using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Ingest;

namespace KGuardian.Analytics.Server.Api;

/// <summary>
/// What was acknowledged before a read began is in its answer: waits until the journal's flows are in ClickHouse. When ClickHouse does
/// not take them (disk full, say) reads go on without, after a short wait: showing what there is beats showing nothing.
/// </summary>
internal sealed partial class ReadBarrier(ClickHouseHealth health, ILogger<ReadBarrier> logger, IngestTier? ingest = null)
{
    /// <summary>Ten times what an insert of a full block takes.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <exception cref="ClickHouseException">ClickHouse is away: a query would hang, or fail.</exception>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (health.Failure is { } failure)
        {
            throw new ClickHouseException(ClickHouseFailure.NotSent, 0, failure, "none");
        }

        // Another server's journal is out of reach: its flows come within Ingest:LoadInterval.
        var flush = ingest?.FlushAsync(cancellationToken) ?? ValueTask.CompletedTask;
        if (flush.IsCompletedSuccessfully)
        {
            return;
        }

        try
        {
            await flush.AsTask().WaitAsync(Limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            LogStale(Limit);
        }
    }

    [LoggerMessage(1311, LogLevel.Warning, "A read goes on without the newest flows: ClickHouse did not take them within {Limit}")]
    private partial void LogStale(TimeSpan limit);
}
