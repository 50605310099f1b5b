using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Policies.Observed;

/// <summary>What an end of edges is shown as: pods by their workload.</summary>
/// <param name="Kind">Deployment and other kinds of workloads, Pod, Node, Service; External for an address.</param>
/// <param name="Namespace">Its namespace; '' for none.</param>
/// <param name="Name">Its name, or the address.</param>
internal sealed record EdgeOwner(string Kind, string Namespace, string Name) : IComparable<EdgeOwner>
{
    /// <summary>The kind of an address.</summary>
    public const string External = "External";

    /// <summary>What an end is shown as.</summary>
    public static EdgeOwner Of(EdgeEnd end) => end.Kind switch
    {
        EdgeEndKind.Pod => end is { Workload: { } workload, WorkloadKind: { } kind } ? new(kind, end.Namespace, workload) : new("Pod", end.Namespace, end.Name),
        EdgeEndKind.Node => new("Node", "", end.Name),
        EdgeEndKind.Service => new("Service", end.Namespace, end.Name),
        _ => new(External, "", end.Address ?? ""),
    };

    /// <summary>The order of answers: namespace, kind, name.</summary>
    public int CompareTo(EdgeOwner? other) => other is null ? 1
        : string.CompareOrdinal(Namespace, other.Namespace) is not 0 and var namespaces ? namespaces
        : string.CompareOrdinal(Kind, other.Kind) is not 0 and var kinds ? kinds
        : string.CompareOrdinal(Name, other.Name);

    /// <inheritdoc/>
    public override string ToString() => Namespace.Length > 0 ? $"{Kind} {Namespace}/{Name}" : $"{Kind} {Name}";
}
