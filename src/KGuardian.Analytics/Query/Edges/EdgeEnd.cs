namespace KGuardian.Analytics.Query.Edges;

/// <summary>One end of a connection, as of its time. Equal labels are one object within a slice, so that ends are equal when they say the same.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="Namespace">The pod's or service's namespace; '' for others.</param>
/// <param name="Name">Name of the pod, service or node; '' for an address.</param>
/// <param name="Node">The node that the pod was on, or that it was; null when it is not known.</param>
/// <param name="WorkloadKind">The kind of the pod's workload; null when it is not known.</param>
/// <param name="Workload">The workload's name; null when it is not known.</param>
/// <param name="Labels">The pod's labels; null when they are not known.</param>
/// <param name="Address">The address; null when it is not known.</param>
internal sealed record EdgeEnd(
    EdgeEndKind Kind, string Namespace, string Name, string? Node, string? WorkloadKind, string? Workload, IReadOnlyDictionary<string, string>? Labels,
    string? Address);
