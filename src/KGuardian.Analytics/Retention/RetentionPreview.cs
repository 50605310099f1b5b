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
