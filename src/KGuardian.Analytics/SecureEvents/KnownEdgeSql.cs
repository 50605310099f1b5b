using System.Net;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>SQL of the second half of a step: groups of flows become edges, and edges known.</summary>
internal static class KnownEdgeSql
{
    /// <summary>The edges of a step as a table that goes with a statement.</summary>
    public const string Table = "edges_of_step";

    /// <summary>Its columns.</summary>
    public const string Structure =
        "rule String, edge UInt64, arrival_day Date, origin UInt64, client_kind String, client String, server_kind String, server String, port Int32, "
        + "protocol String";

    private const string Columns = "rule, edge, arrival_day, origin, client_kind, client, server_kind, server, port, protocol";

    private const string Hash = "sipHash64(rule, client_kind, client, server_kind, server, port, protocol)";

    private const string IsByPod = "toUInt8(client_kind = 'Pod' OR server_kind = 'Pod')";

    /// <summary>Notes the edges of a step that are not noted for their day. Harmless to do again: nothing is noted twice.</summary>
    public const string Note = $"""
        INSERT INTO known_edges ({Columns})
        SELECT {Columns} FROM {Table} AS e
        WHERE (e.arrival_day, e.edge) NOT IN
        (
            SELECT k.arrival_day, k.edge FROM known_edges AS k
            WHERE (k.by_pod, k.edge) IN (SELECT {IsByPod}, edge FROM {Table}) AND k.arrival_day IN (SELECT arrival_day FROM {Table})
        )
        """;

    /// <summary>
    /// Edges of pods whose workloads the inventory has learnt since {names:UInt64} become known of the workloads as well. What is copied twice is one row.
    /// </summary>
    public const string Copy = $$"""
        INSERT INTO known_edges ({{Columns}})
        WITH pods AS
        (
            SELECT h.key AS key, argMax((CAST(h.workload_kind, 'String'), h.workload), (h.version, h.valid_from)) AS belongs
            FROM name_history AS h
            WHERE h.subject = 'pod' AND h.version > {names:UInt64} AND h.workload != '' AND h.workload_kind NOT IN ('', 'Pod')
            GROUP BY h.key
        )
        SELECT rule, {{Hash}} AS edge, arrival_day, origin, client_kind, client, server_kind, server, port, protocol
        FROM
        (
            SELECT k.rule AS rule, k.arrival_day AS arrival_day, k.origin AS origin, k.port AS port, k.protocol AS protocol,
                if(c.key != '', c.belongs.1, CAST(k.client_kind, 'String')) AS client_kind,
                if(c.key != '', concat(splitByChar('/', k.client)[1], '/', c.belongs.2), CAST(k.client, 'String')) AS client,
                if(s.key != '', s.belongs.1, CAST(k.server_kind, 'String')) AS server_kind,
                if(s.key != '', concat(splitByChar('/', k.server)[1], '/', s.belongs.2), CAST(k.server, 'String')) AS server
            FROM known_edges AS k
            LEFT JOIN pods AS c ON c.key = if(k.client_kind = 'Pod', CAST(k.client, 'String'), '')
            LEFT JOIN pods AS s ON s.key = if(k.server_kind = 'Pod', CAST(k.server, 'String'), '')
            WHERE k.by_pod = 1 AND (c.key != '' OR s.key != '')
        )
        """;

    /// <summary>
    /// The edges of the groups, each with its first flow. The rules that are on are {rules:Array(String)}; addresses of peers that nobody of the inventory
    /// had are looked for among those that one pod alone reported from, of the flows' days and the day before.
    /// </summary>
    /// <param name="cluster">The cluster's networks.</param>
    public static string Edges(IReadOnlyList<IPNetwork> cluster) => $$"""
        WITH
            {{SpansOf("addresses", "address", $"SELECT {Own} FROM {Groups} UNION DISTINCT SELECT {Peer} FROM {Groups}")}},
            {{SpansOf("pods", "pod", $"SELECT {NameKey.Pod.TextSql("g.")} FROM {Groups}")}},
            reporters AS
            (
                SELECT {{NameKey.PodAddress.TextSql("r.")}} AS key, any(concat(ifNull(r.pod_namespace, ''), '/', ifNull(r.pod_name, ''))) AS pod
                FROM {front:Identifier}.traffic AS r
                WHERE r.pod_ip GLOBAL IN (SELECT g.traffic_in_out_ip FROM {{Groups}} WHERE {{Peer}} NOT IN
                        (SELECT h.key FROM name_history AS h WHERE h.subject = 'address' AND h.key IN (SELECT {{Peer}} FROM {{Groups}})))
                    AND r.arrival_day >= (SELECT min(g.arrival_day) - 1 FROM {{Groups}}) AND r.arrival_day <= (SELECT max(g.arrival_day) FROM {{Groups}})
                    AND r.sequence <= {last:UInt64} AND ifNull(r.pod_name, '') != ''
                GROUP BY key HAVING uniqExact(r.pod_namespace, r.pod_name) = 1
            )
        SELECT rule, {{Hash}} AS edge, arrival_day, min(origin) AS origin, client_kind, client, server_kind, server, port, protocol
        FROM
        (
            SELECT n.arrival_day AS arrival_day, n.origin AS origin,
                multiIf(own_end.1 != '' AND peer_end.1 != '', '{{EventRule.EdgeNew.Name}}',
                    peer_end.1 = '' AND workload.1 != '' AND {{IsOutside(cluster)}}, '{{EventRule.OutsideNetworkNew.Name}}', '') AS rule,
                if(rule = '{{EventRule.EdgeNew.Name}}', (own_end, peer_end), (workload, ('Network', {{Network}}))) AS ends,
                if(n.pod_is_client = 1, ends, (ends.2, ends.1)) AS roles,
                roles.1.1 AS client_kind, roles.1.2 AS client, roles.2.1 AS server_kind, roles.2.2 AS server,
                if(rule = '{{EventRule.EdgeNew.Name}}', n.protocol, '') AS protocol,
                if(rule != '{{EventRule.EdgeNew.Name}}' OR protocol IN ('ICMP', 'ICMPv6'), toInt32(0), n.port) AS port
            FROM
            (
                SELECT g.arrival_day AS arrival_day, g.origin AS origin, g.pod_is_client AS pod_is_client, g.port AS port, {{Peer}} AS address,
                    {{IpProtocols.NameSql("g.protocol")}} AS protocol,
                    arrayLast(s -> s.1 <= g.at, a.spans) AS own, own.2 > g.at AS has_own, arrayLast(s -> s.1 <= g.at, b.spans) AS peer, peer.2 > g.at AS has_peer,
                    -- by its name a pod is known for ever
                    if(arrayExists(s -> s.1 <= g.at, p.spans), arrayLast(s -> s.1 <= g.at, p.spans), p.spans[1]) AS named,
                    multiIf(g.pod_name != '' AND named.7 != '', (named.6, concat(g.pod_namespace, '/', named.7)),
                        g.pod_name != '', ('Pod', concat(g.pod_namespace, '/', g.pod_name)),
                        has_own AND own.3 = 'POD', {{End("own")}}, ('', '')) AS workload,
                    -- a pod of the host's network is its node, as its peers see nothing else
                    multiIf(has_own AND own.3 = 'NODE', {{End("own")}}, workload.1 != '', workload, has_own, {{End("own")}}, ('', '')) AS own_end,
                    multiIf(has_peer, {{End("peer")}}, r.pod != '', ('Pod', r.pod), ('', '')) AS peer_end
                FROM {{Groups}}
                LEFT JOIN addresses AS a ON a.key = {{Own}}
                LEFT JOIN addresses AS b ON b.key = {{Peer}}
                LEFT JOIN pods AS p ON p.key = {{NameKey.Pod.TextSql("g.")}}
                LEFT JOIN reporters AS r ON r.key = {{Peer}}
            ) AS n
            WHERE rule IN ({rules:Array(String)})
        )
        GROUP BY rule, arrival_day, client_kind, client, server_kind, server, port, protocol
        FORMAT Native
        """;

    private const string Groups = $"{EdgeGroupSql.Table} AS g";
    private static readonly string Own = NameKey.PodAddress.TextSql("g.");
    private static readonly string Peer = NameKey.Peer.TextSql("g.");

    private const string Network =
        "if(isIPv4String(n.address), concat(toString(IPv4CIDRToRange(toIPv4OrDefault(n.address), 24).1), '/24'), "
        + "concat(toString(IPv6CIDRToRange(toIPv6OrDefault(n.address), 64).1), '/64'))";

    /// <summary>Networks that are nobody's and not outside: unspecified, loopback, link-local, multicast, broadcast.</summary>
    private static readonly string[] Special =
        ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "255.255.255.255/32", "::/127", "fe80::/10", "ff00::/8"];

    private static string IsOutside(IReadOnlyList<IPNetwork> cluster)
    {
        var within = Special.Concat(cluster.Select(network => network.ToString())).Select(network => $"isIPAddressInRange(valid, '{network}')");
        return $"((if(isIPv4String(n.address) OR isIPv6String(n.address), n.address, '::') AS valid) != '::' AND NOT ({string.Join(" OR ", within)}))";
    }

    /// <summary>An end by a span of the inventory's.</summary>
    private static string End(string span) =>
        $"multiIf({span}.3 = 'NODE', ('Node', {span}.5), {span}.3 = 'SERVICE', ('Service', concat({span}.4, '/', {span}.5)), "
        + $"{span}.7 != '', ({span}.6, concat({span}.4, '/', {span}.7)), ('Pod', concat({span}.4, '/', {span}.5)))";

    /// <summary>Spans of some keys, in the order of time: begin, end, type, namespace, name, workload's kind, workload.</summary>
    private static string SpansOf(string name, string subject, string keys) => $"""
        {name} AS
            (
                SELECT h.key AS key, max(h.version) AS newest, arraySort(arrayMap(s -> (s.2, s.3, s.4, s.5, s.6, s.7, s.8), arrayFilter(
                    s -> s.1 = newest AND s.2 < s.3, groupArray((h.version, toUnixTimestamp64Micro(h.valid_from), toUnixTimestamp64Micro(h.valid_to),
                        CAST(h.type, 'String'), CAST(h.namespace, 'String'), h.name, CAST(h.workload_kind, 'String'), h.workload))))) AS spans
                FROM name_history AS h WHERE h.subject = '{subject}' AND h.key IN ({keys}) GROUP BY h.key
            )
        """;
}
