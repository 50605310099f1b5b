namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>Settings <c>Dedup:*</c>: how known flows are remembered.</summary>
internal sealed record DedupOptions
{
    /// <summary>
    /// Flows whose keys are held in memory, at 21 to 32 bytes each. Above it the store stays exact by asking ClickHouse for keys that are
    /// not held, which is slower. Default 40,000,000 (at most 1.3 GB, when there are so many).
    /// </summary>
    public long MaxFlowsInMemory { get; init; } = 40_000_000;
}
