using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>
/// SQL of the first half of a step: its flows, grouped by what tells their ends apart before anybody's name is looked up. Parameters <c>front</c> is the
/// database whose tables span the shards, <c>first</c> and <c>last</c> are the flows.
/// </summary>
internal static class EdgeGroupSql
{
    /// <summary>The groups as a table that goes with a statement.</summary>
    public const string Table = "edge_groups";

    /// <summary>Its columns; those of ends are called as in traffic, so that <see cref="NameKey"/> finds them.</summary>
    public const string Structure =
        "pod_namespace String, pod_name String, pod_ip String, traffic_in_out_ip String, protocol String, pod_is_client Int8, port Int32, at Int64, "
        + "arrival_day Date, origin UInt64";

    private const string Flows =
        "t.sequence >= {first:UInt64} AND t.sequence <= {last:UInt64} AND t.arrival_day >= {day:Date} AND t.arrival_day <= {last_day:Date} "
        + "AND ifNull(upper(t.decision) = 'ALLOW', 0)";

    private const string Micros = "toUnixTimestamp64Micro(t.time_stamp)";

    private static readonly string Key =
        "cityHash64(tuple(t.pod_namespace, t.pod_name, t.pod_ip, t.traffic_in_out_ip, t.ip_protocol, "
        // Numbers as one: hashing is by argument.
        + $"bitOr(bitShiftLeft(toInt64({EdgeSql.ServerPort}), 2), toInt64({EdgeSql.PodIsClient} + 1)), {EdgeSql.PodAt}, {EdgeSql.PeerAt}))";

    /// <summary>How many of the next flows a step has, up to {most:UInt64}; the last one; between which times they are.</summary>
    public const string Next = $$"""
        SELECT toInt64(count()) AS flows, toInt64(max(f.sequence)) AS last, toInt64(min(f.micros)) AS from, toInt64(max(f.micros)) AS to
        FROM
        (
            SELECT t.sequence AS sequence, {{Micros}} AS micros FROM {front:Identifier}.traffic AS t
            WHERE {{Flows}} ORDER BY t.sequence LIMIT {most:UInt64}
        ) AS f
        """;

    /// <summary>The same of a day, with an upper estimate of its groups instead of its flows.</summary>
    public static readonly string Day = $$"""
        SELECT toInt64(uniqCombined(cityHash64(tuple(t.pod_name, t.pod_ip, t.traffic_in_out_ip, {{EdgeSql.ServerPort}}, {{EdgeSql.PodIsClient}})))) AS flows,
            toInt64(max(t.sequence)) AS last, toInt64(min({{Micros}})) AS from, toInt64(max({{Micros}})) AS to
        FROM {front:Identifier}.traffic AS t
        WHERE {{Flows}}
        """;

    /// <summary>
    /// The groups of one of {slices:UInt64} parts of a step, all of whose flows are between the times {from:Int64} and {to:Int64}. A name that changes
    /// between these has a group before and one behind.
    /// </summary>
    public static readonly string Groups = $$"""
        WITH {{Borders("pod", "splitByChar('/', h.key)[2]")}} AS pod_borders, {{Borders("address", "h.key")}} AS address_borders
        SELECT CAST(ifNull(any(t.pod_namespace), ''), 'String') AS pod_namespace, CAST(ifNull(any(t.pod_name), ''), 'String') AS pod_name,
            CAST(ifNull(any(t.pod_ip), ''), 'String') AS pod_ip, CAST(ifNull(any(t.traffic_in_out_ip), ''), 'String') AS traffic_in_out_ip,
            CAST(ifNull(any(t.ip_protocol), ''), 'String') AS protocol, any({{EdgeSql.PodIsClient}}) AS pod_is_client, any({{EdgeSql.ServerPort}}) AS port,
            any({{Micros}}) AS at, t.arrival_day AS arrival_day, min(t.sequence) AS origin
        FROM {front:Identifier}.traffic AS t
        WHERE {{Flows}} AND {{EdgeSql.PodIsClient}} >= 0
            AND ({slices:UInt64} = 1 OR cityHash64(tuple(t.pod_ip, t.traffic_in_out_ip)) % {slices:UInt64} = {slice:UInt64})
        GROUP BY {{Key}}, t.arrival_day
        FORMAT Native
        """;

    // Newer versions of a name's spans add borders: flows are told apart more finely than is needed, never less.
    private static string Borders(string subject, string name) => SpanBorders.Of(
        $"greatest({{from:Int64}}, {{to:Int64}} - {SpanBorders.Longest})",
        $$"""
        SELECT {{name}} AS name, arrayJoin([toUnixTimestamp64Micro(h.valid_from), toUnixTimestamp64Micro(h.valid_to)]) AS border
        FROM name_history AS h
        WHERE h.subject = '{{subject}}' AND border > {from:Int64} AND border <= {to:Int64}
        """);
}
