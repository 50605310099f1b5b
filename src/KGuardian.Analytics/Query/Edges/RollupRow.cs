namespace KGuardian.Analytics.Query.Edges;

/// <summary>A row of <c>edge_rollup</c>: flows of one group and hour.</summary>
internal struct RollupRow
{
    /// <summary>The reporting pod's namespace; null for none, as of all its texts.</summary>
    public string? Namespace;

    /// <summary>Its name.</summary>
    public string? Pod;

    /// <summary>Its address.</summary>
    public string? PodIp;

    /// <summary>The other side's address where it is IPv4; 0 for others.</summary>
    public uint PeerV4;

    /// <summary>The other side's address where it is not.</summary>
    public string? PeerOther;

    /// <summary>INGRESS, EGRESS, or what else the agent says.</summary>
    public string? Direction;

    /// <summary>The protocol.</summary>
    public string? Protocol;

    /// <summary>What became of it.</summary>
    public string? Decision;

    /// <summary>1 when the pod that reported is the client, 0 when its peer is, -1 when nothing tells.</summary>
    public sbyte PodIsClient;

    /// <summary>The server's port; 0 for none.</summary>
    public int Port;

    /// <summary>When the first of the flows was first seen, in microseconds since 1970.</summary>
    public long First;

    /// <summary>When the last of them was.</summary>
    public long Last;

    /// <summary>The smallest sequence of the flows.</summary>
    public long FirstSequence;

    /// <summary>The largest.</summary>
    public long LastSequence;

    /// <summary>The hash of the flows' group.</summary>
    public ulong Group;

    /// <summary>The other side's address as flows have it.</summary>
    public readonly string? Peer => PeerV4 == 0 ? PeerOther : Ipv4(PeerV4);

    /// <summary>An address by its number.</summary>
    public static string Ipv4(uint address) => $"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}";
}
