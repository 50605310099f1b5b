using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Retention;

/// <summary>The partitions of the tables that are kept by arrival day.</summary>
internal sealed class DayPartitions(ClickHouseClient client)
{
    /// <summary>Those before a day, oldest first.</summary>
    public Task<IReadOnlyList<ExpiredPartition>> BeforeAsync(DateOnly oldest, CancellationToken cancellationToken) =>
        client.QueryAsync<ExpiredPartition>(
            new ClickHouseQuery("""
                SELECT table AS table_name, toDate(partition) AS day, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
                FROM system.parts
                WHERE active AND database = {database:String} AND table IN ('traffic', 'traffic_activity') AND toDate(partition) < {oldest:Date}
                GROUP BY table_name, day
                ORDER BY day, table_name
                """).With("database", client.Database).With("oldest", oldest),
            cancellationToken);

    /// <summary>Drops one; reads under way keep what they have begun to read.</summary>
    public Task DropAsync(ExpiredPartition partition, CancellationToken cancellationToken) =>
        client.ExecuteAsync(
            new ClickHouseQuery("ALTER TABLE {table:Identifier} DROP PARTITION {day:Date}")
                .With("table", partition.TableName).With("day", partition.Day)
                // The size at which ClickHouse asks back is for people's mistakes.
                .WithSetting("max_partition_size_to_drop", "0"),
            cancellationToken);
}
