namespace KGuardian.Analytics.Storage;

/// <summary>Settings <c>Storage:*</c>: where flows lie, by age, and how they are compressed.</summary>
internal sealed record StorageOptions
{
    /// <summary>
    /// Storage policy of the flows' tables, of two volumes or more: new flows are in the first one, old ones in the last. Null: as the tables are.
    /// </summary>
    public string? Policy { get; init; }

    /// <summary>
    /// Days after the arrival of its flows on which a day is moved to the last volume; 0 moves all days back to the first one. Default 7.
    /// </summary>
    public int ColdAfterDays { get; init; } = 7;

    /// <summary>
    /// Compression of what is written from now on, by inserts and merges: <c>LZ4</c> or <c>ZSTD(1)</c> to <c>ZSTD(22)</c>. Default <c>ZSTD(1)</c>.
    /// </summary>
    public string Codec { get; init; } = "ZSTD(1)";
}
