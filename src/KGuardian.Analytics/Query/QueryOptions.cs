namespace KGuardian.Analytics.Query;

/// <summary>Settings <c>Query:*</c>: limits of reading.</summary>
public sealed record QueryOptions
{
    /// <summary>Longest time that one read may take, its reader's slowness included. Default 1 h.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Most memory of one read on the ClickHouse side, in bytes. Default 2 GiB.</summary>
    public long MemoryLimitBytes { get; init; } = 2L << 30;

    /// <summary>Most tails at once. Default 64: with new flows each asks ClickHouse twice a second.</summary>
    public int MaxTails { get; init; } = 64;
}
