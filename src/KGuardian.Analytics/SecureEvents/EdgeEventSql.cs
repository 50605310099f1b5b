using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>
/// SQL of events of new edges: of edges that were noted between the flows {first:UInt64} and {last:UInt64}, and have no flow before, the first flow's. What is
/// raised is read off the table of known edges and that of events, so a step that was cut short is carried out to its end by looking again.
/// </summary>
internal static class EdgeEventSql
{
    private const string New = """
        (
            SELECT f.rule AS rule, f.origin AS origin, f.reason AS reason
            FROM
            (
                SELECT k.rule AS rule, k.edge AS edge, min(k.origin) AS origin, any(concat(k.client_kind, ' ', k.client, ' -> ', k.server_kind, ' ', k.server,
                    if(k.port > 0, concat(', port ', toString(k.port)), ''), if(k.protocol != '', concat(', ', k.protocol), ''))) AS reason
                FROM known_edges AS k WHERE k.origin >= {first:UInt64} AND k.origin <= {last:UInt64}
                GROUP BY k.rule, k.edge
            ) AS f
            WHERE f.origin >= {raise:UInt64} AND f.rule IN ({rules:Array(String)})
                AND f.edge NOT IN
                (
                    SELECT o.edge FROM known_edges AS o
                    WHERE o.origin < {first:UInt64} AND (o.by_pod, o.edge) IN
                        (SELECT i.by_pod, i.edge FROM known_edges AS i WHERE i.origin >= {first:UInt64} AND i.origin <= {last:UInt64})
                )
                AND (f.rule, f.origin) NOT IN
                    (SELECT CAST(e.rule, 'String'), e.origin FROM secure_events AS e WHERE e.origin >= {first:UInt64} AND e.origin <= {last:UInt64})
            -- a pod's edge and its workload's have one first flow
            ORDER BY f.origin, f.rule, f.reason LIMIT 1 BY f.rule, f.origin
        )
        """;

    private static readonly string Flow = FlowTable.Names(FlowTable.Stored);

    /// <summary>How many there are, a number that tells them from others, and the newest version of the inventory's names.</summary>
    public static readonly string Count = $"""
        SELECT toInt64(countIf(n.rule = '{EventRule.EdgeNew.Name}')) AS edges, toInt64(countIf(n.rule = '{EventRule.OutsideNetworkNew.Name}')) AS networks,
            toString(groupBitXor(sipHash64(n.rule, n.origin))) AS mark, toInt64((SELECT max(h.version) FROM name_history AS h)) AS names
        FROM {New} AS n
        """;

    /// <summary>Raises them.</summary>
    /// <param name="flowId">The flows' ids, of which the events' are made.</param>
    public static string Raise(FlowIdSql flowId) => $$"""
        INSERT INTO secure_events (rule, severity, sequence, reason, event_hash, origin, {{Flow}})
        SELECT r.rule, if(r.rule = '{{EventRule.EdgeNew.Name}}', {edge_severity:UInt8}, {network_severity:UInt8}), {sequence:UInt64} + rowNumberInAllBlocks(),
            r.reason, r.event_hash, r.origin, {{Flow}}
        FROM
        (
            SELECT n.rule AS rule, n.origin AS origin, n.reason AS reason, sipHash64(n.rule, f.flow_id) AS event_hash, f.*
            FROM (SELECT {{flowId.Expression}} AS flow_id, sequence AS flow_sequence, {{Flow}} FROM {front:Identifier}.traffic
                WHERE sequence >= {first:UInt64} AND sequence <= {last:UInt64} AND sequence GLOBAL IN (SELECT n.origin FROM {{New}} AS n)) AS f
            INNER JOIN {{New}} AS n ON n.origin = f.flow_sequence
            -- where several servers number flows two may have one number
            ORDER BY n.origin, n.rule, event_hash LIMIT 1 BY n.rule, n.origin
        ) AS r
        """;
}
