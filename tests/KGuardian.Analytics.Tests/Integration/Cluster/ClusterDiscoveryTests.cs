using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.Integration.Cluster;

/// <summary>Which endpoint is which shard, as ClickHouse itself says.</summary>
[Collection(OnShardNodes.Name)]
public sealed class ClusterDiscoveryTests(ShardNodes nodes)
{
    [Fact]
    public async Task Shards_are_found_in_their_order_whatever_the_order_of_the_endpoints()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = store.Cluster(endpoints: store.Nodes.Endpoints.Reverse());

        await cluster.OpenAsync(CancellationToken.None);

        Assert.Equal(store.Nodes.Endpoints.Select(endpoint => endpoint.Url), cluster.Shards.Select(shard => shard.Endpoint.Url));
        Assert.Equal([1, 2, 3], cluster.Nodes.Select(node => node.Shard));
        Assert.False(cluster.IsReplicated);
    }

    [Fact]
    public async Task Cluster_that_ClickHouse_does_not_know_is_refused()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = store.Cluster("four");

        var refusal = await Assert.ThrowsAsync<ClusterException>(() => cluster.OpenAsync(CancellationToken.None));

        Assert.Contains("knows no cluster 'four'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shard_without_an_endpoint_is_refused_by_its_number()
    {
        await using var store = new ClusterStore(nodes);
        using var cluster = store.Cluster(endpoints: [store.Nodes.Endpoints[0], store.Nodes.Endpoints[2]]);

        var refusal = await Assert.ThrowsAsync<ClusterException>(() => cluster.OpenAsync(CancellationToken.None));

        Assert.Contains("names no server of shard 2 of cluster 'three'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endpoint_of_no_shard_is_refused_by_its_address()
    {
        await using var store = new ClusterStore(nodes);
        // Its macro says 3, of two.
        using var cluster = store.Cluster("two");

        var refusal = await Assert.ThrowsAsync<ClusterException>(() => cluster.OpenAsync(CancellationToken.None));

        Assert.Contains($"{store.Nodes.Endpoints[2].Url}, of ClickHouse:Endpoints, does not know in which shard", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shard_whose_only_server_is_away_is_waited_for_and_one_more_server_is_left_out()
    {
        await using var store = new ClusterStore(nodes);
        var nobody = new ClickHouseEndpoint(new Uri("http://127.0.0.1:1"), ShardNodes.User, ShardNodes.Password);
        using var incomplete = store.Cluster(endpoints: [store.Nodes.Endpoints[0], store.Nodes.Endpoints[1], nobody]);
        var log = new ListLogger<ClusterDiscovery>();
        using var complete = store.Cluster(endpoints: [.. store.Nodes.Endpoints, nobody], log: log);

        var away = await Assert.ThrowsAsync<ClickHouseException>(() => incomplete.OpenAsync(CancellationToken.None));
        await complete.OpenAsync(CancellationToken.None);

        Assert.Contains("no server of shard 3 of cluster 'three' answers", away.Message, StringComparison.Ordinal);
        Assert.Equal(3, complete.Nodes.Count);
        Assert.Equal(nobody, Assert.Single(complete.Away));
        Assert.Contains(log.Entries, entry => entry.Text.Contains("127.0.0.1:1", StringComparison.Ordinal));
    }
}
