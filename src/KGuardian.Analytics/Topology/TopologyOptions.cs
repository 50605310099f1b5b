using System.Net;

namespace KGuardian.Analytics.Topology;

/// <summary>Settings <c>Topology:*</c>.</summary>
internal sealed record TopologyOptions
{
    /// <summary>What flows of an unnamed cluster count as.</summary>
    public const string NoCluster = "(not provided)";

    /// <summary>The name of the cluster whose flows this store has; null for none, which shows as <see cref="NoCluster"/>.</summary>
    public string? ClusterName { get; init; }

    /// <summary>The networks of the cluster's pods, services and nodes: an address that is nobody's is inside or outside by them. Default none.</summary>
    public IReadOnlyList<IPNetwork> ClusterCidrs { get; init; } = [];

    /// <summary><c>Topology:Rollup</c>: whether flows are grouped for maps and policies as they come. Default yes.</summary>
    public bool HasRollup { get; init; } = true;

    /// <summary>The cluster as selectors name it.</summary>
    public string Cluster => ClusterName ?? NoCluster;

    /// <summary>Whether what lies outside of the cluster can be told.</summary>
    public bool AreSubnetsComplete => ClusterCidrs.Count > 0;
}
