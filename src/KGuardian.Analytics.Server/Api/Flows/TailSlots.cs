using KGuardian.Analytics.Query;
using KGuardian.Analytics.Server.Metrics;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>The tails that are open: as many as <c>Query:MaxTails</c>, all ended when the server is told to end.</summary>
internal sealed class TailSlots
{
    private readonly QueryMetrics _metrics;
    private readonly int _most;
    private int _open;

    public TailSlots(QueryOptions options, QueryMetrics metrics, IHostApplicationLifetime lifetime)
    {
        _most = options.MaxTails;
        Ending = lifetime.ApplicationStopping;
        _metrics = metrics;
        metrics.ObserveTails(() => Volatile.Read(ref _open));
    }

    /// <summary>The server was told to end: a tail goes on elsewhere, or later, from where it was.</summary>
    public CancellationToken Ending { get; }

    /// <summary>Takes a slot, to be left; false when there is none.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) <= _most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _open);

    /// <summary>Counts flows sent.</summary>
    public void Sent(int flows) => _metrics.TailEvents.Add(flows);
}
