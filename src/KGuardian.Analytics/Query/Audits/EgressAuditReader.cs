using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Reports;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Audits;

/// <summary>Reads audits of egress: of flows that leave a pod, and of which the pod is the client.</summary>
internal sealed class EgressAuditReader(FlowQueryRunner runner, RuntimeFinder runtimes)
{
    private static readonly FlowFilter Egress = Is(FlowField.Direction, "EGRESS");
    private static readonly FlowFilter Tcp = FlowFilter.And(Egress, Is(FlowField.Protocol, "TCP"), In(FlowField.Decision, "ALLOW", "DROP"));
    private static readonly FlowFilter IcmpDrops = FlowFilter.And(Egress, In(FlowField.Protocol, "ICMP", "ICMPv6"), Is(FlowField.Decision, "DROP"));

    // Replies are reported as flows of their own: those of a server's pod leave it, too.
    private static readonly string IsClient = $"ifNull({FlowRoles.IsPodClientSql} = 1, 0)";

    private static readonly string Pod = "ifNull(t.pod_namespace, '') AS pod_namespace, ifNull(t.pod_name, '') AS pod_name";

    /// <summary>The newest <paramref name="limit"/> audits by their last observation.</summary>
    /// <param name="flows">All flows that are kept; it knows the flow id's SQL.</param>
    /// <param name="runtime">The pod that they are of; null for all.</param>
    /// <param name="limit">Most of them.</param>
    /// <param name="cancellationToken">Ends the queries.</param>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public async Task<IReadOnlyList<EgressAudit>> NewestAsync(FlowSelection flows, Runtime? runtime, int limit, CancellationToken cancellationToken)
    {
        var selection = runtime is null ? flows : flows with { Window = runtime.Window, Filter = runtime.Filter };
        var audits = await runner.ReadAsync(selection, async shown =>
        {
            var (tcp, icmp) = (shown.Where(Tcp), shown.Where(IcmpDrops));
            var connections = runner.QueryAsync<EgressAudit>(
                Limited(ConnectionsQuery(tcp, await LeastAsync(tcp, limit, cancellationToken)), limit), cancellationToken);
            var drops = runner.QueryAsync<EgressAudit>(Limited(DropsQuery(icmp), limit), cancellationToken);
            await Task.WhenAll(connections, drops);
            // Stable: each list is in its order, and of one time connections come first.
            var newest = (await connections).Concat(await drops).OrderByDescending(audit => audit.Last).Take(limit).ToArray();
            return await CountAsync(newest, shown.Oldest, cancellationToken);
        });
        return await runtimes.WithUidsAsync(audits, cancellationToken);
    }

    /// <summary>How often they were seen is not among it: that is asked of those that are listed.</summary>
    internal static ClickHouseQuery ConnectionsQuery(ShownFlows shown, long? least)
    {
        var id = shown.FlowId!;
        const string Least = "fromUnixTimestamp64Micro({least:Int64}, 'UTC')";
        var repeats = $"FROM traffic_activity AS a WHERE {FlowIdSql.Counts("{oldest:Date}")}{(least is null ? "" : $" AND a.last_seen >= {Least}")}";
        // Few are left before they are joined.
        var isRecent = least is null ? "" : $" AND (t.time_stamp >= {Least} OR {id.Expression} IN (SELECT a.flow_id {repeats}))";
        return id.Bind(shown.Query(where => $$"""
            SELECT '{{nameof(EgressKind.TcpConnection)}}' AS kind, toBool(ifNull(upper(t.decision) = 'ALLOW', 0)) AS is_allowed, {{Pod}},
                t.traffic_in_out_ip AS destination, {{TrafficColumns.PortNumber("t.traffic_in_out_port")}} AS port, {{id.Expression}} AS flow_id,
                toUnixTimestamp64Micro(t.time_stamp) AS first, first AS newest, if(r.is_seen, greatest(first, r.seen), first) AS last,
                toUInt64(1) AS observations
            FROM traffic AS t
            LEFT JOIN
            (
                SELECT a.flow_id AS id, max(toUnixTimestamp64Micro(a.last_seen)) AS seen, 1 AS is_seen {{repeats}} GROUP BY a.flow_id
            ) AS r ON r.id = {{id.Expression}}
            WHERE {{where}} AND {{IsClient}}{{isRecent}}
            ORDER BY last DESC, {{FlowOrder.NewestFirst}}
            LIMIT {limit:UInt64}
            """)).With("least", least ?? 0);
    }

    internal static ClickHouseQuery DropsQuery(ShownFlows shown) => shown.QueryWithActivity((where, _) =>
    {
        var rows = $"{where} AND {IsClient}";
        return $$"""
            SELECT '{{nameof(EgressKind.IcmpDrop)}}' AS kind, false AS is_allowed, {{Pod}}, t.traffic_in_out_ip AS destination,
                toUnixTimestamp64Micro(min(t.time_stamp)) AS first, toUnixTimestamp64Micro(max(t.time_stamp)) AS newest,
                greatest(newest, maxIf(toUnixTimestamp64Micro(r.seen), r.repeats > 0)) AS last,
                count() + sum(r.repeats) AS observations
            FROM traffic AS t
            {{ActivitySql.JoinRepeats(shown, rows, isNarrowed: true)}}
            WHERE {{rows}}
            GROUP BY pod_namespace, pod_name, destination
            ORDER BY last DESC, pod_namespace, pod_name, destination
            LIMIT {limit:UInt64}
            """;
    });

    /// <summary>
    /// When the last of the <paramref name="limit"/> connections that were first seen last was seen first: those that were seen last were seen then or later,
    /// so that of older ones only those count that repeats say it of. Null when there are fewer.
    /// </summary>
    private async Task<long?> LeastAsync(ShownFlows shown, int limit, CancellationToken cancellationToken)
    {
        var times = await runner.QueryAsync<long>(
            shown.Query(where => $$"""
                SELECT toUnixTimestamp64Micro(t.time_stamp) AS value FROM traffic AS t
                WHERE {{where}} AND {{IsClient}} ORDER BY {{FlowOrder.ByTime(newestFirst: true)}} LIMIT 1 OFFSET {offset:UInt64}
                """).With("offset", limit - 1L),
            cancellationToken);
        return times is [var time] ? time : null;
    }

    /// <summary>Connections with how often they were seen.</summary>
    private async Task<EgressAudit[]> CountAsync(EgressAudit[] audits, DateOnly oldest, CancellationToken cancellationToken)
    {
        var flows = audits.Where(audit => audit.Kind == EgressKind.TcpConnection).Select(audit => audit.FlowId).ToArray();
        if (flows.Length == 0)
        {
            return audits;
        }

        var repeats = (await runner.QueryAsync<FlowActivity>(NumberedPageReader.ActivityQuery(flows, SqlDate.Of(oldest)), cancellationToken))
            .ToLookup(activity => activity.FlowId, activity => activity.Repeats);
        return
        [
            .. audits.Select(audit => audit.Kind != EgressKind.TcpConnection ? audit
                : audit with { Observations = repeats[audit.FlowId].Aggregate(audit.Observations, (sum, some) => sum + some) }),
        ];
    }

    private ClickHouseQuery Limited(ClickHouseQuery query, int limit) => query.With("limit", limit).WithSpillingJoin(runner.MemoryLimitBytes);

    private static FlowFilter Is(FlowField field, string value) => FlowFilter.Where(field, FilterOperator.Equal, value);

    private static FlowFilter In(FlowField field, params IReadOnlyList<string> values) => FlowFilter.Where(field, FilterOperator.In, values);
}
