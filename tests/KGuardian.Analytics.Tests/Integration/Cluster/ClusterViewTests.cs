using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Cluster;

/// <summary>The dashboards' views of a cluster show the flows of all shards, on every node.</summary>
[Collection(OnShardNodes.Name)]
public sealed class ClusterViewTests(ShardNodes nodes)
{
    [Fact]
    public async Task Views_of_every_node_span_the_shards_and_find_the_facts_of_the_first()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = await store.MigrateAsync();
        await store.ShardSqlAsync(
            0,
            "INSERT INTO store (name, value) "
            + "VALUES ('retention_days_in_effect', '30'), ('dedup_secret', '000102030405060708090a0b0c0d0e0f')");
        for (var shard = 0; shard < 3; shard++)
        {
            await store.ShardSqlAsync(shard, $"""
                INSERT INTO traffic (uuid, pod_name, pod_ip, pod_port, traffic_in_out_port, time_stamp, arrival_day, version)
                SELECT reinterpretAsFixedString(generateUUIDv4(number)), 'pod-{shard}', '10.0.0.{shard}', toInt32(number), 443, now64(6), toDate(now('UTC')), 1 FROM numbers(10)
                """);
        }

        // Repeats of a shard's flows are beside them, or, from before a shard was added, on another.
        var ids = (await store.SqlAsync("SELECT flow_id FROM flows WHERE pod_port = 1 ORDER BY pod_name")).Split('\n');
        for (var shard = 0; shard < 3; shard++)
        {
            await store.ShardSqlAsync(
                shard,
                $"INSERT INTO traffic_activity SELECT {ids[(shard + 1) % 3]}, toDateTime64(toStartOfHour(now('UTC')), 0, 'UTC'), "
                + "5, now64(6), toDate(now('UTC'))");
        }

        for (var node = 0; node < 3; node++)
        {
            Assert.Equal("30\t3\t30", await store.SqlAsync("SELECT count(), uniqExact(pod_name), uniqExact(flow_id) FROM flows", node));
            Assert.Equal("30", await store.SqlAsync("SELECT days FROM retention", node));
            Assert.Equal("15", await store.SqlAsync("SELECT sum(observations) FROM flow_activity", node));
            Assert.Equal("5", await store.SqlAsync(
                "SELECT sum(observations) FROM flow_activity WHERE flow_id IN (SELECT flow_id FROM flows WHERE pod_name = 'pod-1')", node));
            Assert.Equal("0", await store.SqlAsync("SELECT count() FROM rejected", node));
            Assert.Equal("10", await store.SqlAsync("SELECT sum(rows) FROM store_parts WHERE table = 'traffic'", node));
            foreach (var view in new[] { "store_merges", "store_mutations", "store_disks" })
            {
                await store.SqlAsync($"SELECT count() FROM {view}", node);
            }
        }

        // Another start leaves them as they are.
        var made = await store.SqlAsync(
            "SELECT groupArray((name, uuid)) "
            + "FROM (SELECT name, uuid FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY name)");
        using var again = await store.MigrateAsync();
        Assert.Equal(made, await store.SqlAsync(
            "SELECT groupArray((name, uuid)) "
            + "FROM (SELECT name, uuid FROM system.tables WHERE database = currentDatabase() AND engine = 'View' ORDER BY name)"));
    }
}
