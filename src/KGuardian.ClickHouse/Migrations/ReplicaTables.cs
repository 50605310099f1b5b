using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.ClickHouse.Migrations;

/// <summary>
/// Tables of a shard with several replicas. Keeper refuses a replica whose table begins with the columns of the first schema file when the others
/// are further: a new one gets the tables as they are, and then its own history.
/// </summary>
internal static class ReplicaTables
{
    /// <summary>Creates the tables that one replica has and another one lacks.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public static async Task CopyAsync(ClickHouseClient from, ClickHouseClient to, CancellationToken cancellationToken)
    {
        await to.ExecuteAsync(
            new ClickHouseQuery("CREATE DATABASE IF NOT EXISTS {database:Identifier} ENGINE = Atomic") { Database = "default" }.With("database", to.Database),
            cancellationToken);
        foreach (var table in await TablesAsync(from, cancellationToken))
        {
            // Keeper's path has the shard and the replica as macros, which are each server's own.
            await to.ExecuteAsync(new ClickHouseQuery($"CREATE TABLE IF NOT EXISTS {table.Definition["CREATE TABLE ".Length..]}"), cancellationToken);
        }
    }

    /// <summary>Makes sure that what one replica takes the others will have.</summary>
    /// <exception cref="SchemaException">Its tables are not replicated.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public static async Task RefusePlainAsync(ClusterNode node, CancellationToken cancellationToken)
    {
        var plain = (await TablesAsync(node.Client, cancellationToken))
            .FirstOrDefault(table => !table.Engine.StartsWith("Replicated", StringComparison.Ordinal));
        if (plain is not null)
        {
            throw new SchemaException(
                $"{SettingNames.Endpoints} names several servers of shard {node.Shard}, "
                + $"but the table '{node.Client.Database}.{plain.Name}' at {node.Client.Endpoint.Url} is not replicated: "
                + "what one server takes the others would not have. Name one server of the shard, "
                + "or turn its tables into replicated ones (ATTACH TABLE ... AS REPLICATED).");
        }
    }

    private static Task<IReadOnlyList<Table>> TablesAsync(ClickHouseClient node, CancellationToken cancellationToken) =>
        node.QueryAsync<Table>(
            new ClickHouseQuery("""
                SELECT name, engine, create_table_query AS definition FROM system.tables
                WHERE database = {own:String} AND engine LIKE '%MergeTree' AND NOT startsWith(name, 'schema_') AND NOT startsWith(name, '.')
                ORDER BY name
                """) { Database = "default" }.With("own", node.Database),
            cancellationToken);

    private sealed record Table(string Name, string Engine, string Definition);
}
