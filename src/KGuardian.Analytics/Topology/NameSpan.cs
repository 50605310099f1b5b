namespace KGuardian.Analytics.Topology;

/// <summary>What an address or a pod's name was for a time: a row of <c>name_history</c>, with the keys by which SQL knows its ends.</summary>
/// <param name="Subject">address or pod.</param>
/// <param name="Key">The address, or namespace/name.</param>
/// <param name="Begin">Microseconds since 1970.</param>
/// <param name="End">The same, not part of it.</param>
/// <param name="Type">POD, SERVICE or NODE.</param>
/// <param name="Namespace">The namespace; empty for nodes.</param>
/// <param name="Name">The pod's, service's or node's name.</param>
/// <param name="Node">The node that the pod is on.</param>
/// <param name="Kind">The workload's kind; empty but for pods.</param>
/// <param name="Workload">The workload.</param>
/// <param name="Labels">The pod's labels, as JSON.</param>
/// <param name="PodKey">The key of the pod as an end.</param>
/// <param name="WorkloadKey">That of its workload.</param>
/// <param name="NamespaceKey">That of its namespace.</param>
/// <param name="NodeKey">That of its node.</param>
/// <param name="ServiceKey">That of the service.</param>
/// <param name="SpaceHash">A hash of the namespace's name.</param>
internal sealed record NameSpan(
    string Subject, string Key, long Begin, long End, string Type, string Namespace, string Name, string Node, string Kind, string Workload, string Labels,
    ulong PodKey, ulong WorkloadKey, ulong NamespaceKey, ulong NodeKey, ulong ServiceKey, ulong SpaceHash)
{
    /// <summary>Whether it is so at some time of a window, both in microseconds since 1970.</summary>
    public bool Overlaps(long from, long to) => Begin < to && End > from;
}
