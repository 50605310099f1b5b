namespace KGuardian.Analytics.Query.Edges;

/// <summary>What of an edge is counted flow by flow.</summary>
/// <param name="Connections">Different addresses and ports of clients.</param>
/// <param name="Observations">The largest of what one end reported in one direction, repeats included.</param>
/// <param name="LastActive">When one of its flows was last seen, repeats included, in microseconds since 1970.</param>
internal readonly record struct EdgeCounts(long Connections, long Observations, long LastActive);
