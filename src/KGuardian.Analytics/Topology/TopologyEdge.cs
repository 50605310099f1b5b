namespace KGuardian.Analytics.Topology;

/// <summary>Who talks to whom on which port, however often and by whomever it was reported.</summary>
/// <param name="Client">Who opened the connections.</param>
/// <param name="Server">Who took them.</param>
/// <param name="Port">The server's port; null for none.</param>
/// <param name="Protocol">The protocol's name; null when it is not known.</param>
/// <param name="Flows">The rows behind it.</param>
/// <param name="Dropped">Those of them that were dropped.</param>
/// <param name="Connections">The different addresses and ports of clients; null where they were not counted.</param>
/// <param name="Observations">The most that one end saw in one direction, repeats included; null where they were not counted.</param>
/// <param name="FirstSeen">Microseconds since 1970.</param>
/// <param name="LastSeen">The same.</param>
/// <param name="ByClient">Whether a client reported it.</param>
/// <param name="ByServer">Whether a server did.</param>
internal sealed record TopologyEdge(
    TopologyEnd Client, TopologyEnd Server, int? Port, string? Protocol, long Flows, long Dropped, long? Connections, long? Observations, long FirstSeen,
    long LastSeen, bool ByClient, bool ByServer)
{
    /// <summary>Those of its flows that policies would have stopped.</summary>
    public long BlockedFlows { get; init; }

    /// <summary>Where they would have been stopped.</summary>
    public Blocking Blocking { get; init; }

    /// <summary>Which ends reported it: <c>client</c>, <c>server</c>, or both.</summary>
    public IEnumerable<string> ReportedBy => (ByClient, ByServer) switch { (true, true) => ["client", "server"], (true, false) => ["client"], _ => ["server"] };

    /// <summary>A text that is the same whenever it is asked for.</summary>
    public string Id => $"{Client.Id}>{Server.Id}:{Port}/{Protocol}";
}
