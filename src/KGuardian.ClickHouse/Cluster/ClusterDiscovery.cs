using System.Globalization;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Cluster;

/// <summary>
/// Asks every endpoint in which shard of a cluster it is: as ClickHouse knows itself in <c>system.clusters</c>, else by its macro <c>shard</c>,
/// which behind address translation is all that it knows.
/// </summary>
/// <param name="name">The cluster, as <c>remote_servers</c> calls it.</param>
/// <param name="endpoints">Its servers: at least one a shard.</param>
/// <param name="connect">Makes a client of servers that are as one.</param>
/// <param name="logger">Log.</param>
internal sealed partial class ClusterDiscovery(
    string name, IReadOnlyList<ClickHouseEndpoint> endpoints,
    Func<IReadOnlyList<ClickHouseEndpoint>, ClickHouseClient> connect, ILogger<ClusterDiscovery> logger)
{
    /// <summary>The cluster, whose shards are found when it is opened.</summary>
    public ClickHouseCluster Cluster(ClickHouseClient front) => ClickHouseCluster.Of(front, name, FindAsync);

    private async Task<ClusterMap> FindAsync(CancellationToken cancellationToken)
    {
        var nodes = endpoints.Select(endpoint => connect([endpoint])).ToArray();
        try
        {
            var answers = await Task.WhenAll(nodes.Select(node => AskAsync(node, cancellationToken)));
            var found = answers.OfType<Answer>().ToArray();
            Check(found, answers.Length - found.Length);
            var shards = found.GroupBy(answer => answer.Shard).OrderBy(shard => shard.Key).ToArray();
            foreach (var shard in shards)
            {
                LogShard(shard.Key, name, string.Join(", ", shard.Select(answer => answer.Node.Endpoint)));
            }

            return new ClusterMap(
                [.. shards.Select(shard => connect([.. shard.Select(answer => answer.Node.Endpoint)]))],
                [.. shards.SelectMany(shard => shard.Select(answer => new ClusterNode(shard.Key, answer.Node)))],
                [.. endpoints.Zip(answers).Where(server => server.Second is null).Select(server => server.First)],
                found.Any(answer => answer.Replicas > 1));
        }
        catch
        {
            foreach (var node in nodes)
            {
                node.Dispose();
            }

            throw;
        }
    }

    /// <summary>Null when the server does not answer.</summary>
    private async Task<Answer?> AskAsync(ClickHouseClient node, CancellationToken cancellationToken)
    {
        try
        {
            var members = await node.QueryAsync<Member>(
                new ClickHouseQuery("""
                    SELECT shard_num, replica_num, is_local FROM system.clusters WHERE cluster = {cluster:String}
                    """) { Database = "default" }.With("cluster", name),
                cancellationToken);
            var shards = members.Select(member => member.ShardNum).DefaultIfEmpty().Max();
            var replicas = members.Select(member => member.ReplicaNum).DefaultIfEmpty().Max();
            return shards == 0
                ? throw new ClusterException(
                    $"ClickHouse at {node.Endpoint.Url} knows no cluster '{name}'; {SettingNames.Cluster} must be one of its remote_servers.")
                : new Answer(node, await ShardAsync(node, members, shards, cancellationToken), shards, replicas);
        }
        catch (ClickHouseException e)
        {
            LogAway(node.Endpoint, name, e.Message);
            return null;
        }
    }

    private async Task<int> ShardAsync(ClickHouseClient node, IReadOnlyList<Member> members, int shards, CancellationToken cancellationToken)
    {
        if (members.Where(member => member.IsLocal == 1).Select(member => member.ShardNum).Distinct().ToArray() is [var own])
        {
            return own;
        }

        var macros = await node.QueryAsync<string>(
            new ClickHouseQuery("SELECT substitution AS value FROM system.macros WHERE macro = 'shard'") { Database = "default" }, cancellationToken);
        var text = macros is [var value] ? value : null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= shards
            ? number
            : throw new ClusterException(
                $"ClickHouse at {node.Endpoint.Url}, of {SettingNames.Endpoints}, does not know in which shard of cluster '{name}' it is: "
                + "none of the cluster's addresses is its own, "
                + $"and its macro 'shard' is {(text is null ? "not set" : $"'{text}'")}, not a number from 1 to {shards}.");
    }

    private void Check(Answer[] found, int away)
    {
        if (found.Select(answer => answer.Shards).Distinct().Skip(1).Any())
        {
            throw new ClusterException(
                $"The servers of {SettingNames.Endpoints} do not agree on how many shards cluster '{name}' has: "
                + string.Join(", ", found.Select(answer => $"{answer.Shards} says {answer.Node.Endpoint.Url}")) + ". Give all the same remote_servers.");
        }

        var shards = found.Length == 0 ? 1 : found[0].Shards;
        var missing = Enumerable.Range(1, shards).Except(found.Select(answer => answer.Shard)).ToArray();
        if (missing.Length == 0)
        {
            return;
        }

        var which = $"shard {string.Join(", ", missing)} of cluster '{name}'";
        // Whose server that is nobody knows before it answers.
        throw away > 0
            ? new ClickHouseException(ClickHouseFailure.NotSent, 0, $"no server of {which} answers", "none")
            : new ClusterException($"{SettingNames.Endpoints} names no server of {which}: every shard needs one.");
    }

    [LoggerMessage(1131, LogLevel.Information, "Shard {Shard} of cluster {Cluster} is at {Endpoints}")]
    private partial void LogShard(int shard, string cluster, string endpoints);

    [LoggerMessage(1132, LogLevel.Warning, "ClickHouse at {Endpoint} does not answer; cluster {Cluster} is looked for without it: {Reason}")]
    private partial void LogAway(ClickHouseEndpoint endpoint, string cluster, string reason);

    private sealed record Answer(ClickHouseClient Node, int Shard, int Shards, int Replicas);

    private sealed record Member(int ShardNum, int ReplicaNum, int IsLocal);
}
