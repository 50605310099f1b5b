namespace KGuardian.Analytics.Query.Reports;

/// <summary>Flows counted.</summary>
/// <param name="Protocols">By protocol, the most frequent first.</param>
/// <param name="TopDestinationsUplink">The most frequent destinations of uplink flows.</param>
internal sealed record FlowReportStats(IReadOnlyList<ProtocolCount> Protocols, IReadOnlyList<DestinationCount> TopDestinationsUplink);
