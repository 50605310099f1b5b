namespace KGuardian.Analytics.Query.Edges;

/// <summary>Flows of one connection's kind: the same ends, port, protocol and decision, reported by the same end in the same direction.</summary>
/// <param name="Client">Who opened it; who reported it when <paramref name="IsRoleKnown"/> is false.</param>
/// <param name="Server">Who took it; the other side when <paramref name="IsRoleKnown"/> is false.</param>
/// <param name="IsRoleKnown">Whether it is known who opened it.</param>
/// <param name="Protocol">The protocol's number; null when its text means none.</param>
/// <param name="ProtocolText">The protocol's name, or its text.</param>
/// <param name="ServerPort">The server's port; null when it is not known, or there is none.</param>
/// <param name="Decision">What became of it: ALLOW, DROP, or what else the agent says; '' for nothing.</param>
/// <param name="Reporter">Which end reported it in which direction, below <see cref="Reporters"/>. The same connection may come under several.</param>
internal sealed record ObservedEdge(
    EdgeEnd Client, EdgeEnd Server, bool IsRoleKnown, byte? Protocol, string ProtocolText, int? ServerPort, string Decision, int Reporter)
{
    /// <summary>Two ends, of which each can say that it came in, went out, or neither.</summary>
    public const int Reporters = 6;

    /// <summary>The word for what was not let through.</summary>
    public const string Drop = "DROP";

    /// <summary>By which it can be asked about again, with the same window and names.</summary>
    public ulong Key { get; init; }

    /// <summary>
    /// The pod that reported it, by its name, which <see cref="Client"/> or <see cref="Server"/> is unless it uses its node's network; null for none.
    /// </summary>
    public EdgeEnd? Pod { get; init; }

    /// <summary>Rows.</summary>
    public long Flows { get; init; }

    /// <summary>How often they were seen, the first time included; as many as flows where repeats were not asked for.</summary>
    public long Observations { get; init; }

    /// <summary>When the first of them was first seen, in microseconds since 1970.</summary>
    public long FirstSeen { get; init; }

    /// <summary>When the last of them was first seen, in microseconds since 1970.</summary>
    public long LastSeen { get; init; }

    /// <summary>When one of them was last seen, repeats included, in microseconds since 1970; <see cref="LastSeen"/> where they were not asked for.</summary>
    public long LastActive { get; init; }

    /// <summary>The uuid of one of the rows, where it was asked for.</summary>
    public Guid Example { get; init; }

    /// <summary>Whether the client reported it.</summary>
    public bool IsReportedByClient => (Reporter & 1) != 0;

    /// <summary>Whether it was not let through.</summary>
    public bool IsDropped => Decision.Equals(Drop, StringComparison.OrdinalIgnoreCase);
}
