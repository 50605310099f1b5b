using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.ClickHouse.Cluster;

/// <summary>
/// The ClickHouse servers of a store: one, or the shards of a cluster, each with a part of the flows in a database of its own. Questions about all
/// flows go to <see cref="Front"/>, where tables of the same names span the shards; what writes or looks at partitions goes to each shard.
/// </summary>
internal sealed class ClickHouseCluster : IDisposable
{
    /// <summary>A server's own tables are in the database with this at the end of its name, beside that of the tables that span the shards.</summary>
    public const string ShardSuffix = "_shard";

    private readonly Func<CancellationToken, Task<ClusterMap>>? _discover;
    private volatile ClusterMap? _map;

    private ClickHouseCluster(ClickHouseClient front, string? name, ClusterMap? map, Func<CancellationToken, Task<ClusterMap>>? discover)
    {
        Front = front;
        Name = name;
        _map = map;
        _discover = discover;
    }

    /// <summary>The name in ClickHouse's <c>remote_servers</c>; null for a server by itself.</summary>
    public string? Name { get; }

    /// <summary>Answers questions about all flows.</summary>
    public ClickHouseClient Front { get; }

    /// <summary>The shards in their order: each knows its own part.</summary>
    /// <exception cref="StoreNotReadyException">They are not known yet.</exception>
    public IReadOnlyList<ClickHouseClient> Shards => Map.Shards;

    /// <summary>The servers one by one: shards have several when they have replicas.</summary>
    /// <exception cref="StoreNotReadyException">They are not known yet.</exception>
    public IReadOnlyList<ClusterNode> Nodes => Map.Nodes;

    /// <summary>Servers that did not answer when the shards were found: nothing is asked of them.</summary>
    /// <exception cref="ClickHouseException">The shards are not known yet.</exception>
    public IReadOnlyList<ClickHouseEndpoint> Away => Map.Away;

    /// <summary>Where facts about the whole store are: the first shard.</summary>
    /// <exception cref="StoreNotReadyException">It is not known yet.</exception>
    public ClickHouseClient Home => Map.Shards[0];

    /// <summary>Whether shards have replicas.</summary>
    /// <exception cref="StoreNotReadyException">It is not known yet.</exception>
    public bool IsReplicated => Map.IsReplicated;

    private ClusterMap Map =>
        _map ?? throw new StoreNotReadyException($"the shards of cluster '{Name}' have not been found yet");

    /// <summary>A server by itself, or replicas that are as one: a cluster of one shard.</summary>
    public static ClickHouseCluster Of(ClickHouseClient client) =>
        new(client, null, new ClusterMap([client], [new ClusterNode(1, client)], [], IsReplicated: false), null);

    /// <summary>The shards of a cluster, which <see cref="OpenAsync"/> finds.</summary>
    internal static ClickHouseCluster Of(ClickHouseClient front, string name, Func<CancellationToken, Task<ClusterMap>> discover) =>
        new(front, name, null, discover);

    /// <summary>Finds out which server is in which shard, once.</summary>
    /// <exception cref="ClickHouseException">A server that is needed for that does not answer.</exception>
    /// <exception cref="ClusterException">The servers do not make up the cluster.</exception>
    public async Task OpenAsync(CancellationToken cancellationToken) => _map ??= await _discover!(cancellationToken);

    /// <summary>Asks every shard; the rows of all.</summary>
    /// <exception cref="ClickHouseException">One of them failed.</exception>
    public async Task<IReadOnlyList<T>> QueryShardsAsync<T>(ClickHouseQuery query, CancellationToken cancellationToken = default) =>
        [.. (await Task.WhenAll(Shards.Select(shard => shard.QueryAsync<T>(query, cancellationToken)))).SelectMany(rows => rows)];

    /// <summary>Runs a statement on every shard.</summary>
    /// <exception cref="ClickHouseException">One of them failed; others may have carried it out.</exception>
    public Task ExecuteOnShardsAsync(ClickHouseQuery statement, CancellationToken cancellationToken = default) =>
        Task.WhenAll(Shards.Select(shard => shard.ExecuteAsync(statement, cancellationToken)));

    /// <summary>Disposes the shards' clients; the front is its owner's.</summary>
    public void Dispose()
    {
        if (Name is not null && _map is { } map)
        {
            foreach (var client in map.Shards.Concat(map.Nodes.Select(node => node.Client)).Distinct())
            {
                client.Dispose();
            }
        }
    }
}
