using System.Diagnostics.Metrics;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>What replays, comparisons and proposals cost.</summary>
internal sealed class PolicyMetrics
{
    public PolicyMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("KGuardian.Analytics.Policies");
        Flows = meter.CreateCounter<long>("kguardian_policies_flows_total", description: "Flows that replays, comparisons and proposals looked at");
        Edges = meter.CreateCounter<long>("kguardian_policies_edges_total", description: "Rows of edges that replays, comparisons and proposals looked at");
    }

    /// <summary>Flows that were looked at.</summary>
    public Counter<long> Flows { get; }

    /// <summary>Rows of edges that were looked at.</summary>
    public Counter<long> Edges { get; }
}
