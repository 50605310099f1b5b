using KGuardian.Analytics.Retention;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Whether what has expired was dropped.</summary>
/// <param name="client">ClickHouse.</param>
/// <param name="window">Which days show.</param>
internal sealed class RetentionCheck(ClickHouseClient client, RetentionWindow window) : Check("retention")
{
    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var oldest = window.OldestDay;
        var expired = await new DayPartitions(ClickHouseCluster.Of(client)).BeforeAsync(oldest, cancellationToken);
        var kept = window.Days > 0 ? $"Flows are kept for {window.Days} days, since {oldest:yyyy-MM-dd}" : "Flows are kept for ever";
        (string, object?)[] evidence =
        [
            ("days", window.Days), ("oldest_day", oldest), ("expired_partitions", expired.Count),
            ("rows", expired.Sum(partition => partition.Rows)), ("bytes", expired.Sum(partition => partition.Bytes)),
        ];
        // The day that ended at midnight goes within the hour.
        return expired.Any(partition => partition.Day < oldest.AddDays(-1))
            ? [Warning(
                $"{kept}, but {expired.Count} expired partitions with {Size(expired.Sum(partition => partition.Bytes))} are still there, "
                + $"the oldest of {expired[0].Day:yyyy-MM-dd}; they do not show",
                "A running server drops them each hour: see its log for 'Expired days could not be dropped'.", evidence)]
            : [Ok($"{kept}; {expired.Count} expired partitions are left", evidence)];
    }
}
