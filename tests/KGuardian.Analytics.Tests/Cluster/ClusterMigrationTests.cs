using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Tests.Engine;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Cluster;

/// <summary>Every node comes to the same schema, from wherever it is.</summary>
[Collection(OnShardNodes.Name)]
public sealed class ClusterMigrationTests(ShardNodes nodes)
{
    private const string Tables = "admin_events\nrejected_events\nstore\ntraffic\ntraffic_activity";

    [Fact]
    public async Task Every_node_has_its_own_tables_and_those_that_span_the_shards()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = await store.MigrateAsync();

        for (var node = 0; node < 3; node++)
        {
            Assert.Equal($"{Migration.All().Count}", await store.ShardSqlAsync(node, "SELECT max(version) FROM schema_migrations"));
            Assert.Equal(Tables, await store.SqlAsync("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'Distributed' ORDER BY name", node));
        }

        await store.ShardSqlAsync(2, "INSERT INTO traffic (pod_ip, time_stamp) VALUES ('10.0.0.1', '2026-01-01')");
        for (var node = 0; node < 3; node++)
        {
            Assert.Equal("10.0.0.1", await store.SqlAsync("SELECT pod_ip FROM traffic", node));
        }

        Assert.Equal("3", await store.ShardSqlAsync(0, "SELECT value FROM store WHERE name = 'shards'"));
        Assert.Null(await Migrator(cluster).FindLagAsync());
    }

    [Fact]
    public async Task Node_that_lags_is_named_and_catches_up()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = store.Cluster();
        await cluster.OpenAsync(CancellationToken.None);
        var newest = Migration.All().Count;
        foreach (var (node, version) in new[] { (0, newest), (1, newest), (2, 5) })
        {
            await new Migrator(cluster.Shards[node], [.. Migration.All().Take(version)], NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        }

        Assert.Equal($"the schema of shard 3 at {nodes.Endpoints[2].Url} is at version 5, not {newest}", await Migrator(cluster).FindLagAsync());
        Assert.Equal(newest - 5, await Migrator(cluster).MigrateAsync(alone: false));

        Assert.Null(await Migrator(cluster).FindLagAsync());
        Assert.Equal("0", await store.SqlAsync("SELECT count() FROM traffic WHERE sequence > 0"));
    }

    [Fact]
    public async Task Store_of_one_server_is_refused_and_becomes_the_first_shard_by_renaming()
    {
        await using var store = new ClusterStore(nodes);
        using (var single = new ClickHouseClient([nodes.Endpoints[0]], new ClickHouseClientOptions { Database = store.Database }, NullLogger<ClickHouseClient>.Instance))
        {
            await new StoreMigrator(ClickHouseCluster.Of(single), Migration.All(), NullLoggerFactory.Instance).MigrateAsync(alone: true);
        }

        await store.SqlAsync("INSERT INTO traffic (pod_ip, time_stamp) VALUES ('10.0.0.1', '2026-01-01')");

        var refusal = await Assert.ThrowsAsync<SchemaException>(() => store.MigrateAsync());
        Assert.Contains($"RENAME DATABASE {store.Database} TO {store.Database}_shard", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("1", await store.SqlAsync("SELECT count() FROM traffic"));
        await Sql.RunAsync(nodes.Endpoints[0], $"RENAME DATABASE {store.Database} TO {store.Database}_shard");

        using var cluster = await store.MigrateAsync();
        Assert.Equal("10.0.0.1", await store.SqlAsync("SELECT pod_ip FROM traffic", node: 2));
    }

    [Fact]
    public async Task Store_of_a_cluster_is_not_served_as_one_of_a_single_server_nor_with_fewer_or_other_shards()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = await store.MigrateAsync();
        await store.ShardSqlAsync(0, "INSERT INTO store (name, value) VALUES ('dedup_secret', '00')");

        using var single = new ClickHouseClient([nodes.Endpoints[0]], new ClickHouseClientOptions { Database = store.Database }, NullLogger<ClickHouseClient>.Instance);
        var one = await Assert.ThrowsAsync<SchemaException>(() => Migrator(ClickHouseCluster.Of(single)).MigrateAsync(alone: false));
        Assert.Contains("name it in ClickHouse:Cluster", one.Message, StringComparison.Ordinal);

        using var two = store.Cluster("two", nodes.Endpoints.Take(2));
        await two.OpenAsync(CancellationToken.None);
        var fewer = await Assert.ThrowsAsync<SchemaException>(() => Migrator(two).MigrateAsync(alone: false));
        Assert.Contains("has flows on 3 shards, cluster 'two' has 2", fewer.Message, StringComparison.Ordinal);

        await store.ShardSqlAsync(1, "INSERT INTO store (name, value) VALUES ('dedup_secret', '11')");
        var moved = await Assert.ThrowsAsync<SchemaException>(() => Migrator(cluster).MigrateAsync(alone: false));
        Assert.Contains("Shard 2 of cluster 'three'", moved.Message, StringComparison.Ordinal);
    }

    private static StoreMigrator Migrator(ClickHouseCluster cluster) => new(cluster, Migration.All(), NullLoggerFactory.Instance);
}
