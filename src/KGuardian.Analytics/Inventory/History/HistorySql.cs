namespace KGuardian.Analytics.Inventory.History;

/// <summary>The rules of this folder's README in SQL: intervals out of the logs of states.</summary>
internal static class HistorySql
{
    /// <summary>
    /// How long before an address was said to be a pod's the pod may have had it, in seconds: what an agent's watch takes, and its retries. Flows are
    /// stored when they are first seen, which is when a pod starts.
    /// </summary>
    public const int StartSeconds = 120;

    /// <summary>A Job's run may be late by so many days, or a number in its name is no time.</summary>
    private const int CronDays = 30;

    /// <summary>The end of what goes on, in microseconds since 1970: the second 2299-12-31 23:59:59.</summary>
    public const long AlwaysMicros = 10_413_791_999 * 1_000_000;

    private const string Never = "toDateTime64('1900-01-01 00:00:00', 6, 'UTC')";
    private const string Always = "toDateTime64('2299-12-31 23:59:59.999999', 6, 'UTC')";
    private const string All = "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING";

    /// <summary>Makes every key anew.</summary>
    public static string Whole { get; } = Fill("1", "1", "1");

    /// <summary>Makes some keys anew: of {pods:String}, JSON of pairs of namespace and name, and {services:String}, JSON of addresses.</summary>
    public static string Some { get; } = Fill(
        $"""
        (pod_namespace, pod_name) IN
            (SELECT pod_namespace, pod_name FROM pod_states
            WHERE (pod_namespace, pod_name) IN ({ChangedPods}) OR {Address("pod_ip")} IN (SELECT address FROM touched))
        """,
        "address IN (SELECT address FROM touched)", $"(pod_namespace, pod_name) IN ({ChangedPods})");

    /// <summary>What making every key anew has replaced: keys that are no more, and what was there before.</summary>
    public const string DropReplaced = "DELETE FROM name_history WHERE version < {whole:UInt64}";

    private const string ChangedPods = "JSONExtract({pods:String}, 'Array(Tuple(String, String))')";

    private const string ChangedServices = "JSONExtract({services:String}, 'Array(String)')";

    // The number is that of ClickHouse's clock, taken before states are read: of two that were made at once the later one has seen what the other has. Each
    // key has a row without a span, so that one without any span left is new as well.
    private static string Fill(string ofPods, string ofAddresses, string isChanged) => $$"""
        INSERT INTO name_history
            (version, subject, key, valid_from, valid_to, type, namespace, name, node, workload_kind, workload, labels)
        WITH
            bitShiftLeft(greatest(toUInt64(toUnixTimestamp64Micro(now64(6))), bitShiftRight((SELECT max(version) FROM name_history), 10) + 1), 10)
                + {writer:UInt64} AS number,
            touched AS
            (
                SELECT {{Address("pod_ip")}} AS address FROM pod_states WHERE {{isChanged}} AND pod_ip NOT IN ('', 'None')
                UNION DISTINCT
                SELECT {{Address("svc_ip")}} FROM service_states WHERE svc_ip IN ({{ChangedServices}})
            ),
            pods AS ({{Pods}} WHERE {{ofPods}}),
            own AS
            (
                SELECT *, leadInFrame(said, 1, {{Always}}) OVER states AS until, lagInFrame(said, 1, {{Never}}) OVER states AS before,
                    lagInFrame(NOT is_dead AND address != '', 1, 0) OVER states AS had_address
                FROM pods
                WINDOW states AS (PARTITION BY pod_namespace, pod_name ORDER BY said, sequence {{All}})
            ),
            claims AS ({{Claims}}),
            addresses AS
            (
                SELECT *, least(until, leadInFrame(said, 1, {{Always}}) OVER (PARTITION BY address ORDER BY said, sequence, type {{All}})) AS valid_to
                FROM claims WHERE {{ofAddresses}}
            ),
            -- By its name a pod is known as soon as it is created, and for ever.
            alive AS
            (
                SELECT *, if(created_at > lagInFrame(said, 1, {{Never}}) OVER (PARTITION BY pod_namespace, pod_name ORDER BY said, sequence {{All}}),
                    least(said, assumeNotNull(created_at)), said) AS begin
                -- What is no name in Kubernetes could be taken for another pod's key.
                FROM pods WHERE NOT is_dead AND position(pod_namespace, '/') = 0 AND position(pod_name, '/') = 0 AND {{isChanged}}
            ),
            spans AS
            (
                SELECT 'address' AS subject, address AS key,
                    greatest(start, lagInFrame(valid_to, 1, {{Never}}) OVER (PARTITION BY address ORDER BY said, sequence, type {{All}})) AS valid_from,
                    valid_to, type, namespace, name, node, kind, workload, labels
                FROM addresses
                UNION ALL
                SELECT 'pod', concat(pod_namespace, '/', pod_name), begin,
                    leadInFrame(begin, 1, {{Always}}) OVER (PARTITION BY pod_namespace, pod_name ORDER BY said, sequence {{All}}),
                    'POD', pod_namespace, pod_name, node_name, kind, workload, labels
                FROM alive
            )
        SELECT number, * FROM spans WHERE valid_from < valid_to
        UNION ALL
        SELECT number, 'address', address, {{Never}}, {{Never}}, '', '', '', '', '', '', map() FROM touched
        UNION ALL
        SELECT number, 'pod', concat(pod_namespace, '/', pod_name), {{Never}}, {{Never}}, '', '', '', '', '', '', map()
        FROM (SELECT DISTINCT pod_namespace, pod_name FROM pod_states WHERE {{isChanged}})
        """;

    private static string Pods => $"""
        SELECT pod_namespace, pod_name, sequence, valid_from AS said, {Address("pod_ip")} AS address, node_name, is_dead, on_host, created_at, labels,
            ({Workload}) AS belongs, belongs.1 AS kind, belongs.2 AS workload
        FROM pod_states
        """;

    // A host-network pod that ends leaves the node's address to the others of the node.
    private static string Claims => $"""
        SELECT address, said, sequence,
            if(had_address, said, least(said, greatest(ifNull(created_at, said), before, said - INTERVAL {StartSeconds} SECOND))) AS start, until,
            'POD' AS type, pod_namespace AS namespace, pod_name AS name, node_name AS node, kind, workload, labels
        FROM own WHERE NOT is_dead AND NOT on_host AND address != ''
        UNION ALL
        SELECT address, said, sequence,
            if(had_address, said, least(said, greatest(ifNull(created_at, said), before, said - INTERVAL {StartSeconds} SECOND))),
            max(until) OVER (PARTITION BY address, node_name ORDER BY said, sequence ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW),
            'NODE', '', node_name, node_name, '', '', map()
        FROM own WHERE NOT is_dead AND on_host AND address != '' AND node_name != ''
        UNION ALL
        SELECT {Address("svc_ip")} AS address, least(time_stamp, recorded_at) AS said, sequence,
            if(row_number() OVER (PARTITION BY svc_ip ORDER BY said, sequence) = 1, least(said, ifNull(created_at, said)), said), {Always},
            'SERVICE', ifNull(svc_namespace, ''), ifNull(svc_name, ''), '', '', '', map()
        FROM service_states WHERE ifNull(svc_name, '') != '' AND address != ''
        """;

    private static string Workload => $"""
        multiIf(
            owner_name = '', ('Pod', pod_name),
            owner_kind = 'ReplicaSet' AND labels['pod-template-hash'] != ''
                AND endsWith(owner_name, concat('-', labels['pod-template-hash'])) AND {Shortened("owner_name", "labels['pod-template-hash']")} != '',
                ('Deployment', {Shortened("owner_name", "labels['pod-template-hash']")}),
            owner_kind = 'Job' AND match(owner_name, '^.+-[0-9]{"{8}"}$')
                AND toUnixTimestamp64Micro(ifNull(created_at, said)) - toInt64OrZero(right(owner_name, 8)) * 60000000
                    BETWEEN -60000000 AND {CronDays * 86_400_000_000L},
                ('CronJob', substring(owner_name, 1, length(owner_name) - 9)),
            owner_kind = 'Node' AND endsWith(pod_name, concat('-', owner_name)) AND {Shortened("pod_name", "owner_name")} != '',
                ('StaticPod', {Shortened("pod_name", "owner_name")}),
            owner_kind = 'Node', ('StaticPod', pod_name),
            (toString(owner_kind), owner_name))
        """;

    private static string Shortened(string name, string end) => $"substring({name}, 1, greatest(0, toInt64(length({name})) - toInt64(length({end})) - 1))";

    /// <summary>An address in its one spelling: IPv4 as it is, IPv6 without zone and as ClickHouse writes it, IPv4 in IPv6 as IPv4.</summary>
    public static string Address(string column) =>
        $"if(position({column}, ':') > 0, replaceOne(ifNull(toString(toIPv6OrNull(substringIndex({column}, '%', 1))), ''), '::ffff:', ''), "
        + $"if({column} = 'None', '', toString({column})))";
}
