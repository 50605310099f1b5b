using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>
/// SQL of <c>edge_rollup</c>: flows grouped by what tells edges apart before names are looked up, and by the hour of their times. What of a question it cannot
/// answer exactly is read from flows: see the folder's README.
/// </summary>
internal static class RollupSql
{
    /// <summary>The hour of a row that says how far its day is.</summary>
    public const int Marker = int.MinValue;

    /// <summary>Microseconds of an hour.</summary>
    public const long HourMicros = 3_600_000_000;

    private const string HourOf = "toInt32(intDiv(toUnixTimestamp64Micro(t.time_stamp), 3600000000))";
    private const string IsSpelt = "NOT match(t.traffic_in_out_ip, '(^|[.])0[0-9]')";
    private const string PeerV4 = $"toUInt32(ifNull(IPv4StringToNumOrDefault(t.traffic_in_out_ip) * ({IsSpelt}), 0))";

    // Between the two ends of the window, both of which a row may span.
    private const string Touches =
        "t.hour >= intDiv({from:Int64}, 3600000000) AND t.hour <= intDiv({to:Int64} - 1, 3600000000) "
        + "AND t.last_seen >= {from:Int64} AND t.first_seen < {to:Int64}";

    /// <summary>
    /// Adds the flows {first:UInt64} to {last:UInt64} of an arrival day, of which none is in yet, and says so: one block, which is stored wholly or not at all.
    /// </summary>
    public static readonly string Fill = $$"""
        INSERT INTO edge_rollup (arrival_day, hour, pod_namespace, pod_name, pod_ip, traffic_type, ip_protocol, decision, pod_is_client, server_port,
            peer_v4, peer_other, flows, first_seen, last_seen, first_sequence, last_sequence, example)
        SELECT {day:Date}, hour, any(t.pod_namespace), any(t.pod_name), any(t.pod_ip), any(t.traffic_type), any(t.ip_protocol), any(t.decision),
            any({{EdgeSql.PodIsClient}}), any({{EdgeSql.ServerPort}}), peer_v4, any(if({{PeerV4}} = 0, t.traffic_in_out_ip, NULL)), count(),
            toUnixTimestamp64Micro(min(t.time_stamp)), toUnixTimestamp64Micro(max(t.time_stamp)), min(t.sequence), max(t.sequence), min(t.uuid)
        FROM traffic AS t
        WHERE t.arrival_day = {day:Date} AND t.sequence >= {first:UInt64} AND t.sequence <= {last:UInt64}
        GROUP BY {{HourOf}} AS hour, {{PeerV4}} AS peer_v4, cityHash64(tuple(t.pod_namespace, t.pod_name, t.pod_ip, t.traffic_type, t.ip_protocol,
            t.decision, t.traffic_in_out_ip, bitOr(bitShiftLeft(toInt64({{EdgeSql.ServerPort}}), 8), toInt64({{EdgeSql.PodIsClient}} + 1))))
        UNION ALL
        SELECT {day:Date}, toInt32({{Marker}}), NULL, NULL, NULL, NULL, NULL, NULL, toInt8(0), toInt32(0), toUInt32(0), NULL, toUInt64(0), toInt64(0),
            toInt64(0), toUInt64(0), {last:UInt64}, toFixedString('', 16)
        """;

    /// <summary>How far each arrival day is, in days since 1970: <c>day</c>, <c>done</c>, the sequence up to which all its flows are in.</summary>
    public static readonly string Progress = $"""
        SELECT toInt32(t.arrival_day) AS day, toInt64(max(t.last_sequence)) AS done FROM edge_rollup AS t WHERE t.hour = {Marker} GROUP BY t.arrival_day
        """;

    /// <summary>The same, and of the hours of the window's ends, <c>hour</c>, whether there are rows that span one: <c>is_cut</c>.</summary>
    public static readonly string Plan = $$"""
        SELECT toInt32(t.arrival_day) AS day, t.hour AS hour, toInt64(max(t.last_sequence)) AS done,
            toBool(max((t.first_seen < {from:Int64} AND t.last_seen >= {from:Int64}) OR (t.first_seen < {to:Int64} AND t.last_seen >= {to:Int64}))) AS is_cut
        FROM edge_rollup AS t
        WHERE t.hour IN ({{Marker}}, intDiv({from:Int64}, 3600000000), intDiv({to:Int64} - 1, 3600000000))
        GROUP BY t.arrival_day, t.hour
        """;

    private static readonly string FlowGroup = Group(EdgeSql.ServerPort, EdgeSql.PodIsClient, HourOf);
    private static readonly string RowGroup = Group("t.server_port", "t.pod_is_client", "t.hour");

    /// <summary>Rows that touch the window, and those that say how far days are.</summary>
    /// <param name="where">Of which rows of <c>edge_rollup AS t</c>.</param>
    /// <param name="plan">Which hours are left out.</param>
    /// <param name="hasExamples">Whether each has the smallest of its flows' uuids.</param>
    /// <param name="key">SQL of what edges are told apart by; null where it is not wanted.</param>
    public static string Rows(string where, RollupPlan plan, bool hasExamples, string? key) => $"""
        {(key is null ? "" : EdgeSql.Constants)}
        SELECT {key ?? "toUInt64(0)"} AS key, t.pod_namespace AS pod_namespace, t.pod_name AS pod_name, t.pod_ip AS pod_ip, t.peer_v4 AS peer_v4,
            t.peer_other AS peer_other, t.traffic_type AS traffic_type, t.ip_protocol AS ip_protocol, t.decision AS decision,
            t.pod_is_client AS pod_is_client, t.server_port AS port, t.hour AS hour, toInt32(t.arrival_day) AS day, toInt64(t.flows) AS flows,
            toInt64(t.first_seen) AS first, toInt64(t.last_seen) AS last, toInt64(t.first_sequence) AS first_sequence,
            toInt64(t.last_sequence) AS last_sequence, {RowGroup} AS row_group{(hasExamples ? ", CAST(t.example, 'FixedString(16)') AS example" : "")}
        FROM edge_rollup AS t
        WHERE t.hour = {Marker} OR ({Touches} AND {plan.HoursSql} AND {where})
        FORMAT Native
        """;

    /// <summary>
    /// The flows of some rows, by their <c>place</c> and by the spans between two changes of names that they are in, which begin at <c>pod_at</c> and
    /// <c>peer_at</c>.
    /// </summary>
    /// <param name="where">Which rows of <c>traffic AS t</c>, and <see cref="SplitGroups.FlowsSql"/>.</param>
    /// <param name="hasExamples">Whether each has the smallest of its flows' uuids.</param>
    /// <param name="key">SQL of what edges are told apart by; null where it is not wanted.</param>
    public static string Split(string where, bool hasExamples, string? key) => $"""
        {EdgeSql.Constants}
        SELECT {(key is null ? "toUInt64(0)" : "any(f.key)")} AS key, toInt32(s.place) AS place, f.pod_at AS pod_at, f.peer_at AS peer_at,
            toInt64(count()) AS flows, min(f.micros) AS first, max(f.micros) AS last{(hasExamples ? ", min(f.uuid) AS example" : "")}
        FROM
        (
            -- within brackets, so that what is joined is computed of these flows alone
            SELECT {FlowGroup} AS row_group, {EdgeSql.PodAt} AS pod_at, {EdgeSql.PeerAt} AS peer_at, t.sequence AS sequence,
                toUnixTimestamp64Micro(t.time_stamp) AS micros{(key is null ? "" : $", {key} AS key")}{(hasExamples ? ", t.uuid AS uuid" : "")}
            FROM traffic AS t
            WHERE {where}
        ) AS f
        INNER JOIN ({EdgeNames.Splits}) AS s ON s.row_group = f.row_group
        WHERE f.sequence >= s.since AND f.sequence <= s.until
        GROUP BY place, pod_at, peer_at
        FORMAT Native
        """;

    /// <summary>Of some columns that both tables have: rows within the window, and flows that are in none.</summary>
    /// <param name="columns">The columns, of <c>t</c>.</param>
    /// <param name="rows">Of which rows of <c>edge_rollup AS t</c>.</param>
    /// <param name="where">Of which flows of <c>traffic AS t</c>.</param>
    /// <param name="plan">Which these are.</param>
    public static string Either(string columns, string rows, string where, RollupPlan plan) => $$"""
        SELECT {{columns}} FROM edge_rollup AS t
        WHERE {{Touches}} AND t.first_seen >= {from:Int64} AND t.last_seen < {to:Int64} AND {{plan.HoursSql}} AND {{rows}}
        UNION ALL
        SELECT {{columns}} FROM traffic AS t WHERE {{where}} AND {{plan.FlowsSql}}
        """;

    /// <summary>Whether a row's peer has one of some addresses.</summary>
    /// <param name="addresses">A query of <c>address</c>, as <see cref="NameKey.ColumnSql"/> has it.</param>
    public static string PeerIn(string addresses) =>
        $"if(t.peer_v4 != 0, t.peer_v4 GLOBAL IN (SELECT toUInt32(ifNull(IPv4StringToNumOrDefault(a.address), 0)) FROM ({addresses}) AS a), "
        + $"ifNull({NameKey.CanonicalSql("t.peer_other")}, '') GLOBAL IN (SELECT ifNull(a.address, '') FROM ({addresses}) AS a))";

    private static string Group(string port, string podIsClient, string hour) =>
        "cityHash64(tuple(t.pod_namespace, t.pod_name, t.pod_ip, t.traffic_type, t.ip_protocol, t.decision, t.traffic_in_out_ip, "
        + $"bitOr(bitShiftLeft(toInt64({port}), 8), toInt64({podIsClient} + 1)), {hour}))";
}
