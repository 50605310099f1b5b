using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Topology;

/// <summary>Answers who talks to whom: edges between what the ends were as of each flow's time.</summary>
internal sealed class TopologyReader(FlowQueryRunner runner, NameCatalogReader catalogs, TopologyMetrics metrics)
{
    private static readonly (int, int) Networks = (24, 64);
    private static readonly (int, int) Addresses = (32, 128);

    /// <summary>All that is known of names.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public Task<NameCatalog> NamesAsync(CancellationToken cancellationToken) => catalogs.ReadAsync(cancellationToken);

    /// <summary>Edges of one owner, the strongest first.</summary>
    /// <param name="selection">Of which flows.</param>
    /// <param name="owner">The owner.</param>
    /// <param name="side">Where the owner is.</param>
    /// <param name="byAddress">Whether each address outside is an end, rather than its network; then only edges to such addresses are wanted.</param>
    /// <param name="limit">Most edges.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public Task<TopologyEdges> OfOwnerAsync(
        FlowSelection selection, TopologyOwner owner, OwnerSide side, bool byAddress, int limit, CancellationToken cancellationToken) =>
        ReadAsync(selection, TopologyLevel.Workload, owner, side, byAddress, counts: true, limit, cancellationToken);

    /// <summary>Edges of everything, the strongest first.</summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public Task<TopologyEdges> AllAsync(FlowSelection selection, TopologyLevel level, bool counts, int limit, CancellationToken cancellationToken) =>
        ReadAsync(selection, level, null, OwnerSide.Any, byAddress: false, counts, limit, cancellationToken);

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
        FlowSelection selection, TopologyLevel level, TopologyOwner? owner, OwnerSide side, bool byAddress, bool counts, int limit,
        CancellationToken cancellationToken)
    {
        var catalog = await catalogs.ReadAsync(cancellationToken);
        var (from, to) = (TimeWindow.Micros(selection.Window.From), TimeWindow.Micros(selection.Window.To));
        return await runner.ReadAsync(selection, async shown =>
        {
            var pods = await runner.QueryAsync<ReportingPod>(shown.Query(EdgeSql.ReportingPods), cancellationToken);
            var ends = new SpanEnds(catalog, level, owner, from, to);
            var table = new EndTable(catalog, ends, pods, owner, from, to);
            var query = Query(shown, table, level, owner, side, byAddress, counts).With("limit", limit + 1L);
            await using var answer = await runner.StreamWithTableAsync(query, EndTable.Name, EndTable.Structure, table.ToBlock(), cancellationToken);
            var edges = await EdgeLines.ReadAsync(answer.Body, ends, byAddress, counts, limit, cancellationToken);
            edges = edges with { Summary = answer.Summary };
            if (owner is null)
            {
                metrics.Unresolved = edges.Edges.SelectMany(edge => new[] { edge.Client, edge.Server }).Distinct()
                    .Count(end => end.Kind == TopologyEnd.External);
            }

            return edges;
        });
    }

    private ClickHouseQuery Query(
        ShownFlows shown, EndTable table, TopologyLevel level, TopologyOwner? owner, OwnerSide side, bool byAddress, bool counts)
    {
        Func<string, string> sql = where => $$"""
            SELECT *, sum(flows) OVER () AS all_flows, count() OVER () AS all_edges
            FROM ({{EdgeSql.Edges(where, table, level, owner, byAddress ? Addresses : Networks, counts ? Repeats(shown, where, owner) : null)}})
            {{Sides(side, byAddress)}}
            ORDER BY flows DESC, client, server, port, protocol
            LIMIT {limit:UInt64}
            FORMAT JSONCompactEachRow
            """;
        var query = counts ? shown.QueryWithActivity((where, _) => sql(where)) : shown.Query(sql);
        return query
            .With("owner_namespace", owner?.Namespace ?? "").With("owner_name", owner?.Name ?? "")
            .WithSetting("wait_end_of_query", "1").WithSetting("output_format_json_quote_64bit_integers", "0")
            .WithSetting("max_expanded_ast_elements", "10000000")
            // Which edges are the owner's is asked of the rows that can be, not of all.
            .WithSetting("query_plan_filter_push_down", "0")
            .WithSetting("max_bytes_before_external_group_by", (runner.MemoryLimitBytes / 4).ToString(CultureInfo.InvariantCulture));
    }

    private static string Sides(OwnerSide side, bool byAddress)
    {
        var other = side == OwnerSide.Server ? "client" : "server";
        var isOutside = byAddress ? $" AND (bitTest({other}, 62) OR startsWith({other}_text, 'a'))" : "";
        return side switch
        {
            OwnerSide.Server => $"WHERE server = {EndKeySql.Owner}{isOutside}",
            OwnerSide.Client => $"WHERE client = {EndKeySql.Owner}{isOutside}",
            _ => "",
        };
    }

    private static string Repeats(ShownFlows shown, string where, TopologyOwner? owner) => $$"""
        LEFT JOIN
        (
            SELECT a.flow_id AS id, sum(a.observations) AS repeats, max(a.last_seen) AS seen
            FROM traffic_activity AS a
            WHERE {{FlowIdSql.Counts("{oldest:Date}")}}
                AND a.flow_id GLOBAL IN
                    (SELECT {{shown.FlowId!.Expression}} FROM traffic AS t WHERE {{where}}{{(owner is null ? "" : $" AND {EdgeSql.OfOwner(owner)}")}})
            GROUP BY a.flow_id
        ) AS r ON r.id = {{shown.FlowId!.Expression}}
        """;
}
