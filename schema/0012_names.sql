-- Who had an address, and what a pod belonged to, when: see src/KGuardian.Analytics/Inventory/History. Derived from the states of 0011, and made anew from
-- them whenever they change, so nothing here need survive.

-- From when on a state is so: when the agent says it began, never later than it was written down; that a pod was marked dead is said without a time.
ALTER TABLE pod_states ADD COLUMN IF NOT EXISTS valid_from DateTime64(6, 'UTC')
    DEFAULT if(is_dead, recorded_at, least(time_stamp, recorded_at)) CODEC(Delta, ZSTD(1));

-- What of the manifest says who a pod is, so that it is read once, when it comes.
ALTER TABLE pod_states ADD COLUMN IF NOT EXISTS created_at Nullable(DateTime64(6, 'UTC'))
    MATERIALIZED parseDateTime64BestEffortOrNull(JSONExtractString(pod_obj, 'metadata', 'creationTimestamp'), 6, 'UTC');
ALTER TABLE pod_states ADD COLUMN IF NOT EXISTS on_host Bool
    MATERIALIZED if(host_network >= 0, host_network = 1, JSONExtractBool(pod_obj, 'spec', 'hostNetwork'));
ALTER TABLE pod_states ADD COLUMN IF NOT EXISTS labels Map(LowCardinality(String), String)
    MATERIALIZED JSONExtract(pod_obj, 'metadata', 'labels', 'Map(LowCardinality(String), String)');
-- JSON of the owner that controls it, else of the first; '' for none.
ALTER TABLE pod_states ADD COLUMN IF NOT EXISTS owner String
    MATERIALIZED arrayFirst(o -> JSONExtractBool(o, 'controller'), JSONExtractArrayRaw(pod_obj, 'metadata', 'ownerReferences')) || if(
        arrayExists(o -> JSONExtractBool(o, 'controller'), JSONExtractArrayRaw(pod_obj, 'metadata', 'ownerReferences')), '',
        JSONExtractArrayRaw(pod_obj, 'metadata', 'ownerReferences')[1]);
ALTER TABLE pod_states ADD COLUMN IF NOT EXISTS owner_kind LowCardinality(String) MATERIALIZED JSONExtractString(owner, 'kind');
ALTER TABLE pod_states ADD COLUMN IF NOT EXISTS owner_name String MATERIALIZED JSONExtractString(owner, 'name');
ALTER TABLE service_states ADD COLUMN IF NOT EXISTS created_at Nullable(DateTime64(6, 'UTC'))
    MATERIALIZED parseDateTime64BestEffortOrNull(JSONExtractString(service_spec, 'metadata', 'creationTimestamp'), 6, 'UTC');

-- Of rows that are there already, in the background; until then it is found out as they are read.
ALTER TABLE pod_states MATERIALIZE COLUMN created_at;
ALTER TABLE pod_states MATERIALIZE COLUMN on_host;
ALTER TABLE pod_states MATERIALIZE COLUMN labels;
ALTER TABLE pod_states MATERIALIZE COLUMN owner;
ALTER TABLE pod_states MATERIALIZE COLUMN owner_kind;
ALTER TABLE pod_states MATERIALIZE COLUMN owner_name;
ALTER TABLE service_states MATERIALIZE COLUMN created_at;

-- Spans of time that do not overlap for one key. Of a key the rows of its highest version count; those before are dropped from time to time.
CREATE TABLE IF NOT EXISTS name_history
(
    -- 'address' or 'pod'
    subject       LowCardinality(String),
    -- the address, IPv6 in its one spelling; or namespace/name
    key           String,
    -- microseconds since 1970 by ClickHouse's clock, before the states were read, and in the low ten bits the server
    version       UInt64,
    valid_from    DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    -- not part of it
    valid_to      DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    -- POD, SERVICE or NODE; '' in a row without a span, which each version of a key has
    type          LowCardinality(String),
    namespace     LowCardinality(String),
    name          String,
    node          LowCardinality(String),
    workload_kind LowCardinality(String),
    workload      String,
    labels        Map(LowCardinality(String), String)
)
ENGINE = MergeTree
ORDER BY (subject, key, version, valid_from)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000;

-- Flows with what is known of their ends as of their time, null where it is not. Reading it gathers all names: for dashboards' windows, not for pages.
CREATE VIEW IF NOT EXISTS flow_names DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    f.time_stamp AS time_stamp, f.uuid AS uuid, f.pod_namespace AS pod_namespace, f.pod_name AS pod_name, f.pod_ip AS pod_ip, f.pod_port AS pod_port,
    f.ip_protocol AS ip_protocol, f.traffic_type AS traffic_type, f.traffic_in_out_ip AS traffic_in_out_ip, f.traffic_in_out_port AS traffic_in_out_port,
    f.decision AS decision, f.arrival_day AS arrival_day,
    if(o.valid_to > f.time_stamp, nullIf(toString(o.kind), ''), NULL) AS workload_kind,
    if(o.valid_to > f.time_stamp, nullIf(o.workload, ''), NULL) AS workload,
    if(o.valid_to > f.time_stamp, nullIf(toString(o.node), ''), NULL) AS node,
    if(p.valid_to > f.time_stamp, nullIf(toString(p.type), ''), NULL) AS peer_type,
    if(p.valid_to > f.time_stamp, nullIf(toString(p.namespace), ''), NULL) AS peer_namespace,
    if(p.valid_to > f.time_stamp AND p.type = 'POD', nullIf(p.name, ''), NULL) AS peer_pod,
    if(p.valid_to > f.time_stamp AND p.type = 'SERVICE', nullIf(p.name, ''), NULL) AS peer_service,
    if(p.valid_to > f.time_stamp, nullIf(toString(p.node), ''), NULL) AS peer_node,
    if(p.valid_to > f.time_stamp, nullIf(toString(p.kind), ''), NULL) AS peer_workload_kind,
    if(p.valid_to > f.time_stamp, nullIf(p.workload, ''), NULL) AS peer_workload
FROM flows AS f
GLOBAL ASOF LEFT JOIN
(
    SELECT s.key AS key, s.span.2 AS valid_from, s.span.3 AS valid_to, s.span.4 AS node, s.span.5 AS kind, s.span.6 AS workload
    FROM
    (
        SELECT g.key AS key, arrayJoin(arrayFilter(r -> r.1 = g.last AND r.2 < r.3, g.spans)) AS span
        FROM
        (
            SELECT h.key AS key, max(h.version) AS last, groupArray((h.version, h.valid_from, h.valid_to, h.node, h.workload_kind, h.workload)) AS spans
            FROM name_history AS h WHERE h.subject = 'pod' GROUP BY h.key
        ) AS g
    ) AS s
) AS o ON o.key = concat(ifNull(f.pod_namespace, ''), '/', ifNull(f.pod_name, '')) AND f.time_stamp >= o.valid_from
GLOBAL ASOF LEFT JOIN
(
    SELECT s.key AS key, s.span.2 AS valid_from, s.span.3 AS valid_to, s.span.4 AS type, s.span.5 AS namespace, s.span.6 AS name, s.span.7 AS node,
        s.span.8 AS kind, s.span.9 AS workload
    FROM
    (
        SELECT g.key AS key, arrayJoin(arrayFilter(r -> r.1 = g.last AND r.2 < r.3, g.spans)) AS span
        FROM
        (
            SELECT h.key AS key, max(h.version) AS last,
                groupArray((h.version, h.valid_from, h.valid_to, h.type, h.namespace, h.name, h.node, h.workload_kind, h.workload)) AS spans
            FROM name_history AS h WHERE h.subject = 'address' GROUP BY h.key
        ) AS g
    ) AS s
) AS p ON p.key = if(position(ifNull(f.traffic_in_out_ip, ''), ':') > 0,
        replaceOne(ifNull(toString(toIPv6OrNull(substringIndex(ifNull(f.traffic_in_out_ip, ''), '%', 1))), ''), '::ffff:', ''), ifNull(f.traffic_in_out_ip, ''))
    AND f.time_stamp >= p.valid_from;
