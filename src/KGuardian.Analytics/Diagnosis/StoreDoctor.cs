using KGuardian.Analytics.Ingest.Tier;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Looks at a store from the server that runs it: at each of its ClickHouse servers, beside each other.</summary>
/// <param name="cluster">ClickHouse.</param>
/// <param name="ownChecks">What only this process knows.</param>
/// <param name="storeChecks">What is looked at in a store of one server.</param>
/// <param name="serverChecks">What is looked at on each server of a cluster.</param>
/// <param name="ingest">What runs on the store; null in a process that only answers questions.</param>
internal sealed class StoreDoctor(
    ClickHouseCluster cluster, IReadOnlyList<Check> ownChecks, Func<ClickHouseClient, IReadOnlyList<Check>> storeChecks,
    Func<ClickHouseClient, IReadOnlyList<Check>> serverChecks, IngestTier? ingest)
{
    /// <summary>What is found; of a server by itself as it is, of a cluster's with the server's name.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        if (cluster.Name is null)
        {
            return await new Doctor(cluster.Front, [.. ownChecks, .. storeChecks(cluster.Front)]).ExamineAsync(cancellationToken);
        }

        var own = await Task.WhenAll(ownChecks.Select(check => Doctor.LookAsync(check, cancellationToken)));
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

        // What users see, which spans the shards, and what the store knows of itself, which is on the first.
        Check[] whole = [new ViewsCheck(cluster.Front, []), new SecretsCheck(cluster.Home, ingest)];
        var ofAll = await Task.WhenAll(whole.Select(check => Doctor.LookAsync(check, cancellationToken)));
        var found = await Task.WhenAll(nodes.Select(node => new Doctor(node.Client, serverChecks(node.Client)).ExamineAsync(cancellationToken)));
        var away = cluster.Away.Select(server => new Finding(
            "cluster", Severity.Warning, $"ClickHouse at {server.Url} did not answer when the shards of {cluster.Name} were looked for, and was not looked at",
            "Bring it back, and restart this server: until then it works without it, and its replica alone has what it lacks."));
        return [.. ofAll.SelectMany(findings => findings), .. away, .. nodes.Zip(found).SelectMany(server => server.Second.Select(finding => finding with
        {
            What = $"Shard {server.First.Shard}, {server.First.Client.Endpoint.Url}: {finding.What}",
        }))];
    }
}
