using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup.Runs;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Store;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// Learns every second what other servers stored, so that a flow that comes to two of them is seldom stored twice. By their place in the order of
/// arrival, with a margin: a flow shows some time after its place was given. What comes later still is stored twice, and read once. Servers' clocks
/// may differ by any time: each goes on behind the places of the others.
/// </summary>
/// <param name="storedKeys">Reads them.</param>
/// <param name="registry">Gets to know them.</param>
/// <param name="arrivals">This server's own places.</param>
/// <param name="hasher">Makes their keys.</param>
/// <param name="loaded">The last place before the index was loaded.</param>
/// <param name="logger">Log.</param>
internal sealed partial class RemoteWriterFlows(
    StoredKeys storedKeys, FlowRegistry registry, ArrivalSequence arrivals, FlowKeyHasher hasher, long loaded, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    private long _known = loaded;

    /// <summary>What learns, to be started.</summary>
    public PeriodicWorker Worker(TimeProvider clock)
    {
        registry.LearnedUpTo(Sure(_known));
        return new PeriodicWorker(Interval, LearnAsync, e => LogNotLearned(e.Message), clock);
    }

    private async Task LearnAsync(CancellationToken cancellationToken)
    {
        var last = await storedKeys.ReadLastSequenceAsync(cancellationToken);
        if (last == _known)
        {
            return;
        }

        arrivals.ResumeAfterOther(last);
        await foreach (var flows in storedKeys.ReadAsync(hasher, Sure(_known), last, cancellationToken))
        {
            try
            {
                registry.Learn(flows.Keys, flows.Days);
            }
            catch (Exception e) when (RunFailure.IsOfFile(e))
            {
                registry.Doubt(e.Message);
                return;
            }
        }

        _known = last;
        registry.LearnedUpTo(Sure(last));
    }

    /// <summary>Up to which place nothing shows any more, when something at <paramref name="last"/> does.</summary>
    private static long Sure(long last) => Math.Max(0, last - (long)Margin.TotalMicroseconds);

    [LoggerMessage(1245, LogLevel.Warning, "What other servers stored could not be read; it is tried again: {Reason}")]
    private partial void LogNotLearned(string reason);
}
