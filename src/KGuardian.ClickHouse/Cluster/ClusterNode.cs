using KGuardian.ClickHouse.Client;

namespace KGuardian.ClickHouse.Cluster;

/// <summary>One ClickHouse server of a store.</summary>
/// <param name="Shard">Its shard: 1 and up.</param>
/// <param name="Client">Speaks to it alone, with the database of its own tables.</param>
internal sealed record ClusterNode(int Shard, ClickHouseClient Client);
