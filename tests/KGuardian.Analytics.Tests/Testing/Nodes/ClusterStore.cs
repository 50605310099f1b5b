using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>A store of its own on three nodes: its databases, a data directory for servers, and what they are told.</summary>
internal sealed class ClusterStore : IAsyncDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly List<IAsyncDisposable> _users = [];

    public ClusterStore(ShardNodes nodes) => Nodes = nodes;

    public ShardNodes Nodes { get; }

    public string Database { get; } = $"test_{Guid.NewGuid():n}";

    public string DataDirectory => _directory.Path;

    /// <summary>What a server on a cluster is told.</summary>
    public (string Name, string Value)[] Settings(string cluster = "three", IEnumerable<Uri>? endpoints = null) =>
    [
        ("KGUARDIAN_CLICKHOUSE__ENDPOINTS", string.Join(',', endpoints ?? Nodes.Endpoints.Select(endpoint => endpoint.Url))),
        ("KGUARDIAN_CLICKHOUSE_USER", ShardNodes.User), ("KGUARDIAN_CLICKHOUSE_PASSWORD", ShardNodes.Password),
        ("KGUARDIAN_CLICKHOUSE__DATABASE", Database), ("KGUARDIAN_CLICKHOUSE__CLUSTER", cluster),
    ];

    /// <summary>Who uses the store ends with it at the latest, before its databases are dropped.</summary>
    public void EndsWithThis(IAsyncDisposable user) => _users.Add(user);

    /// <summary>The cluster as a server has it, not opened.</summary>
    public ClickHouseCluster Cluster(string name = "three", IEnumerable<ClickHouseEndpoint>? endpoints = null, ILogger<ClusterDiscovery>? log = null)
    {
        var front = new ClickHouseClient([Nodes.Endpoints[0]], new ClickHouseClientOptions { Database = Database }, NullLogger<ClickHouseClient>.Instance);
        var own = new ClickHouseClientOptions { Database = Database + ClickHouseCluster.ShardSuffix };
        return new ClusterDiscovery(
            name, [.. endpoints ?? Nodes.Endpoints], shard => new ClickHouseClient(shard, own, NullLogger<ClickHouseClient>.Instance),
            log ?? NullLogger<ClusterDiscovery>.Instance).Cluster(front);
    }

    /// <summary>An opened cluster with the schema.</summary>
    public async Task<ClickHouseCluster> MigrateAsync(string name = "three")
    {
        var cluster = Cluster(name);
        await cluster.OpenAsync(CancellationToken.None);
        await new StoreMigrator(cluster, StoreSchema.Migrations, NullLoggerFactory.Instance).MigrateAsync(alone: true);
        return cluster;
    }

    /// <summary>Asks a node; unqualified tables span the shards.</summary>
    public Task<string> SqlAsync(string sql, int node = 0) => AskAsync(Database, sql, node);

    /// <summary>Waits until the shards have so many flows together: a read waits for them, too, but on a slow machine not for long enough.</summary>
    public Task StoredAsync(int flows) =>
        Patience.UntilAsync($"{flows} flows are stored", async () => await SqlAsync("SELECT count() FROM traffic") == $"{flows}");

    /// <summary>Asks a shard for its own part.</summary>
    public Task<string> ShardSqlAsync(int shard, string sql) => AskAsync(Database + ClickHouseCluster.ShardSuffix, sql, shard);

    public async ValueTask DisposeAsync()
    {
        foreach (var user in _users)
        {
            await user.DisposeAsync();
        }

        foreach (var endpoint in Nodes.Endpoints)
        {
            await Sql.RunAsync(endpoint, $"DROP DATABASE IF EXISTS {Database} SYNC");
            await Sql.RunAsync(endpoint, $"DROP DATABASE IF EXISTS {Database}{ClickHouseCluster.ShardSuffix} SYNC");
        }

        _directory.Dispose();
    }

    private Task<string> AskAsync(string database, string sql, int node)
    {
        var endpoint = Nodes.Endpoints[node];
        return Sql.RunAsync(endpoint with { Url = new Uri(endpoint.Url, $"/?database={database}") }, sql);
    }
}
