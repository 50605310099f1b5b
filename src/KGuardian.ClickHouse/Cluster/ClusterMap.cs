using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.ClickHouse.Cluster;

/// <summary>Which servers a store is on.</summary>
/// <param name="Shards">A client of each shard, in their order.</param>
/// <param name="Nodes">A client of each server.</param>
/// <param name="Away">Servers that did not answer when it was made, of shards that have another one.</param>
/// <param name="IsReplicated">Whether shards have replicas.</param>
internal sealed record ClusterMap(
    IReadOnlyList<ClickHouseClient> Shards, IReadOnlyList<ClusterNode> Nodes, IReadOnlyList<ClickHouseEndpoint> Away, bool IsReplicated);

/// <summary>One ClickHouse server of a store.</summary>
/// <param name="Shard">Its shard: 1 and up.</param>
/// <param name="Client">Speaks to it alone, with the database of its own tables.</param>
internal sealed record ClusterNode(int Shard, ClickHouseClient Client);
