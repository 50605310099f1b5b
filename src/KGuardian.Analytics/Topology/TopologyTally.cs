using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Topology;

/// <summary>What was observed of one edge of a map. A value: of a million edges objects would be half of the memory.</summary>
internal struct TopologyTally
{
    /// <summary>Rows.</summary>
    public long Flows { get; private set; }

    /// <summary>Those that were dropped.</summary>
    public long Dropped { get; private set; }

    /// <summary>Those that policies would have stopped.</summary>
    public long BlockedFlows { get; private set; }

    /// <summary>Where.</summary>
    public Blocking Blocking { get; private set; }

    /// <summary>Microseconds since 1970.</summary>
    public long FirstSeen { get; private set; }

    /// <summary>The same.</summary>
    public long LastSeen { get; private set; }

    /// <summary>Whether a client reported it.</summary>
    public bool ByClient { get; private set; }

    /// <summary>Whether a server did.</summary>
    public bool ByServer { get; private set; }

    /// <summary>By which what was observed can be asked about again; null where that is not wanted.</summary>
    public List<ulong>? Keys { get; private set; }

    /// <summary>Adds what was observed.</summary>
    /// <param name="edge">It.</param>
    /// <param name="isKnown">Whether anything was added before.</param>
    /// <param name="keepsKeys">Whether it is asked about again.</param>
    /// <param name="blocking">Where policies would have stopped it.</param>
    public void Add(ObservedEdge edge, bool isKnown, bool keepsKeys, Blocking blocking)
    {
        BlockedFlows += blocking == Blocking.None ? 0 : edge.Flows;
        Blocking |= blocking;
        Flows += edge.Flows;
        Dropped += edge.IsDropped ? edge.Flows : 0;
        FirstSeen = isKnown ? Math.Min(FirstSeen, edge.FirstSeen) : edge.FirstSeen;
        LastSeen = isKnown ? Math.Max(LastSeen, edge.LastSeen) : edge.LastSeen;
        ByClient |= edge.IsReportedByClient;
        ByServer |= !edge.IsReportedByClient;
        if (keepsKeys)
        {
            (Keys ??= []).Add(edge.Key);
        }
    }
}
