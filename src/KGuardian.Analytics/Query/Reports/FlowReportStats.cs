namespace KGuardian.Analytics.Query.Reports;

/// <summary>Flows counted.</summary>
/// <param name="Protocols">By protocol, the most frequent first.</param>
/// <param name="TopDestinationsUplink">The most frequent destinations of uplink flows.</param>
internal sealed record FlowReportStats(IReadOnlyList<ProtocolCount> Protocols, IReadOnlyList<DestinationCount> TopDestinationsUplink);

/// <summary>How many flows there are of a protocol.</summary>
/// <param name="Protocol">Its number; null stands for all texts that are no protocol's.</param>
/// <param name="Count">The flows.</param>
internal sealed record ProtocolCount(int? Protocol, long Count);

/// <summary>How many flows go to an address.</summary>
/// <param name="Ip">The address.</param>
/// <param name="Count">The flows.</param>
internal sealed record DestinationCount(string Ip, long Count);
