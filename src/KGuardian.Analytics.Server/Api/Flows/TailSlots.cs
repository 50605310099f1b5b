using System.Diagnostics.Metrics;
using KGuardian.Analytics.Query;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>The tails that are open: as many as <c>Query:MaxTails</c>, all ended when the server is told to end.</summary>
internal sealed class TailSlots : IDisposable
{
    private readonly Meter _meter = new("KGuardian.Analytics.Server");
    private readonly Counter<long> _events;
    private readonly int _most;
    private int _open;

    public TailSlots(QueryOptions options, IHostApplicationLifetime lifetime)
    {
        _most = options.MaxTails;
        Ending = lifetime.ApplicationStopping;
        _meter.CreateObservableGauge("kguardian_tails", () => Volatile.Read(ref _open), description: "Tails that are open.");
        _events = _meter.CreateCounter<long>("kguardian_tail_events_total", description: "Flows sent to tails.");
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
    public void Sent(int flows) => _events.Add(flows);

    public void Dispose() => _meter.Dispose();
}
