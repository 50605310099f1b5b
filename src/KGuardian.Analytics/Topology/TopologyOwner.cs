namespace KGuardian.Analytics.Topology;

/// <summary>What a question is about.</summary>
/// <param name="Kind">Namespace, Pod, Service, Node, or a kind of workload.</param>
/// <param name="Namespace">Its namespace; of a namespace its name; empty for nodes.</param>
/// <param name="Name">Its name; empty for namespaces.</param>
internal sealed record TopologyOwner(string Kind, string Namespace, string Name)
{
    /// <summary>It as an end.</summary>
    public TopologyEnd End => Kind == "Namespace" ? new(Kind, "", Namespace) : new(Kind, Kind == "Node" ? "" : Namespace, Name);

    /// <summary>Whether what a name was is it, or a part of it.</summary>
    public bool Has(NameSpan span) => Kind switch
    {
        "Namespace" => span.Type != "NODE" && span.Namespace == Namespace,
        "Node" => span.Type == "NODE" && span.Name == Name,
        "Service" => span.Type == "SERVICE" && span.Namespace == Namespace && span.Name == Name,
        "Pod" => span.Type == "POD" && span.Namespace == Namespace && span.Name == Name,
        _ => span.Type == "POD" && span.Namespace == Namespace && span.Kind == Kind && span.Workload == Name,
    };

    /// <summary>Whether a pod that the inventory does not know is.</summary>
    public bool HasUnknownPod(string space, string name) => Namespace == space && (Kind == "Namespace" || (Kind == "Pod" && Name == name));
}
