namespace KGuardian.Analytics.Engine;

/// <summary>
/// Tables that span a cluster's shards, on one of its servers: for each of the server's own tables one of the same name and columns, in a database
/// beside. Questions need not know that there are shards.
/// </summary>
internal sealed class DistributedTables(ClickHouseClient node, string cluster, string database)
{
    /// <summary>Creates them, or brings them up to date; reads under way keep what they have begun to read.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await RunAsync(new ClickHouseQuery("CREATE DATABASE IF NOT EXISTS {database:Identifier} ENGINE = Atomic").With("database", database), cancellationToken);
        foreach (var table in await OwnTablesAsync(cancellationToken))
        {
            // What follows AS cannot be a parameter, nor can an engine's arguments: the settings allow names of letters, digits and a few marks only.
            await RunAsync(
                new ClickHouseQuery($"""
                    CREATE OR REPLACE TABLE `{database}`.`{table.Name}` AS `{node.Database}`.`{table.Name}`
                    ENGINE = Distributed('{cluster}', '{node.Database}', '{table.Name}')
                    """),
                cancellationToken);
        }
    }

    /// <summary>Makes sure that the database is not a store of one server, whose tables would be replaced.</summary>
    /// <exception cref="SchemaException">It is.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task RefuseStoreAsync(CancellationToken cancellationToken)
    {
        var others = await node.QueryAsync<Table>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = {database:String} AND engine LIKE '%MergeTree' LIMIT 1") { Database = "default" }
                .With("database", database),
            cancellationToken);
        if (others.Count > 0)
        {
            throw new SchemaException(
                $"Database '{database}' at {node.Endpoint.Url} is a store of one server: its table '{others[0].Name}' holds data. To make it the first shard of cluster "
                + $"'{cluster}', stop all servers of this store, run RENAME DATABASE {database} TO {node.Database}, and start again.");
        }
    }

    private Task<IReadOnlyList<Table>> OwnTablesAsync(CancellationToken cancellationToken) =>
        node.QueryAsync<Table>(
            new ClickHouseQuery("""
                SELECT name FROM system.tables
                WHERE database = {own:String} AND engine LIKE '%MergeTree' AND NOT startsWith(name, 'schema_') AND NOT startsWith(name, '.')
                ORDER BY name
                """).With("own", node.Database),
            cancellationToken);

    private Task RunAsync(ClickHouseQuery statement, CancellationToken cancellationToken) =>
        node.ExecuteAsync(statement with { Database = "default" }, cancellationToken);

    private sealed record Table(string Name);
}
