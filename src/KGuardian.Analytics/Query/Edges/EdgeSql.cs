using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>SQL of edges: flows grouped by what tells them apart, and what the inventory has of their ends' names.</summary>
internal static class EdgeSql
{
    private const string From = "fromUnixTimestamp64Micro({from:Int64}, 'UTC')";
    private const string To = "fromUnixTimestamp64Micro({to:Int64}, 'UTC')";
    /// <summary>2 for EGRESS, 1 for INGRESS, 0 for other words.</summary>
    public const string Direction = "toInt8(multiIf(ifNull(upper(t.traffic_type), '') = 'EGRESS', 2, ifNull(upper(t.traffic_type), '') = 'INGRESS', 1, 0))";

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

    /// <summary>Pods that use their node's network, as namespace/name.</summary>
    public const string OnHost = """
        SELECT concat(p.pod_namespace, '/', p.pod_name) AS key FROM pod_states AS p
        GROUP BY p.pod_namespace, p.pod_name HAVING argMax(p.on_host, p.sequence)
        FORMAT Native
        """;

    /// <summary>Whether a flow's peer has one of the addresses of a query, <c>address</c>.</summary>
    public static string PeerIn(string addresses) => $"{NameKey.Peer.ColumnSql("t.")} GLOBAL IN ({addresses})";

    private static readonly string PodPort = $"ifNull({TrafficColumns.PortNumber("t.pod_port")}, 0)";
    private static readonly string PeerPort = $"ifNull({TrafficColumns.PortNumber("t.traffic_in_out_port")}, 0)";

    /// <summary>1 when the pod that reported is the client, 0 when its peer is, -1 when nothing tells.</summary>
    public static readonly string PodIsClient = $"ifNull(toInt8({FlowRoles.IsPodClientSql}), toInt8(-1))";

    /// <summary>The server's port; 0 for none.</summary>
    public static readonly string ServerPort = $"toInt32(if({PodIsClient} = 0, {PodPort}, {PeerPort}))";

    /// <summary>When the span of the reporting side's name begins that a row is in, by the constants <c>pod_borders</c> and <c>address_borders</c>.</summary>
    public static readonly string PodAt =
        $"if(ifNull(t.pod_name, '') = '', {SpanBorders.At(NameKey.PodAddress, "address_borders")}, {SpanBorders.At(NameKey.Pod, "pod_borders")})";

    /// <summary>The same of the other side's.</summary>
    public static readonly string PeerAt = SpanBorders.At(NameKey.Peer, "address_borders");

    /// <summary>Constants that <see cref="PodAt"/> and <see cref="PeerAt"/> name.</summary>
    public static readonly string Constants =
        $"WITH {EdgeNames.Borders(ofAddresses: false)} AS pod_borders, {EdgeNames.Borders(ofAddresses: true)} AS address_borders";

    /// <summary>
    /// Flows by edge. Groups are told apart by their hash, at a third of the cost of their texts: that two of a million share one happens once in ten million
    /// questions. Where a name changes within the window its flows are grouped by the span between two changes as well, which begins at <c>pod_at</c> and
    /// <c>peer_at</c>.
    /// </summary>
    /// <param name="where">Which rows of <c>traffic AS t</c>.</param>
    /// <param name="outside">How addresses that are nobody's are grouped; null where each is an end.</param>
    /// <param name="repeats">Joins <c>r.repeats</c> and <c>r.seen</c> to a row; null where they are not counted.</param>
    /// <param name="hasExamples">Whether each has the smallest of its rows' uuids.</param>
    public static string Edges(string where, OutsideNetworks? outside, string? repeats, bool hasExamples) => $"""
        {Constants}
        SELECT {Group(outside)} AS key, any(t.pod_namespace) AS pod_namespace, any(t.pod_name) AS pod_name, any(t.pod_ip) AS pod_ip,
            any(t.traffic_in_out_ip) AS peer_ip, any({PodIsClient}) AS pod_is_client, any({Direction}) AS direction, any(t.ip_protocol) AS protocol,
            any({ServerPort}) AS port, any(t.decision) AS decision, any({PodAt}) AS pod_at, any({PeerAt}) AS peer_at, toInt64(count()) AS flows,
            toInt64({(repeats is null ? "count()" : "count() + sum(r.repeats)")}) AS observations, toUnixTimestamp64Micro(min(t.time_stamp)) AS first,
            toUnixTimestamp64Micro(max(t.time_stamp)) AS last,
            {(repeats is null ? "last" : "greatest(last, toUnixTimestamp64Micro(max(r.seen)))")} AS active{(hasExamples ? ", min(t.uuid) AS example" : "")}
        FROM traffic AS t
        {repeats}
        WHERE {where}
        GROUP BY key
        FORMAT Native
        """;

    /// <summary>
    /// What is counted of edges that are some of these groups: <c>place</c>, <c>connections</c> by the client's address and port, <c>observations</c>, the
    /// largest of what one end reported in one direction, and <c>active</c>, when one of them was last seen.
    /// </summary>
    /// <param name="where">Which rows of <c>traffic AS t</c>.</param>
    /// <param name="outside">How addresses that are nobody's are grouped; null where each is an end.</param>
    /// <param name="repeats">Joins <c>r.repeats</c> and <c>r.seen</c> to a row.</param>
    public static string Counts(string where, OutsideNetworks? outside, string repeats) => $"""
        {Constants}
        SELECT toInt64(g.place) AS place, toInt64(uniqExactMerge(g.connections)) AS connections, toInt64(max(g.observations)) AS observations,
            max(g.active) AS active
        FROM
        (
            SELECT m.place AS place, c.reporter AS reporter, uniqExactState(c.connection) AS connections, count() + sum(r.repeats) AS observations,
                greatest(max(c.micros), toUnixTimestamp64Micro(max(r.seen))) AS active
            FROM
            (
                SELECT {Group(outside)} AS key, cityHash64(tuple(
                    if({PodIsClient} = 1, {NameKey.PodAddress.TextSql("t.")}, {NameKey.Peer.TextSql("t.")}),
                    if({PodIsClient} = 1, {PodPort}, {PeerPort}))) AS connection,
                    toUInt8(if({PodIsClient} = 1, 1, 0) + {Direction} * 2) AS reporter, toUnixTimestamp64Micro(t.time_stamp) AS micros,
                    {string.Join(", ", FlowTable.Key.Select(column => $"t.{column.Name} AS {column.Name}"))}
                FROM traffic AS t
                WHERE {where}
            ) AS c
            GLOBAL INNER JOIN ({EdgeNames.Groups}) AS m ON m.key = c.key
            {repeats}
            GROUP BY m.place, c.reporter
        ) AS g
        GROUP BY g.place
        FORMAT Native
        """;

    /// <summary>Addresses that one pod reported from, of which the inventory knows nothing.</summary>
    /// <param name="source">Of which rows of <c>t</c>: a table with its condition, or a query in brackets.</param>
    public static string Reporters(string source) => $$"""
        SELECT t.pod_ip AS pod_ip, any(t.pod_namespace) AS pod_namespace, any(t.pod_name) AS pod_name
        FROM ({{source}}) AS t
        GROUP BY t.pod_ip
        HAVING min(cityHash64(tuple(t.pod_namespace, t.pod_name))) = max(cityHash64(tuple(t.pod_namespace, t.pod_name)))
        LIMIT {limit:UInt64}
        FORMAT Native
        """;

    /// <summary>The columns of <see cref="Reporters"/>' source, and which of its rows there are.</summary>
    public static (string Columns, string Where) OfReporters { get; } = (
        "t.pod_ip AS pod_ip, t.pod_namespace AS pod_namespace, t.pod_name AS pod_name",
        $"ifNull(t.pod_name, '') != '' AND ifNull(t.pod_ip, '') != '' AND ifNull({NameKey.PodAddress.ColumnSql("t.")}, '') GLOBAL NOT IN "
        + $"(SELECT h.key FROM name_history AS h WHERE h.subject = 'address' AND h.valid_from < {To} AND h.valid_to > {From})");

    /// <summary>How many addresses of peers there are that are nobody's, up to a limit.</summary>
    /// <param name="source">Of which <c>address</c>es: a query, with each as often as it likes.</param>
    /// <param name="reporters">A query of the addresses that pods reported from.</param>
    public static string OutsideAddresses(string source, string reporters) => $$"""
        SELECT toInt64(count()) AS value FROM
        (
            SELECT DISTINCT t.traffic_in_out_ip AS address FROM ({{source}}) AS t
            WHERE ifNull({{NameKey.Peer.ColumnSql("t.")}}, '') GLOBAL NOT IN (SELECT h.key FROM name_history AS h WHERE h.subject = 'address')
                AND t.traffic_in_out_ip GLOBAL NOT IN ({{reporters}})
            LIMIT {limit:UInt64}
        )
        """;

    /// <summary>The hash of what tells rows of <c>edge_rollup AS t</c> apart: that of each of their flows.</summary>
    public static string RowGroup(OutsideNetworks? outside) => Group(outside, "t.server_port", "t.pod_is_client");

    /// <summary>The hash of what tells edges apart, of rows of <c>traffic AS t</c>.</summary>
    /// <param name="outside">How addresses that are nobody's are grouped; null where each is an end.</param>
    public static string Group(OutsideNetworks? outside) => Group(outside, ServerPort, PodIsClient);

    private static string Group(OutsideNetworks? outside, string port, string podIsClient)
    {
        var peer = outside?.PeerKeySql(EdgeNames.KnownAddresses) ?? "t.traffic_in_out_ip";
        // Numbers as one: hashing is by argument.
        var numbers = $"bitOr(bitShiftLeft(toInt64({port}), 8), toInt64(({podIsClient} + 1) * 4 + {Direction}))";
        return $"cityHash64(tuple(t.pod_namespace, t.pod_name, t.pod_ip, {peer}, t.ip_protocol, t.decision, {numbers}, {PodAt}, {PeerAt}))";
    }
}
