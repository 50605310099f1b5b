using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Backups;

/// <summary>A store that spans shards, or that has replicas. A snapshot of one server is not one of it: ClickHouse copies it over all its servers.</summary>
internal static class ClusterStore
{
    /// <summary>The cluster over whose shards a database's tables span; null where they are of one server.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public static async Task<SpannedCluster?> FindAsync(ClickHouseClient client, CancellationToken cancellationToken)
    {
        var found = await client.QueryAsync<SpannedCluster>(
            new ClickHouseQuery("""
                SELECT extract(t.engine_full, '^Distributed\\(\'([^\']*)') AS cluster, extract(t.engine_full, '^Distributed\\(\'[^\']*\', \'([^\']*)') AS own
                FROM system.tables AS t WHERE t.database = {database:String} AND t.engine = 'Distributed' ORDER BY t.name LIMIT 1
                """) { Database = "default" }.With("database", client.Database),
            cancellationToken);
        return found is [var cluster] ? cluster : null;
    }

    /// <summary>Refuses to back up or restore one.</summary>
    /// <exception cref="BackupException">It is one.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public static async Task RefuseAsync(ClickHouseClient client, CancellationToken cancellationToken)
    {
        if (await FindAsync(client, cancellationToken) is { } cluster)
        {
            throw Refusal($"{client.Database} spans the shards of ClickHouse:Cluster = {cluster.Cluster}", cluster.Own, $"'{cluster.Cluster}'");
        }

        var replicated = await client.QueryAsync<string>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = {database:String} AND engine LIKE 'Replicated%' ORDER BY name LIMIT 1")
            { Database = "default" }.With("database", client.Database),
            cancellationToken);
        if (replicated is [var table])
        {
            throw Refusal($"{client.Database}.{table} has replicas", client.Database, "'...'");
        }
    }

    private static BackupException Refusal(string what, string database, string cluster) => new(
        $"{what}: this program backs up and restores stores of one server. "
        + $"Use ClickHouse's own BACKUP DATABASE {database} ON CLUSTER {cluster} TO S3(...), or a disk that all servers share, "
        + $"and RESTORE DATABASE {database} ON CLUSTER {cluster} FROM it with this program's servers stopped");

    /// <summary>What the tables that span a cluster say of it.</summary>
    /// <param name="Cluster">Its name in <c>remote_servers</c>.</param>
    /// <param name="Own">The database of each shard's own tables.</param>
    internal sealed record SpannedCluster(string Cluster, string Own);
}
