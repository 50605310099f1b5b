using System.Text.Json;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Edges;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Topology;

/// <summary>Answers who talks to whom: edges between what the ends were as of each flow's time.</summary>
internal sealed class TopologyReader(FlowQueryRunner runner, EdgeReader edges, TopologyMetrics metrics)
{
    private const string SelectorsSql = """
        SELECT ifNull(s.svc_namespace, '') AS namespace, ifNull(s.svc_name, '') AS name,
            toJSONString(JSONExtract(argMax(s.service_spec, s.sequence), 'spec', 'selector', 'Map(String, String)')) AS selector
        FROM service_states AS s WHERE ifNull(s.svc_name, '') != '' GROUP BY namespace, name
        """;

    private const string LabelKeysSql =
        "SELECT DISTINCT arrayJoin(mapKeys(h.labels)) AS value FROM name_history AS h WHERE h.subject = 'pod' AND h.valid_from < h.valid_to ORDER BY value";

    /// <summary>Edges of one owner, the strongest first, with what is counted of them.</summary>
    /// <param name="flows">Of which flows.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="side">Where the owner is.</param>
    /// <param name="byAddress">Whether each address outside is an end, rather than its network; then only edges to such addresses are wanted.</param>
    /// <param name="limit">Most edges.</param>
    /// <param name="judge">Says where policies would have stopped an edge; null where none are asked about.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The edges, and the pods of the window.</returns>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    /// <exception cref="TooManyNamesException">The inventory changed more often than is held.</exception>
    public async Task<(TopologyEdges Edges, ClusterPods Pods)> OfOwnerAsync(
        FlowSelection flows, TopologyOwner owner, OwnerSide side, bool byAddress, int limit,
        EdgeJudge? judge, CancellationToken cancellationToken)
    {
        var names = await edges.NamesAsync(
            flows, byAddress ? null : judge is null ? OutsideNetworks.All : OutsideNetworks.But(judge.Networks), cancellationToken);
        var pods = new ClusterPods(names);
        var read = new Reading(flows, names, pods, TopologyLevel.Workload, owner, new EdgeDetail { HasKeys = true, Scope = owner.Scope })
        {
            ByAddress = byAddress,
            Judge = judge?.Begin(names.Pods),
        };
        return (await ReadAsync(read, limit, (client, server) =>
            (side == OwnerSide.Server ? server == owner.End : side == OwnerSide.Client ? client == owner.End : client == owner.End || server == owner.End)
            && (!byAddress || (side == OwnerSide.Server ? client : server).Kind == TopologyEnd.External), cancellationToken), pods);
    }

    /// <summary>Edges of everything, the strongest first.</summary>
    /// <param name="flows">Of which flows.</param>
    /// <param name="level">What pods are grouped to.</param>
    /// <param name="counts">Whether connections and observations are counted.</param>
    /// <param name="limit">Most edges.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    /// <exception cref="TooManyNamesException">The inventory changed more often than is held.</exception>
    public async Task<TopologyEdges> AllAsync(FlowSelection flows, TopologyLevel level, bool counts, int limit, CancellationToken cancellationToken)
    {
        var names = await edges.NamesAsync(flows, OutsideNetworks.All, cancellationToken);
        var read = new Reading(flows, names, new ClusterPods(names), level, null, new EdgeDetail { HasKeys = counts });
        var found = await ReadAsync(read, limit, (_, _) => true, cancellationToken);
        metrics.Unresolved = found.Edges.SelectMany(edge => new[] { edge.Client, edge.Server }).Distinct().Count(end => end.Kind == TopologyEnd.External);
        return found;
    }

    /// <summary>The pods that were there within a window.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    /// <exception cref="TooManyNamesException">The inventory changed more often than is held.</exception>
    public async Task<ClusterPods> PodsAsync(FlowSelection flows, CancellationToken cancellationToken) =>
        new(await edges.NamesAsync(flows, null, cancellationToken));

    /// <summary>Every key of a pod's label, sorted.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public Task<IReadOnlyList<string>> LabelKeysAsync(CancellationToken cancellationToken) =>
        runner.QueryAsync<string>(new ClickHouseQuery(LabelKeysSql), cancellationToken);

    /// <summary>Whether there are flows.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public Task<bool> AnyAsync(FlowSelection selection, CancellationToken cancellationToken) => runner.ReadAsync(selection, async shown =>
        (await runner.QueryAsync<byte>(
            shown.Query(where => $"SELECT toUInt8(1) AS value FROM traffic AS t WHERE {where} LIMIT 1"), cancellationToken)).Count > 0);

    /// <summary>The pods that reported.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public Task<IReadOnlyList<ReporterName>> ReportersAsync(FlowSelection selection, string? space, CancellationToken cancellationToken) =>
        runner.ReadAsync(selection, shown => runner.QueryAsync<ReporterName>(
            shown.Query(where => $$"""
                SELECT DISTINCT ifNull(t.pod_namespace, '') AS namespace, ifNull(t.pod_name, '') AS name FROM traffic AS t
                WHERE {{where}} AND ifNull(t.pod_name, '') != '' {{(space is null ? "" : "AND t.pod_namespace = {space:String}")}}
                """).With("space", space ?? ""),
            cancellationToken));

    private async Task<TopologyEdges> ReadAsync(
        Reading read, int limit, Func<TopologyEnd, TopologyEnd, bool> isWanted, CancellationToken cancellationToken)
    {
        var services = (await runner.QueryAsync<SelectorRow>(new ClickHouseQuery(SelectorsSql), cancellationToken)).Select(row => row.ToSelector()).ToArray();
        var ends = new TopologyEnds(read.Pods.All, services, read.Level, read.Owner, read.ByAddress);
        var totals = new EdgeTotals(read.Detail.HasKeys);
        await foreach (var edge in edges.ReadAsync(read.Flows, read.Names, read.Detail, cancellationToken))
        {
            var client = ends.Of(edge.Client, edge.IsReportedByClient ? edge.Pod : null);
            var server = ends.Of(edge.Server, edge.IsReportedByClient ? null : edge.Pod);
            if (edge.IsRoleKnown && isWanted(client, server))
            {
                totals.Add(client, server, edge, read.Judge?.Invoke(edge) ?? Blocking.None);
            }
        }

        var (strongest, keys) = totals.Strongest(limit);
        if (!read.Detail.HasKeys || strongest.Edges.Count == 0)
        {
            return strongest;
        }

        var counts = await edges.CountsAsync(read.Flows, read.Names, read.Detail, keys, cancellationToken);
        return strongest with
        {
            Edges =
            [
                .. strongest.Edges.Select((edge, i) => edge with
                {
                    Connections = counts[i].Connections,
                    Observations = counts[i].Observations,
                    LastSeen = Math.Max(edge.LastSeen, counts[i].LastActive),
                }),
            ],
        };
    }

    private sealed record Reading(
        FlowSelection Flows, NameSpans Names, ClusterPods Pods, TopologyLevel Level, TopologyOwner? Owner, EdgeDetail Detail)
    {
        public bool ByAddress { get; init; }

        public Func<ObservedEdge, Blocking>? Judge { get; init; }
    }

    private sealed record SelectorRow(string Namespace, string Name, string Selector)
    {
        public ServiceSelector ToSelector() => new(Namespace, Name, JsonSerializer.Deserialize<Dictionary<string, string>>(Selector)!);
    }
}
