using System.Collections.Concurrent;

namespace KGuardian.Analytics.Ingest.Tier;

/// <summary>Lends sessions to requests, and bounds their number by the memory that their bodies may take.</summary>
internal sealed class IngestSessions
{
    /// <summary>Kept for the next request: more than run at once on two cores, each some 4 MB at most.</summary>
    private const int MostKept = 64;

    private readonly ConcurrentBag<IngestSession> _idle = [];
    private readonly IngestTier _tier;

    /// <summary>Lends sessions for a tier.</summary>
    /// <param name="tier">Takes what the sessions read.</param>
    /// <param name="options">Settings <c>Ingest:*</c>.</param>
    /// <param name="metrics">Gets a gauge of the bytes held.</param>
    public IngestSessions(IngestTier tier, IngestOptions options, IngestMetrics metrics)
    {
        _tier = tier;
        MaxBodyBytes = options.MaxBodyBytes;
        Budget = new BufferBudget(options.MaxBufferedBytes);
        metrics.Meter.CreateObservableGauge(
            "kguardian_ingest_buffered_bytes", () => Budget.Taken, "By", "Bytes of bodies held while they are read and committed.");
    }

    internal long MaxBodyBytes { get; }

    internal BufferBudget Budget { get; }

    /// <summary>A session with an empty batch.</summary>
    /// <exception cref="IngestUnavailableException">The tier does not take events yet.</exception>
    public IngestSession Open() =>
        _tier.NotReady is { } reason ? throw new IngestUnavailableException(reason)
        : _idle.TryTake(out var session) ? session
        : new IngestSession(this, _tier, _tier.Hasher!);

    internal void Return(IngestSession session)
    {
        if (_idle.Count < MostKept)
        {
            _idle.Add(session);
        }
    }
}
