namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>Settings <c>Dedup:*</c>: how known flows are remembered.</summary>
internal sealed record DedupOptions
{
    /// <summary>Enough to try things out: an index of some thousand flows, and files of a hundred.</summary>
    public const long LeastMemoryBytes = 64 << 10;

    /// <summary>Bytes of a slot at the load of 3/4 that a full index has.</summary>
    private const long BytesAnIndexedFlow = 22;

    /// <summary>
    /// Memory for known flows, all in: the filters of their files (1.5 bytes a flow), flows that are not in a file yet, and with what is left the
    /// index of those seen lately. It bounds neither how many flows there may be nor how exact their counts are: less memory means that more repeats
    /// are looked up on disk. Default 1/32 of the memory that this process may use, at least 64 MiB.
    /// </summary>
    public long MemoryBytes { get; init; } = Math.Max(64 << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 32);

    /// <summary>
    /// Flows of a file at first: with 16 bytes each, held three times while a file is written (gathering, written, sorted), they take a tenth of the memory.
    /// </summary>
    public int RunFlows => (int)Math.Clamp(MemoryBytes / 512, 64, 4 << 20);

    /// <summary>What the index may hold beside files that take so much memory: at least what is not saved, and as much again.</summary>
    public long IndexedFlows(long runBytes) => Math.Max(8L * RunFlows, (MemoryBytes - runBytes - (3L * 16 * RunFlows)) / BytesAnIndexedFlow);
}
