namespace KGuardian.Analytics.Topology;

/// <summary>One end of edges: a workload, a pod without one, a service, a node, a namespace, or a network outside.</summary>
/// <param name="Kind">Deployment, StatefulSet and so on; Pod, Service, Node, Namespace, or <see cref="External"/>.</param>
/// <param name="Namespace">Its namespace; empty for nodes, namespaces and what is outside.</param>
/// <param name="Name">Its name; of a network its notation, of an address the address.</param>
internal sealed record TopologyEnd(string Kind, string Namespace, string Name) : IComparable<TopologyEnd>
{
    /// <summary>The kind of what nobody in the inventory is.</summary>
    public const string External = "External";

    /// <summary>A text that is the same whenever it is asked for.</summary>
    public string Id => $"{Namespace}/{Kind}/{Name}";

    /// <summary>Order by namespace, kind and name.</summary>
    public int CompareTo(TopologyEnd? other) =>
        other is null ? 1
        : string.CompareOrdinal(Namespace, other.Namespace) is not 0 and var space ? space
        : string.CompareOrdinal(Kind, other.Kind) is not 0 and var kind ? kind
        : string.CompareOrdinal(Name, other.Name);
}
