namespace KGuardian.ClickHouse.Client;

/// <summary>What a query cost, as ClickHouse says.</summary>
/// <param name="ReadRows">Rows read from tables.</param>
/// <param name="ReadBytes">Their bytes, uncompressed.</param>
internal readonly record struct ClickHouseSummary(long ReadRows, long ReadBytes)
{
    /// <summary>What two queries cost together.</summary>
    public static ClickHouseSummary operator +(ClickHouseSummary one, ClickHouseSummary other) =>
        new(one.ReadRows + other.ReadRows, one.ReadBytes + other.ReadBytes);
}
