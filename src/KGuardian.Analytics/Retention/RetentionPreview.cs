namespace KGuardian.Analytics.Retention;

/// <summary>What would go if flows were kept for some days.</summary>
/// <param name="Days">The days asked about.</param>
/// <param name="OldestDay">The oldest arrival day that would show.</param>
/// <param name="Partitions">Partitions that would be dropped.</param>
internal sealed record RetentionPreview(int Days, DateOnly OldestDay, IReadOnlyList<ExpiredPartition> Partitions)
{
    /// <summary>Their rows.</summary>
    public long Rows => Partitions.Sum(partition => partition.Rows);

    /// <summary>Their bytes on disk.</summary>
    public long Bytes => Partitions.Sum(partition => partition.Bytes);
}

/// <summary>One table's rows of one arrival day, or month.</summary>
/// <param name="TableName">Table.</param>
/// <param name="Partition">ClickHouse's name for it: <c>2026-11-26</c>, <c>202611</c>.</param>
/// <param name="Day">Its (first) day.</param>
/// <param name="Rows">Rows, as ClickHouse holds them now.</param>
/// <param name="Bytes">Bytes on disk.</param>
internal sealed record ExpiredPartition(string TableName, string Partition, DateOnly Day, long Rows, long Bytes);
