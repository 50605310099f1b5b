namespace KGuardian.Analytics.Query.Audits;

/// <summary>What an audit is about.</summary>
internal enum EgressKind
{
    /// <summary>A TCP connection, allowed or dropped: one flow.</summary>
    TcpConnection,

    /// <summary>ICMP or ICMPv6 of a pod to an address, dropped: all such flows.</summary>
    IcmpDrop,
}

/// <summary>Egress of a pod.</summary>
internal sealed record EgressAudit
{
    /// <summary>What it is.</summary>
    public EgressKind Kind { get; init; }

    /// <summary>Whether it was let through.</summary>
    public bool IsAllowed { get; init; }

    /// <summary>The pod's namespace; "" for none.</summary>
    public string PodNamespace { get; init; } = "";

    /// <summary>The pod's name; "" where the agent did not know it.</summary>
    public string PodName { get; init; } = "";

    /// <summary>The pod's UID as of its newest flow's time; null where the inventory does not know it.</summary>
    public string? Uid { get; init; }

    /// <summary>Where it went.</summary>
    public string? Destination { get; init; }

    /// <summary>The destination's port; null for none.</summary>
    public int? Port { get; init; }

    /// <summary>The id by which traffic_activity knows the flow; 0 for that of several.</summary>
    public ulong FlowId { get; init; }

    /// <summary>When it was first seen, in microseconds since 1970.</summary>
    public long First { get; init; }

    /// <summary>When its newest flow was first seen, in microseconds since 1970.</summary>
    public long Newest { get; init; }

    /// <summary>When it was last seen, in microseconds since 1970.</summary>
    public long Last { get; init; }

    /// <summary>How often it was seen.</summary>
    public ulong Observations { get; init; }
}
