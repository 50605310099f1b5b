using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Topology;

/// <summary>What a question is about.</summary>
/// <param name="Kind">Namespace, Pod, Service, Node, or a kind of workload.</param>
/// <param name="Namespace">Its namespace; of a namespace its name; empty for nodes.</param>
/// <param name="Name">Its name; empty for namespaces.</param>
internal sealed record TopologyOwner(string Kind, string Namespace, string Name)
{
    /// <summary>It as an end.</summary>
    public TopologyEnd End => Kind == "Namespace" ? new(Kind, "", Namespace) : new(Kind, Kind == "Node" ? "" : Namespace, Name);

    /// <summary>The flows that it can be an end of.</summary>
    public EdgeScope Scope => new(Kind, Namespace, Name);

    /// <summary>Whether an end is it, or a part of it.</summary>
    public bool Has(EdgeEnd end) => Kind switch
    {
        "Namespace" => end.Kind is EdgeEndKind.Pod or EdgeEndKind.Service && end.Namespace == Namespace,
        "Node" => end.Kind == EdgeEndKind.Node && end.Name == Name,
        "Service" => end.Kind == EdgeEndKind.Service && end.Namespace == Namespace && end.Name == Name,
        "Pod" => end.Kind == EdgeEndKind.Pod && end.Namespace == Namespace && end.Name == Name,
        _ => end.Kind == EdgeEndKind.Pod && end.Namespace == Namespace && end.WorkloadKind == Kind && end.Workload == Name,
    };
}
