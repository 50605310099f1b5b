using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>SQL of edges: flows grouped by what tells them apart, and what the inventory has of their ends' names.</summary>
internal static class EdgeSql
{
    private const string From = "fromUnixTimestamp64Micro({from:Int64}, 'UTC')";
    private const string To = "fromUnixTimestamp64Micro({to:Int64}, 'UTC')";

    /// <summary>Spans of names that touch the window: of each key those of its newest version.</summary>
    public const string Spans = $"""
        SELECT s.subject AS subject, s.key AS key, toUnixTimestamp64Micro(s.span.2) AS valid_from, toUnixTimestamp64Micro(s.span.3) AS valid_to,
            toString(s.span.4) AS type, toString(s.span.5) AS namespace, s.span.6 AS name, toString(s.span.7) AS node, toString(s.span.8) AS workload_kind,
            s.span.9 AS workload, toJSONString(s.span.10) AS labels
        FROM
        (
            SELECT toString(g.subject) AS subject, g.key AS key,
                arrayJoin(arrayFilter(r -> r.1 = g.last AND r.2 < r.3 AND r.2 < {To} AND r.3 > {From}, g.spans)) AS span
            FROM
            (
                SELECT h.subject AS subject, h.key AS key, max(h.version) AS last, groupArray(
                    (h.version, h.valid_from, h.valid_to, h.type, h.namespace, h.name, h.node, h.workload_kind, h.workload, h.labels)) AS spans
                FROM name_history AS h GROUP BY h.subject, h.key
            ) AS g
        ) AS s
        ORDER BY subject, key, valid_from
        FORMAT Native
        """;

    // Of names that are not one thing for all of the window: pods' names, addresses, and the moments when anything changed. A pod is one thing by its name
    // whenever it is asked for, an address is nobody's in between.
    private const string Changing = """
        (
            SELECT (groupUniqArrayIf(splitByChar('/', key)[2], subject = 'pod'), groupUniqArrayIf(key, subject = 'address'),
                arrayConcat([{from:Int64}], groupUniqArrayArray(arrayConcat(spans.1, spans.2))))
            FROM
            (
                SELECT subject, key, arrayMap(r -> (greatest(r.2, {from:Int64}), least(r.3, {to:Int64}), r.4),
                    arrayFilter(r -> r.1 = last AND r.2 < r.3 AND r.2 < {to:Int64} AND r.3 > {from:Int64}, rows)) AS spans
                FROM
                (
                    SELECT h.subject AS subject, h.key AS key, max(h.version) AS last, groupArray((h.version, toUnixTimestamp64Micro(h.valid_from),
                        toUnixTimestamp64Micro(h.valid_to),
                        cityHash64(toString(h.type), toString(h.namespace), h.name, toString(h.node), toString(h.workload_kind), h.workload,
                            toJSONString(h.labels))
                        )) AS rows
                    FROM name_history AS h GROUP BY h.subject, h.key
                )
            )
            WHERE notEmpty(spans) AND (arrayUniq(spans.3) > 1
                OR subject = 'address' AND arraySum(arrayMap(s -> s.2 - s.1, spans)) < {to:Int64} - {from:Int64})
        )
        """;

    private static readonly string PodPort = $"ifNull({TrafficColumns.PortNumber("t.pod_port")}, 0)";
    private static readonly string PeerPort = $"ifNull({TrafficColumns.PortNumber("t.traffic_in_out_port")}, 0)";

    // -1: nothing tells.
    private static readonly string PodIsClient = $"ifNull(toInt8({FlowRoles.IsPodClientSql}), toInt8(-1))";

    private static readonly (string Sql, string Name)[] Keys =
    [
        ("t.pod_namespace", "pod_namespace"), ("t.pod_name", "pod_name"), ("t.pod_ip", "pod_ip"), ("t.traffic_in_out_ip", "peer_ip"),
        (PodIsClient, "pod_is_client"), ("toInt8(ifNull(upper(t.traffic_type), '') = 'EGRESS')", "is_egress"), ("t.ip_protocol", "protocol"),
        ($"toInt32(if({PodIsClient} = 0, {PodPort}, {PeerPort}))", "port"), ("t.decision", "decision"),
        ($"if(t.pod_name IN (arrayMap(k -> k, changing.1)) OR {NameKey.Peer.ColumnSql("t.")} IN (arrayMap(k -> k, changing.2)), "
            + "roundDown(toUnixTimestamp64Micro(t.time_stamp), changing.3), {from:Int64})", "at"),
    ];

    /// <summary>
    /// Flows by edge. Groups are told apart by their hash, at a third of the cost of their texts: that two of a million share one happens once in ten million
    /// questions. Where a name changes within the window its flows are grouped by the span between two changes as well: <c>at</c> is when that begins.
    /// </summary>
    /// <param name="where">Which rows of <c>traffic AS t</c>.</param>
    /// <param name="repeats">Joins <c>r.repeats</c> to a row; null where they are not counted.</param>
    public static string Edges(string where, string? repeats) => $"""
        WITH {Changing} AS changing
        SELECT {string.Join(", ", Keys.Select(key => $"any({key.Sql}) AS {key.Name}"))}, toInt64(count()) AS flows,
            toInt64({(repeats is null ? "count()" : "count() + sum(r.repeats)")}) AS seen, toUnixTimestamp64Micro(min(t.time_stamp)) AS first,
            toUnixTimestamp64Micro(max(t.time_stamp)) AS last, argMin(t.uuid, (t.time_stamp, t.uuid)) AS example
        FROM traffic AS t
        {repeats}
        WHERE {where}
        GROUP BY cityHash64(tuple({string.Join(", ", Keys.Select(key => key.Sql))}))
        FORMAT Native
        """;

    /// <summary>Addresses that one pod reported from, of which the inventory knows nothing.</summary>
    public static string Reporters(string where) => $$"""
        WITH (SELECT groupUniqArray(h.key) FROM name_history AS h WHERE h.subject = 'address') AS known
        SELECT t.pod_ip AS pod_ip, any(t.pod_namespace) AS pod_namespace, any(t.pod_name) AS pod_name
        FROM traffic AS t
        WHERE {{where}} AND t.pod_ip NOT IN (arrayMap(k -> k, known)) AND ifNull(t.pod_name, '') != '' AND ifNull(t.pod_ip, '') != ''
        GROUP BY t.pod_ip
        HAVING min(cityHash64(tuple(t.pod_namespace, t.pod_name))) = max(cityHash64(tuple(t.pod_namespace, t.pod_name)))
        LIMIT {limit:UInt64}
        FORMAT Native
        """;
}
