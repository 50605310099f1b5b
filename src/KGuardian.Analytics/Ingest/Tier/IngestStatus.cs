namespace KGuardian.Analytics.Ingest.Tier;

/// <summary>How the ingest tier is.</summary>
/// <param name="NotReady">Why batches are not taken at all; null when they are.</param>
/// <param name="Refusal">Why new flows are refused now; null when they are taken.</param>
/// <param name="BacklogFlows">Flows acknowledged, in the journal, and not yet in ClickHouse.</param>
/// <param name="MaxBacklogFlows">At so many, new ones are refused.</param>
/// <param name="JournalBytes">Bytes of the journal that wait for ClickHouse.</param>
/// <param name="KnownFlows">Known flows, in memory and in files.</param>
/// <param name="IsIndexComplete">Whether every known flow is in memory or in a file.</param>
internal sealed record IngestStatus(
    string? NotReady, string? Refusal, int BacklogFlows, int MaxBacklogFlows, long JournalBytes, long KnownFlows, bool IsIndexComplete);
