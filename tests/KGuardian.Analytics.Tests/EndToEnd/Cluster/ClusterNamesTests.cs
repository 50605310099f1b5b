using KGuardian.Analytics.Tests.EndToEnd.Server.Inventory;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Cluster;

/// <summary>The same names where flows are on three shards: what is known of ends is on one, and goes to the others with each query.</summary>
[Collection(OnShardNodes.Name)]
public sealed class ClusterNamesTests(ShardNodes nodes) : NamesOfADay
{
    private readonly ClusterStore _store = new(nodes);

    private protected override Task<ServerProcess> StartAsync() => _store.StartServerAsync();

    /// <summary>The store ends its servers.</summary>
    private protected override ValueTask StopAsync(ServerProcess server) => _store.DisposeAsync();
}
