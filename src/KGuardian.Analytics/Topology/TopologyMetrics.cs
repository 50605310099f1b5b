using System.Diagnostics.Metrics;

namespace KGuardian.Analytics.Topology;

/// <summary>Instruments of the topology.</summary>
internal sealed class TopologyMetrics
{
    private long _unresolved;

    /// <summary>Registers the instruments.</summary>
    public TopologyMetrics(IMeterFactory meters) => meters.Create("KGuardian.Analytics.Topology").CreateObservableGauge(
        "kguardian_topology_unresolved_peers", () => Volatile.Read(ref _unresolved),
        description: "Networks whose addresses nobody of the inventory had, in the newest map of everything that was asked for.");

    /// <summary>Networks outside, of the newest map.</summary>
    public long Unresolved
    {
        get => Volatile.Read(ref _unresolved);
        set => Volatile.Write(ref _unresolved, value);
    }
}
