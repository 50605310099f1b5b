namespace KGuardian.Analytics.Topology;

/// <summary>Edges, and what a limit left out.</summary>
/// <param name="Edges">The strongest, the strongest first.</param>
/// <param name="OtherEdges">How many there are besides.</param>
/// <param name="OtherFlows">Their flows.</param>
internal sealed record TopologyEdges(IReadOnlyList<TopologyEdge> Edges, long OtherEdges, long OtherFlows)
{
    /// <summary>Whether a limit left some out.</summary>
    public bool IsCut => OtherEdges > 0;
}
