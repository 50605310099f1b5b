using System.Globalization;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Migrations;

namespace KGuardian.Analytics.Store;

/// <summary>
/// Keeps in the table <c>store</c> of the first shard how many shards a store has, so that neither flows nor the facts of the store itself are
/// silently missing when the cluster's configuration changes.
/// </summary>
internal sealed class ClusterShape(ClickHouseCluster cluster)
{
    /// <summary>Compares the cluster with the one that was used last; a larger one is recorded.</summary>
    /// <exception cref="SchemaException">A shard is missing, or the first one is another than it was.</exception>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var (i, shard) in cluster.Shards.Index().Skip(1))
        {
            var rows = await shard.QuerySingleAsync<long>(new ClickHouseQuery("SELECT count() AS value FROM store"), cancellationToken);
            if (rows > 0)
            {
                throw new SchemaException(
                    $"Shard {i + 1} of cluster '{cluster.Name}' at {shard.Endpoint.Url} was the first shard of a store, "
                    + $"or a store by itself: table '{shard.Database}.store' has rows. "
                    + "The first shard of remote_servers must stay the first; new ones come behind it, empty.");
            }
        }

        var shards = cluster.Shards.Count;
        var facts = new StoreFacts(cluster);
        var before = await facts.GetNumberAsync(StoreFactNames.Shards, cancellationToken);
        if (before > shards)
        {
            throw new SchemaException(
                $"This store has flows on {before} shards, cluster '{cluster.Name}' has {shards}: those of the others would be missing. "
                + "Bring them back into remote_servers.");
        }

        if (before < shards)
        {
            await facts.WriteAsync(cancellationToken, (StoreFactNames.Shards, shards.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
