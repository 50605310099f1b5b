using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Looks at a store from the server that runs it: at each of its ClickHouse servers, beside each other.</summary>
/// <param name="cluster">ClickHouse.</param>
/// <param name="ownChecks">What only this process knows.</param>
/// <param name="storeChecks">What is looked at on each server.</param>
public sealed class StoreDoctor(ClickHouseCluster cluster, IReadOnlyList<Check> ownChecks, Func<ClickHouseClient, IReadOnlyList<Check>> storeChecks)
{
    /// <summary>What is found; of a server by itself as it is, of a cluster's with the server's name.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        if (cluster.Name is null)
        {
            return await new Doctor(cluster.Front, [.. ownChecks, .. storeChecks(cluster.Front)]).ExamineAsync(cancellationToken);
        }

        var own = await Task.WhenAll(ownChecks.Select(check => check.LookAsync(cancellationToken)));
        var shards = await ExamineServersAsync(cancellationToken);
        return [.. own.SelectMany(findings => findings), .. shards];
    }

    private async Task<IReadOnlyList<Finding>> ExamineServersAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ClusterNode> nodes;
        try
        {
            nodes = cluster.Nodes;
        }
        catch (StoreNotReadyException e)
        {
            return [new Finding(
                "cluster", Severity.Error, $"The shards of ClickHouse:Cluster = {cluster.Name} are not known: {e.Message}",
                "A server of each shard must answer once: /health says which does not, and why.")];
        }

        var found = await Task.WhenAll(nodes.Select(node => new Doctor(node.Client, storeChecks(node.Client)).ExamineAsync(cancellationToken)));
        return [.. nodes.Zip(found).SelectMany(server => server.Second.Select(finding => finding with
        {
            What = $"Shard {server.First.Shard}, {server.First.Client.Endpoint.Url}: {finding.What}",
        }))];
    }
}
