using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Topology;

/// <summary>
/// Edges out of flows, in one pass: each row's ends are looked up by its dictionaries' texts and where those change by its time, and rows are grouped by
/// numbers. Up to four reports of a connection (by both ends, request and reply) are one edge, as the client's port is no part of it.
/// </summary>
internal static class EdgeSql
{
    // Of <c>ends</c>: addresses, pods by name, pods by namespace and name, borders, and what belongs to the owner.
    private const string Constants = """
        (
            SELECT (groupArrayIf(key, subject = 0), groupArrayIf(code, subject = 0), groupArrayIf(key, subject = 1), groupArrayIf(code, subject = 1),
                groupArrayIf(value, subject = 1), groupArrayIf(key, subject = 2), groupArrayIf(code, subject = 2), groupArrayIf(code, subject = 3),
                groupArrayIf(value, subject = 3), groupArrayIf(key, subject = 4), groupArrayIf(key, subject = 5)) FROM ends
        ) AS c
        """;

    private const string None = "toUInt64(0)";

    private static readonly string Protocols =
        $"[{string.Join(", ", IpProtocols.Names.Select(name => $"'{name.ToUpperInvariant()}'"))}], [{string.Join(", ", IpProtocols.Names.Select(Number))}]";

    /// <summary>Addresses of peers that nobody has ever had by the inventory, and the one pod that reported from there.</summary>
    /// <param name="where">Which rows of <c>traffic AS t</c>.</param>
    public static string ReportingPods(string where) => $$"""
        SELECT {{NameKey.PodAddress.TextSql("t.")}} AS address, any(ifNull(t.pod_namespace, '')) AS namespace, any(ifNull(t.pod_name, '')) AS name,
            any({{EndKeySql.Of("'Pod'", "ifNull(t.pod_namespace, '')", "ifNull(t.pod_name, '')")}}) AS pod_key,
            any({{EndKeySql.Of("'Namespace'", "''", "ifNull(t.pod_namespace, '')")}}) AS namespace_key
        FROM traffic AS t
        WHERE t.arrival_day >= {oldest:Date} AND ifNull(t.pod_name, '') != '' AND t.pod_ip GLOBAL IN
        (
            SELECT DISTINCT t.traffic_in_out_ip FROM traffic AS t
            WHERE {{where}} AND {{NameKey.Peer.ColumnSql("t.")}} GLOBAL NOT IN
                (SELECT h.key FROM name_history AS h WHERE h.subject = 'address' AND h.valid_from < h.valid_to)
        )
        GROUP BY address
        HAVING uniqExact(t.pod_namespace, t.pod_name) = 1
        """;

    /// <summary>Edges of flows.</summary>
    /// <param name="where">Which rows of <c>traffic AS t</c>.</param>
    /// <param name="table">The ends that go with the query.</param>
    /// <param name="level">What pods are grouped to that nobody knows.</param>
    /// <param name="owner">What all edges have at one end; null for every edge.</param>
    /// <param name="networkBits">Bits of the networks to which addresses outside are grouped, of IPv4 and IPv6.</param>
    /// <param name="repeats">SQL that joins <c>r.repeats</c> and <c>r.seen</c>; null where observations are not counted.</param>
    public static string Edges(
        string where, EndTable table, TopologyLevel level, TopologyOwner? owner, (int V4, int V6) networkBits, string? repeats)
    {
        var isKnownPod = "pod_known != 0";
        var bareKey = level == TopologyLevel.Namespace
            ? EndKeySql.Of("'Namespace'", "''", "ifNull(t.pod_namespace, '')")
            : EndKeySql.Of("'Pod'", "ifNull(t.pod_namespace, '')", "ifNull(t.pod_name, '')");
        if (owner is { Kind: "Namespace" or "Pod" })
        {
            var isOwner = "ifNull(t.pod_namespace, '') = {owner_namespace:String}"
                + (owner.Kind == "Pod" ? " AND ifNull(t.pod_name, '') = {owner_name:String}" : "");
            bareKey = $"if({isOwner}, toUInt64({EndKeySql.Owner}), {bareKey})";
        }

        var addressOfPod = Outside("t.pod_ip", networkBits);
        return $$"""
            WITH {{Constants}}
            SELECT e.client AS client, e.server AS server, e.port AS port, e.protocol AS protocol, count() AS flows, sum(e.is_drop) AS dropped,
                {{(repeats is null ? "0, 0, max(e.time)" : Counted)}} AS last_seen,
                min(e.time) AS first_seen, max(e.rc) AS by_client, max(e.rc = 0) AS by_server,
                any(e.client_text) AS client_text, any(e.server_text) AS server_text
            FROM
            (
                SELECT toUnixTimestamp64Micro(t.time_stamp) AS time, ifNull(upper(t.decision) = 'DROP', 0) AS is_drop, {{FlowRoles.IsPodClientSql}} AS role,
                    assumeNotNull(role) AS rc,
                    {{Resolve(Code("t.traffic_in_out_ip", NameKey.Peer), table)}} AS peer_known,
                    if(peer_known != 0, peer_known, {{Outside("t.traffic_in_out_ip", networkBits)}}) AS peer,
                    {{Resolve(PodCode, table)}} AS pod_known,
                    ifNull(t.pod_name, '') = '' AS is_nameless,
                    if(is_nameless, {{Resolve(Code("t.pod_ip", NameKey.PodAddress), table)}}, 0) AS own_known,
                    multiIf({{isKnownPod}}, pod_known, own_known != 0, own_known, is_nameless, {{addressOfPod}}, {{bareKey}}) AS pod,
                    if(peer_known != 0 OR bitTest(peer, 62), '', concat('a', {{NameKey.Peer.TextSql("t.")}})) AS peer_text,
                    multiIf({{isKnownPod}} OR own_known != 0 OR bitTest(pod, 62), '', is_nameless, concat('a', {{NameKey.PodAddress.TextSql("t.")}}),
                        concat('p', ifNull(t.pod_namespace, ''), '/', ifNull(t.pod_name, ''))) AS pod_text,
                    if(rc, pod, peer) AS client, if(rc, peer, pod) AS server,
                    if(rc, pod_text, peer_text) AS client_text, if(rc, peer_text, pod_text) AS server_text,
                    ifNull(transform(upper(t.ip_protocol), {{Protocols}}, toInt16(-2)), -1) AS usual,
                    if(usual != -2, usual, ifNull(toInt16({{IpProtocols.NumberSql("t.ip_protocol")}}), -1)) AS protocol,
                    if(rc, {{Port("t.traffic_in_out_port")}}, {{Port("t.pod_port")}}) AS server_port, if(protocol IN (1, 58), 0, server_port) AS port
                    {{(repeats is null ? "" : $", {CountedColumns}")}}
                FROM traffic AS t
                {{repeats}}
                WHERE {{where}}{{(owner is null ? "" : $" AND {OfOwner(owner)}")}} AND isNotNull(role)
            ) AS e
            {{(owner is null ? "" : $"WHERE e.client = {EndKeySql.Owner} OR e.server = {EndKeySql.Owner}")}}
            GROUP BY client, server, port, protocol
            """;
    }

    /// <summary>Flows that can have the owner at one end, and others.</summary>
    public static string OfOwner(TopologyOwner owner) => owner.Kind switch
    {
        "Namespace" => "(t.pod_namespace = {owner_namespace:String} OR " + OwnAddress() + ")",
        "Node" or "Service" => $"({OwnAddress()} OR t.pod_ip IN (arrayMap(k -> k, c.10)) OR t.pod_name IN (arrayMap(k -> k, c.11)))",
        "Pod" => "((t.pod_namespace = {owner_namespace:String} AND t.pod_name = {owner_name:String}) OR " + OwnAddress() + ")",
        _ => "((t.pod_namespace = {owner_namespace:String} AND t.pod_name IN (arrayMap(k -> k, c.11))) OR " + OwnAddress() + ")",
    };

    /// <summary>The constants, for a query around.</summary>
    public static string With => $"WITH {Constants}";

    private static string Counted
    {
        get
        {
            var seen = string.Join(", ", Enumerable.Range(0, 6).Select(i => $"sumIf(e.observed, e.reporter = {i})"));
            return $"uniqExact(e.connection) AS connections, greatest({seen}) AS observations, max(greatest(e.time, e.seen))";
        }
    }

    private static string CountedColumns => $"""
        1 + r.repeats AS observed, toUnixTimestamp64Micro(r.seen) AS seen,
        cityHash64(if(rc, {NameKey.PodAddress.TextSql("t.")}, {NameKey.Peer.TextSql("t.")}), if(rc, {Port("t.pod_port")}, {Port("t.traffic_in_out_port")}))
            AS connection,
        rc * 3 + multiIf(upper(ifNull(t.traffic_type, '')) = 'INGRESS', 1, upper(ifNull(t.traffic_type, '')) = 'EGRESS', 2, 0) AS reporter
        """;

    private static string PodCode =>
        $"multiIf(ifNull(transform(t.pod_name, c.3, c.5, {None}), 0) = ifNull(cityHash64(t.pod_namespace), 0), "
        + $"ifNull(transform(t.pod_name, c.3, c.4, {None}), 0), "
        + $"notEmpty(c.6), transform({NameKey.Pod.TextSql("t.")}, c.6, c.7, {None}), {None})";

    private static string OwnAddress() => $"{NameKey.Peer.ColumnSql("t.")} IN (arrayMap(k -> k, c.10))";

    private static string Code(string column, NameKey key) => $"ifNull(transform({key.ColumnSql("t.")}, c.1, c.2, {None}), {None})";

    /// <summary>The end's key: found by the row's time where it changes.</summary>
    private static string Resolve(string code, EndTable table) => table.HasBorders
        ? $"if(bitTest({code}, 63), transform(roundDown({code} + toUInt64(intDiv(toUnixTimestamp64Micro(t.time_stamp) - {"{from:Int64}"}, {table.TimeScale})), "
            + $"c.8), c.8, c.9, {None}), {code})"
        : code;

    private static string Number(string name) => IpProtocols.TryNumber(name, out var number) ? $"toInt16({number})" : throw new InvalidOperationException(name);

    private static string Port(string column) => $"toUInt16(greatest(ifNull({TrafficColumns.PortNumber(column)}, 0), 0))";

    /// <summary>The key of an address that is nobody's: of IPv4 its network; of others a hash, and the text goes along.</summary>
    private static string Outside(string column, (int V4, int V6) bits)
    {
        var text = $"ifNull({column}, '')";
        // Of the column alone, so that each of its dictionary's texts is read once.
        var v4 = $"bitOr(toUInt64({EndKeySql.Address}), bitAnd(toUInt64(ifNull(IPv4StringToNumOrDefault({column}), 0)), {uint.MaxValue << (32 - bits.V4)}))";
        var v6 = bits.V6 == 128 ? $"toString({text})" : $"toString(IPv6CIDRToRange(toIPv6OrDefault(substringIndex(toString({text}), '%', 1)), {bits.V6}).1)";
        return $"if(ifNull(match({column}, '^[0-9.]+$'), 0), {v4}, {EndKeySql.Of("'External'", "''", v6)})";
    }
}
