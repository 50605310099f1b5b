using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Retention;

/// <summary>The partitions of the tables that are kept by arrival day.</summary>
internal sealed class DayPartitions(ClickHouseCluster cluster)
{
    /// <summary>Those before a day, oldest first; of all shards together.</summary>
    public async Task<IReadOnlyList<ExpiredPartition>> BeforeAsync(DateOnly oldest, CancellationToken cancellationToken)
    {
        var partitions = await cluster.QueryShardsAsync<ExpiredPartition>(
            new ClickHouseQuery("""
                SELECT table AS table_name, toDate(partition) AS day, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
                FROM system.parts
                WHERE active AND database = currentDatabase() AND table IN ('traffic', 'traffic_activity') AND toDate(partition) < {oldest:Date}
                GROUP BY table_name, day
                ORDER BY day, table_name
                """).With("oldest", oldest),
            cancellationToken);
        return [.. partitions
            .GroupBy(partition => (partition.Day, partition.TableName))
            .Select(shards => new ExpiredPartition(shards.Key.TableName, shards.Key.Day, shards.Sum(shard => shard.Rows), shards.Sum(shard => shard.Bytes)))
            .OrderBy(partition => partition.Day).ThenBy(partition => partition.TableName, StringComparer.Ordinal)];
    }

    /// <summary>Drops one, on every shard; reads under way keep what they have begun to read.</summary>
    public Task DropAsync(ExpiredPartition partition, CancellationToken cancellationToken) =>
        cluster.ExecuteOnShardsAsync(
            new ClickHouseQuery("ALTER TABLE {table:Identifier} DROP PARTITION {day:Date}")
                .With("table", partition.TableName).With("day", partition.Day)
                // The size at which ClickHouse asks back is for people's mistakes.
                .WithSetting("max_partition_size_to_drop", "0"),
            cancellationToken);
}
