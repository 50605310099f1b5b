using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Cluster;

/// <summary>Every node comes to the same schema, from wherever it is.</summary>
[Collection(OnShardNodes.Name)]
public sealed class ClusterMigrationTests(ShardNodes nodes)
{
    /// <summary>ClickHouse's code NO_ZOOKEEPER.</summary>
    private const int NoKeeper = 225;

    private const string Tables =
        "admin_events\naudit_verdicts\nconsole_views\nedge_progress\nedge_rollup\nexport_reports\nexport_schedules\nforwarding_dead_letters\n"
        + "forwarding_integrations\nforwarding_positions\nknown_edges\nname_history\n"
        + "pod_states\npod_syscalls\nrejected_events\nsecure_events\nservice_states\nstore\ntraffic\ntraffic_activity";

    [Fact]
    public async Task Doctor_looks_at_every_server_and_names_it()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = await store.MigrateAsync();
        var doctor = new StoreDoctor(
            cluster, [], _ => [],
            client => StoreChecks.OfServer(client, TestClients.KeepAll, "test", StoreSchema.Migrations.Count, TimeProvider.System), ingest: null);

        // A node that the other tests keep busy may give no sign of life in time.
        await Patience.UntilAsync("all three are looked at", async () =>
        {
            var findings = await doctor.ExamineAsync(default);
            return findings.Any(finding => finding is { Check: "views", Severity: Severity.Ok }) && findings.Any(finding => finding.Check == "secrets")
                && cluster.Nodes.All(node => findings.Any(finding =>
                    finding.Check == "versions" && finding.What.StartsWith($"Shard {node.Shard}, {node.Client.Endpoint.Url}: ", StringComparison.Ordinal)));
        });
    }

    [Fact]
    public async Task Every_node_has_its_own_tables_and_those_that_span_the_shards()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = await store.MigrateAsync();

        for (var node = 0; node < 3; node++)
        {
            Assert.Equal($"{StoreSchema.Migrations.Count}", await store.ShardSqlAsync(node, "SELECT max(version) FROM schema_migrations"));
            Assert.Equal(
                Tables,
                await store.SqlAsync("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine = 'Distributed' ORDER BY name", node));
        }

        await store.ShardSqlAsync(2, "INSERT INTO traffic (pod_ip, time_stamp) VALUES ('10.0.0.1', '2026-01-01')");
        for (var node = 0; node < 3; node++)
        {
            Assert.Equal("10.0.0.1", await store.SqlAsync("SELECT pod_ip FROM traffic", node));
        }

        Assert.Equal("3", await store.ShardSqlAsync(0, "SELECT value FROM store WHERE name = 'shards'"));
        Assert.Null(await Migrator(cluster).FindLagAsync(_ => false));
    }

    [Fact]
    public async Task Node_that_lags_is_named_and_catches_up()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = store.Cluster();
        await cluster.OpenAsync(CancellationToken.None);
        var newest = StoreSchema.Migrations.Count;
        foreach (var (node, version) in new[] { (0, newest), (1, 6), (2, 5) })
        {
            await new Migrator(cluster.Shards[node], [.. StoreSchema.Migrations.Take(version)], NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        }

        Assert.EndsWith(
            $"that of shard 2 at {nodes.Endpoints[1].Url} is at version 6, not {newest}; "
            + $"that of shard 3 at {nodes.Endpoints[2].Url} is at version 5, not {newest}",
            await Migrator(cluster).FindLagAsync(_ => false), StringComparison.Ordinal);
        Assert.Equal(newest - 5, await Migrator(cluster).MigrateAsync(alone: false));

        Assert.Null(await Migrator(cluster).FindLagAsync(_ => false));
        Assert.Equal("0", await store.SqlAsync("SELECT count() FROM traffic WHERE sequence > 0"));
    }

    [Fact]
    public async Task Store_of_one_server_is_refused_and_becomes_the_first_shard_by_renaming()
    {
        await using var store = new ClusterStore(nodes);
        using (var single = new ClickHouseClient(
            [nodes.Endpoints[0]], new ClickHouseClientOptions { Database = store.Database }, NullLogger<ClickHouseClient>.Instance))
        {
            await new StoreMigrator(ClickHouseCluster.Of(single), StoreSchema.Migrations, NullLoggerFactory.Instance).MigrateAsync(alone: true);
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

        using var single = new ClickHouseClient(
            [nodes.Endpoints[0]], new ClickHouseClientOptions { Database = store.Database }, NullLogger<ClickHouseClient>.Instance);
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

    [Fact]
    public async Task Tables_that_span_the_shards_are_replaced_only_when_they_differ_and_views_follow()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = await store.MigrateAsync();
        const string Ids = "SELECT groupArray((name, uuid)) FROM (SELECT name, uuid FROM system.tables WHERE database = currentDatabase() ORDER BY name)";
        // A view of another one, before it by its name.
        await store.ShardSqlAsync(0, "CREATE VIEW pods AS SELECT pod_name AS pod FROM traffic");
        await store.ShardSqlAsync(0, "CREATE VIEW number_of_pods AS SELECT uniqExact(p.pod) AS pods FROM pods AS p");
        await Migrator(cluster).MigrateAsync(alone: false);
        await store.ShardSqlAsync(1, "INSERT INTO traffic (pod_ip, pod_name, time_stamp) VALUES ('10.0.0.1', 'pod-1', '2026-01-01')");
        Assert.Equal("1", await store.SqlAsync("SELECT pods FROM number_of_pods"));
        var ids = await store.SqlAsync(Ids);

        await Migrator(cluster).MigrateAsync(alone: false);
        Assert.Equal(ids, await store.SqlAsync(Ids));

        await store.ShardSqlAsync(0, "ALTER TABLE store ADD COLUMN more UInt8");
        await store.ShardSqlAsync(0, "CREATE OR REPLACE VIEW pods AS SELECT pod_ip AS pod FROM traffic WHERE pod_ip != '10.0.0.1'");
        await Migrator(cluster).MigrateAsync(alone: false);
        Assert.NotEqual(ids, await store.SqlAsync(Ids));
        Assert.Equal("UInt8", await store.SqlAsync("SELECT type FROM system.columns WHERE database = currentDatabase() AND table = 'store' AND name = 'more'"));
        Assert.Equal("0", await store.SqlAsync("SELECT pods FROM number_of_pods"));
    }

    [Fact]
    public async Task Replica_that_is_new_gets_the_tables_as_they_are_and_its_own_history()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = store.Cluster();
        await cluster.OpenAsync(CancellationToken.None);
        var (old, fresh) = (cluster.Shards[0], cluster.Shards[1]);
        var newest = StoreSchema.Migrations.Count;
        await new Migrator(old, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);

        await ReplicaTables.CopyAsync(old, fresh, CancellationToken.None);
        var migrator = new Migrator(fresh, StoreSchema.Migrations, NullLogger<Migrator>.Instance);
        Assert.Equal(0, await migrator.FindVersionAsync());
        Assert.Equal(newest, await migrator.MigrateAsync(alone: true));

        Assert.Equal(newest, await migrator.FindVersionAsync());
        const string Definitions = "SELECT create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name";
        Assert.Equal(await store.ShardSqlAsync(0, Definitions), await store.ShardSqlAsync(1, Definitions));
    }

    [Fact]
    public async Task Shard_with_replicas_needs_Keeper_and_tables_that_are_replicated()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = store.Cluster("replicas", nodes.Endpoints.Take(2));
        await cluster.OpenAsync(CancellationToken.None);
        Assert.True(cluster.IsReplicated);
        Assert.Equal([1, 1], cluster.Nodes.Select(node => node.Shard));
        Assert.Single(cluster.Shards);

        // The engine takes the definition; what it lacks here is Keeper.
        var without = await Assert.ThrowsAsync<ClickHouseException>(() => Migrator(cluster).MigrateAsync(alone: false));
        Assert.Equal(NoKeeper, without.Code);

        await new Migrator(cluster.Nodes[1].Client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        var plain = await Assert.ThrowsAsync<SchemaException>(() => Migrator(cluster).MigrateAsync(alone: false));
        Assert.Contains($"at {nodes.Endpoints[1].Url} is not replicated", plain.Message, StringComparison.Ordinal);
    }

    private static StoreMigrator Migrator(ClickHouseCluster cluster) => new(cluster, StoreSchema.Migrations, NullLoggerFactory.Instance);
}
