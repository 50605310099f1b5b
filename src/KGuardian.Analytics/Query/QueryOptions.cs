namespace KGuardian.Analytics.Query;

/// <summary>Settings <c>Query:*</c>: limits of reading.</summary>
internal sealed record QueryOptions
{
    /// <summary>
    /// Whether a flow's row may stand several times in the table until ClickHouse merges them (<c>Ingest:Servers</c> = several). The client must then
    /// read with ClickHouse's setting <c>final</c>.
    /// </summary>
    public bool RowsMayRepeat { get; init; }

    /// <summary>Whether edges are read from <c>edge_rollup</c> (<c>Topology:Rollup</c>).</summary>
    public bool HasRollup { get; init; }

    /// <summary>Longest time that one read may take, its reader's slowness included. Default 1 h.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Most memory of one read on the ClickHouse side, in bytes. Default 2 GiB.</summary>
    public long MemoryLimitBytes { get; init; } = 2L << 30;

    /// <summary>
    /// Whether reads are nobody's who waits: one thread each, and what is sorted and grouped goes to ClickHouse's disk where it would take much memory.
    /// </summary>
    public bool IsBackground { get; init; }

    /// <summary>Most tails at once. Default 64: with new flows each asks ClickHouse twice a second.</summary>
    public int MaxTails { get; init; } = 64;

    /// <summary>Queries of one client that run at once, of aggregates and of rows each. Default 2 a core, 8 to 64.</summary>
    public int MaxConcurrentPerClient { get; init; } = Math.Clamp(2 * Environment.ProcessorCount, 8, 64);

    /// <summary>
    /// How long a query of a client that has so many running waits for one of them to end before it is refused. Default 10 s, as long as most clients wait.
    /// </summary>
    public TimeSpan QueueTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Queries of one client that wait at most: a bound of the memory that they take, some 20 KB each. Default 1000.</summary>
    public int QueuePerClient { get; init; } = 1000;

    /// <summary>How long answers of aggregates are kept for the same question again, unless flows changed; zero keeps none. Default 10 s.</summary>
    public TimeSpan CacheTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Most memory of answers kept, in bytes. Default 64 MiB.</summary>
    public long CacheBytes { get; init; } = 64L << 20;
}
