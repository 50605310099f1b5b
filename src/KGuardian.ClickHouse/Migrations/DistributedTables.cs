using System.Text.RegularExpressions;
using KGuardian.ClickHouse.Client;

namespace KGuardian.ClickHouse.Migrations;

/// <summary>
/// Tables that span a cluster's shards, on one of its servers: for each of the server's own tables one of the same name and columns, in a database
/// beside, and the views over them. Questions need not know that there are shards.
/// </summary>
internal sealed class DistributedTables(ClickHouseClient node, string cluster, string database)
{
    /// <summary>How <c>system.tables</c> shows what <see cref="CreateAsync"/> made of a table: the same on every server of a store.</summary>
    public static string EngineOf(string cluster, string own, string table) => $"Distributed('{cluster}', '{own}', '{table}')";

    /// <summary>Creates them, or brings them up to date; what is so already is not touched, because other servers read it.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task CreateAsync(CancellationToken cancellationToken)
    {
        await RunAsync(
            new ClickHouseQuery("CREATE DATABASE IF NOT EXISTS {database:Identifier} ENGINE = Atomic").With("database", database),
            cancellationToken);
        foreach (var table in await OutdatedTablesAsync(cancellationToken))
        {
            // What follows AS cannot be a parameter, nor can an engine's arguments: the settings allow names of letters, digits and a few marks only.
            await RunAsync(
                new ClickHouseQuery($"""
                    CREATE OR REPLACE TABLE `{database}`.`{table.Name}` AS `{node.Database}`.`{table.Name}`
                    ENGINE = {EngineOf(cluster, node.Database, table.Name)}
                    """),
                cancellationToken);
        }

        await CreateViewsAsync(cancellationToken);
    }

    /// <summary>Makes sure that the database is not a store of one server, whose tables would be replaced.</summary>
    /// <exception cref="SchemaException">It is.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task RefuseStoreAsync(CancellationToken cancellationToken)
    {
        var others = await node.QueryAsync<Table>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = {database:String} AND engine LIKE '%MergeTree' LIMIT 1")
            { Database = "default" }.With("database", database),
            cancellationToken);
        if (others.Count > 0)
        {
            throw new SchemaException(
                $"Database '{database}' at {node.Endpoint.Url} is a store of one server: its table '{others[0].Name}' holds data. "
                + $"To make it the first shard of cluster '{cluster}', stop all servers of this store, "
                + $"run RENAME DATABASE {database} TO {node.Database}, and start again.");
        }
    }

    private Task<IReadOnlyList<Table>> OutdatedTablesAsync(CancellationToken cancellationToken) =>
        node.QueryAsync<Table>(
            new ClickHouseQuery("""
                SELECT t.name AS name
                FROM system.tables AS t
                LEFT JOIN
                (
                    SELECT c.table AS name, arraySort(groupArrayIf((c.position, c.name, c.type), c.database = {own:String}))
                        = arraySort(groupArrayIf((c.position, c.name, c.type), c.database = {spanning:String})) AS are_same
                    FROM system.columns AS c
                    WHERE c.database IN ({own:String}, {spanning:String})
                    GROUP BY c.table
                ) AS columns ON columns.name = t.name
                WHERE t.database = {own:String} AND t.engine LIKE '%MergeTree' AND NOT startsWith(t.name, 'schema_') AND NOT startsWith(t.name, '.')
                  AND NOT (columns.are_same AND (t.name, format({engine:String}, t.name)) IN
                    (SELECT d.name, d.engine_full FROM system.tables AS d WHERE d.database = {spanning:String}))
                ORDER BY name
                """).With("own", node.Database).With("spanning", database).With("engine", EngineOf(cluster, node.Database, "{}")),
            cancellationToken);

    /// <summary>The server's own views once more, over the tables that span the shards.</summary>
    private async Task CreateViewsAsync(CancellationToken cancellationToken)
    {
        var views = await node.QueryAsync<View>(
            new ClickHouseQuery("""
                SELECT database, create_table_query AS definition FROM system.tables
                WHERE database IN ({own:String}, {spanning:String}) AND engine = 'View' ORDER BY name
                """).With("own", node.Database).With("spanning", database),
            cancellationToken);
        var own = new Regex($@"\b{Regex.Escape(node.Database)}(`?)\.", RegexOptions.CultureInvariant);
        var spanning = views.Where(view => view.Database == node.Database).Select(view => own.Replace(view.Definition, $"{database}$1."));
        foreach (var definition in spanning.Except(views.Select(view => view.Definition)))
        {
            await RunAsync(new ClickHouseQuery($"CREATE OR REPLACE {definition["CREATE ".Length..]}"), cancellationToken);
        }
    }

    private Task RunAsync(ClickHouseQuery statement, CancellationToken cancellationToken) =>
        node.ExecuteAsync(statement with { Database = "default" }, cancellationToken);

    private sealed record Table(string Name);

    private sealed record View(string Database, string Definition);
}
