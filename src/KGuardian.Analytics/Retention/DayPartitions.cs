using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Retention;

/// <summary>The partitions of the tables that are kept by the day, or the month, of arrival.</summary>
internal sealed class DayPartitions(ClickHouseCluster cluster)
{
    /// <summary>Days that rejected events are kept.</summary>
    private const int RejectedDays = 7;

    /// <summary>Days that events are kept which targets of forwarding refused.</summary>
    private const int DeadLetterDays = 7;

    /// <summary>
    /// Months of the audit log, and of what is known of exports' files, that are kept beside the one under way: a year, and what is left of its first month.
    /// </summary>
    private const int AuditMonths = 12;

    /// <summary>Those of flows, their activity and events before a day, oldest first; of all shards together.</summary>
    public Task<IReadOnlyList<ExpiredPartition>> BeforeAsync(DateOnly oldest, CancellationToken cancellationToken) =>
        ReadAsync(
            new ClickHouseQuery("""
                SELECT table AS table_name, partition, toDate(partition) AS day, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
                FROM system.parts
                WHERE active AND database = currentDatabase() AND table IN ('traffic', 'traffic_activity', 'secure_events', 'known_edges', 'edge_rollup')
                  AND toDate(partition) < {oldest:Date}
                GROUP BY table_name, partition
                """).With("oldest", oldest),
            cancellationToken);

    /// <summary>
    /// Those of rejected events, of dead letters, of audit verdicts, of the audit log and of exports' files that have had their time on a day. ClickHouse's
    /// own TTL would go by its clock, believed or not.
    /// </summary>
    /// <param name="today">The day.</param>
    /// <param name="verdictDays">Days that verdicts are kept; 0 is for ever.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<IReadOnlyList<ExpiredPartition>> OfLogsAsync(DateOnly today, int verdictDays, CancellationToken cancellationToken) =>
        ReadAsync(
            new ClickHouseQuery("""
                SELECT table AS table_name, partition,
                       any(if(table IN ('admin_events', 'export_reports'), makeDate(toUInt16OrZero(substring(partition, 1, 4)), toUInt8OrZero(substring(partition, 5, 2)), 1), toDateOrZero(partition))) AS day,
                       sum(rows) AS rows, sum(bytes_on_disk) AS bytes
                FROM system.parts
                WHERE active AND database = currentDatabase()
                  AND (table = 'rejected_events' AND toDateOrZero(partition) < {rejected:Date}
                    OR table = 'forwarding_dead_letters' AND toDateOrZero(partition) < {dead:Date}
                    OR table = 'audit_verdicts' AND toDateOrZero(partition) < {verdicts:Date}
                    OR table IN ('admin_events', 'export_reports') AND toUInt32OrZero(partition) < {month:UInt32})
                GROUP BY table_name, partition
                """)
                .With("rejected", today.AddDays(-RejectedDays))
                .With("dead", today.AddDays(-DeadLetterDays))
                .With("verdicts", verdictDays == 0 ? DateOnly.FromDateTime(DateTime.UnixEpoch) : today.AddDays(-verdictDays))
                .With("month", today.AddMonths(-AuditMonths) is var first ? (first.Year * 100) + first.Month : 0),
            cancellationToken);

    /// <summary>Drops one, on every shard; reads under way keep what they have begun to read.</summary>
    public Task DropAsync(ExpiredPartition partition, CancellationToken cancellationToken) =>
        cluster.ExecuteOnShardsAsync(
            new ClickHouseQuery("ALTER TABLE {table:Identifier} DROP PARTITION {partition:String}")
                .With("table", partition.TableName).With("partition", partition.Partition)
                // The size at which ClickHouse asks back is for people's mistakes.
                .WithSetting("max_partition_size_to_drop", "0"),
            cancellationToken);

    private async Task<IReadOnlyList<ExpiredPartition>> ReadAsync(ClickHouseQuery query, CancellationToken cancellationToken)
    {
        var partitions = await cluster.QueryShardsAsync<ExpiredPartition>(query, cancellationToken);
        return [.. partitions
            .GroupBy(partition => (partition.Day, partition.TableName, partition.Partition))
            .Select(shards => new ExpiredPartition(
                shards.Key.TableName, shards.Key.Partition, shards.Key.Day, shards.Sum(shard => shard.Rows), shards.Sum(shard => shard.Bytes)))
            .OrderBy(partition => partition.Day).ThenBy(partition => partition.TableName, StringComparer.Ordinal)];
    }
}
