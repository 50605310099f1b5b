using KGuardian.Analytics.Tests.EndToEnd.Server.SecureEvents;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Cluster;

/// <summary>The same new edges where flows are on three shards: what is known is on one.</summary>
[Collection(OnShardNodes.Name)]
public sealed class ClusterNewEdgeTests(ShardNodes nodes) : NewEdges, IAsyncDisposable
{
    private readonly ClusterStore _store = new(nodes);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private protected override Task<ServerProcess> StartAsync(params (string Name, string Value)[] settings) => _store.StartServerAsync(settings);
}
