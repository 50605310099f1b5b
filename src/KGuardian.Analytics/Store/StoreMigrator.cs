using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Endpoints;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Store;

/// <summary>
/// Brings every server of a store to the schema that this binary knows, each by its own history: a server that was away, or a shard that is new, catches
/// up. In a cluster the tables that span the shards follow, once all have the same.
/// </summary>
internal sealed partial class StoreMigrator(ClickHouseCluster cluster, IReadOnlyList<Migration> migrations, ILoggerFactory loggers)
{
    private readonly ILogger<StoreMigrator> _logger = loggers.CreateLogger<StoreMigrator>();

    /// <summary>Version of the newest migration known here.</summary>
    public int NewestVersion => migrations.Count;

    /// <summary>Applies what is missing and returns how many migrations that were, on the server that lacked most.</summary>
    /// <param name="alone">No other server can be at work (local node): a lock that a crash left behind is void.</param>
    /// <param name="cancellationToken">Gives up, between two statements.</param>
    /// <exception cref="SchemaException">History was edited, or is newer than this binary.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<int> MigrateAsync(bool alone, CancellationToken cancellationToken = default)
    {
        if (cluster.Name is null)
        {
            await RefuseClusterAsync(cancellationToken);
        }

        DistributedTables[] spanning = cluster.Name is { } name
            ? [.. cluster.Nodes.Select(node => new DistributedTables(node.Client, name, cluster.Front.Database))]
            : [];
        await Task.WhenAll(spanning.Select(tables => tables.RefuseStoreAsync(cancellationToken)));
        var applied = await Task.WhenAll(cluster.Nodes.GroupBy(node => node.Shard).Select(shard => MigrateShardAsync([.. shard], alone, cancellationToken)));

        if (spanning.Length > 0)
        {
            await new ClusterShape(cluster).CheckAsync(cancellationToken);
        }

        await Task.WhenAll(spanning.Select(tables => tables.CreateAsync(cancellationToken)));
        return applied.Max();
    }

    /// <summary>Which servers' schema is not the one known here; null when all are right. A cheap question for health checks.</summary>
    /// <param name="isAway">Whether a server is known not to answer: a replica of it speaks for both.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClickHouseException">ClickHouse did not answer.</exception>
    public async Task<string?> FindLagAsync(Func<ClickHouseEndpoint, bool> isAway, CancellationToken cancellationToken = default)
    {
        var asked = cluster.Name is null ? cluster.Nodes : [.. cluster.Nodes.Where(node => !isAway(node.Client.Endpoint))];
        var versions = await Task.WhenAll(asked.Select(node => Of(node).ReadVersionAsync(cancellationToken)));
        var lags = asked.Zip(versions).Where(node => node.Second != NewestVersion)
            .Select(node => $"that of shard {node.First.Shard} at {node.First.Client.Endpoint.Url} is at version {node.Second}, not {NewestVersion}")
            .ToArray();
        return lags.Length == 0 ? null
            : cluster.Name is null ? "the schema is not the one that this server knows"
            : $"the schema is not everywhere the one that this server knows: {string.Join("; ", lags)}";
    }

    private async Task<int> MigrateShardAsync(ClusterNode[] replicas, bool alone, CancellationToken cancellationToken)
    {
        if (replicas is [var only])
        {
            return await MigrateAsync(only, alone, cancellationToken);
        }

        await Task.WhenAll(replicas.Select(node => ReplicaTables.RefusePlainAsync(node, cancellationToken)));
        // The furthest first, then the others from what it has.
        var versions = await Task.WhenAll(replicas.Select(node => Of(node).FindVersionAsync(cancellationToken)));
        var ordered = replicas.Zip(versions).OrderByDescending(node => node.Second).Select(node => node.First).ToArray();
        var applied = await MigrateAsync(ordered[0], alone, cancellationToken);
        foreach (var other in ordered.Skip(1))
        {
            await ReplicaTables.CopyAsync(ordered[0].Client, other.Client, cancellationToken);
            applied = Math.Max(applied, await MigrateAsync(other, alone, cancellationToken));
        }

        return applied;
    }

    private async Task<int> MigrateAsync(ClusterNode node, bool alone, CancellationToken cancellationToken)
    {
        var applied = await Of(node).MigrateAsync(alone, cancellationToken);
        if (applied > 0 && cluster.Name is { } name)
        {
            LogCaughtUp(node.Shard, name, node.Client.Endpoint, applied, NewestVersion);
        }

        return applied;
    }

    private async Task RefuseClusterAsync(CancellationToken cancellationToken)
    {
        var spanning = await cluster.Front.QueryAsync<string>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = {database:String} AND engine = 'Distributed' LIMIT 1") { Database = "default" }
                .With("database", cluster.Front.Database),
            cancellationToken);
        if (spanning.Count > 0)
        {
            throw new SchemaException(
                $"Table '{spanning[0]}' of database '{cluster.Front.Database}' spans the shards of a cluster: "
                + "name it in ClickHouse:Cluster, or another ClickHouse:Database.");
        }
    }

    private Migrator Of(ClusterNode node) =>
        new(node.Client, migrations, loggers.CreateLogger<Migrator>(), cluster.IsReplicated ? ReplicatedEngines.Rewrite : null);

    [LoggerMessage(1114, LogLevel.Information,
        "Shard {Shard} of cluster {Cluster} at {Endpoint} lagged behind by {Migrations} schema migrations and is at version {Version} now")]
    private partial void LogCaughtUp(int shard, string cluster, ClickHouseEndpoint endpoint, int migrations, int version);
}
