using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Store;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>
/// Learns every second what other servers stored, so that a flow that comes to two of them is seldom stored twice. By their place in the order of
/// arrival, with a margin: a flow shows some time after its place was given. What comes later still is stored twice, and read once. Servers' clocks may differ by any
/// time: each goes on behind the places of the others.
/// </summary>
/// <param name="storedKeys">Reads them.</param>
/// <param name="registry">Gets to know them.</param>
/// <param name="arrivals">This server's own places.</param>
/// <param name="hasher">Makes their keys.</param>
/// <param name="loaded">The last place before the index was loaded.</param>
/// <param name="logger">Log.</param>
internal sealed partial class RemoteWriterFlows(StoredKeys storedKeys, FlowRegistry registry, ArrivalSequence arrivals, FlowKeyHasher hasher, long loaded, ILogger logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>Keys taken over at a time: requests wait for the index meanwhile.</summary>
    private const int KeysAtATime = 1024;

    private long _known = loaded;

    /// <summary>What learns, to be started.</summary>
    public PeriodicWorker Worker(TimeProvider clock) => new(Interval, LearnAsync, e => LogNotLearned(e.Message), clock);

    private async Task LearnAsync(CancellationToken cancellationToken)
    {
        var last = await storedKeys.ReadLastSequenceAsync(cancellationToken);
        if (last == _known)
        {
            return;
        }

        arrivals.ResumeAfterOther(last);
        var flows = new List<KeyValuePair<FlowKey, ushort>>();
        await storedKeys.ReadBehindAsync(
            hasher, Math.Max(0, _known - (long)Margin.TotalMicroseconds), last,
            (key, day) =>
            {
                flows.Add(new(key, day));
                if (flows.Count == KeysAtATime)
                {
                    Learn(flows);
                }
            },
            cancellationToken);
        Learn(flows);
        _known = last;
    }

    private void Learn(List<KeyValuePair<FlowKey, ushort>> flows)
    {
        registry.Learn(flows);
        flows.Clear();
    }

    [LoggerMessage(1245, LogLevel.Warning, "What other servers stored could not be read; it is tried again: {Reason}")]
    private partial void LogNotLearned(string reason);
}
