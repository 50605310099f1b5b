using System.Collections.Concurrent;

namespace KGuardian.Analytics.Ingest;

/// <summary>Lends sessions to requests, and bounds their number by the memory that their bodies may take.</summary>
public sealed class IngestSessions(IngestTier tier, IngestOptions options)
{
    /// <summary>Kept for the next request: more than run at once on two cores, each some 4 MB at most.</summary>
    private const int MostKept = 64;

    private readonly ConcurrentBag<IngestSession> _idle = [];

    internal long MaxBodyBytes => options.MaxBodyBytes;

    internal BufferBudget Budget { get; } = new(options.MaxBufferedBytes);

    /// <summary>Bytes of bodies held at the moment.</summary>
    public long BufferedBytes => Budget.Taken;

    /// <summary>A session with an empty batch.</summary>
    /// <exception cref="IngestUnavailableException">The tier does not take events yet.</exception>
    public IngestSession Open() =>
        tier.NotReady is { } reason ? throw new IngestUnavailableException(reason)
        : _idle.TryTake(out var session) ? session
        : new IngestSession(this, tier, tier.Hasher!);

    internal void Return(IngestSession session)
    {
        if (_idle.Count < MostKept)
        {
            _idle.Add(session);
        }
    }
}
