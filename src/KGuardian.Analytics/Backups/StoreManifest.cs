using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// How many rows a backup has of each table and partition (of the flows: arrival day), as a table of its own inside of the backup, so that it
/// is wherever the backup is and cannot be lost without it.
/// </summary>
internal static class StoreManifest
{
    public const string Table = "backup_manifest";

    private const string RowsOfParts = """
        SELECT p.table AS table_name, p.partition AS partition_name, sum(p.rows) AS rows
        FROM system.parts AS p
        WHERE p.active AND p.database = {database:String} AND p.table != 'backup_manifest'
        GROUP BY table_name, partition_name
        """;

    /// <summary>Writes the manifest of a database that nobody changes.</summary>
    public static async Task WriteAsync(ClickHouseClient client, string database, CancellationToken cancellationToken)
    {
        await client.ExecuteAsync(
            new ClickHouseQuery(
                $"CREATE TABLE {Table} (table_name String, partition_name String, rows UInt64) ENGINE = MergeTree ORDER BY (table_name, partition_name)")
            { Database = database },
            cancellationToken);
        await client.ExecuteAsync(
            new ClickHouseQuery($"INSERT INTO {Table} {RowsOfParts}") { Database = database }.With("database", database).WithSetting("async_insert", "0"),
            cancellationToken);
    }

    /// <summary>What the manifest says.</summary>
    public static Task<IReadOnlyList<Entry>> ReadAsync(ClickHouseClient client, string database, string table, CancellationToken cancellationToken) =>
        client.QueryAsync<Entry>(
            new ClickHouseQuery($"SELECT table_name, partition_name, rows FROM {table} ORDER BY table_name, partition_name") { Database = database },
            cancellationToken);

    /// <summary>What the database has.</summary>
    public static Task<IReadOnlyList<Entry>> CountAsync(ClickHouseClient client, string database, CancellationToken cancellationToken) =>
        client.QueryAsync<Entry>(
            new ClickHouseQuery($"{RowsOfParts} ORDER BY table_name, partition_name") { Database = "default" }.With("database", database), cancellationToken);

    /// <summary>Where the two differ; null where they do not.</summary>
    public static string? Difference(IReadOnlyList<Entry> expected, IReadOnlyList<Entry> found)
    {
        var missing = expected.Except(found).FirstOrDefault();
        var extra = found.Except(expected).FirstOrDefault();
        return missing is null && extra is null ? null
            : missing is null ? $"{extra} is there, which the backup does not have"
            : $"{missing} was backed up, but "
                + $"{found.FirstOrDefault(entry => (entry.TableName, entry.PartitionName) == (missing.TableName, missing.PartitionName))?.Rows ?? 0} "
                + "rows are there";
    }

    /// <summary>One table's rows of one partition.</summary>
    internal sealed record Entry(string TableName, string PartitionName, long Rows)
    {
        public override string ToString() => $"{TableName} {PartitionName} with {Rows} rows";
    }
}
