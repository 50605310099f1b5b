-- What dashboards read: their user may read these views and nothing below them. Whoever migrates defines them, so they read with that user's
-- rights and within the reader's limits. Names are those of the tables' columns and of GET /api/v1/flows.

-- From when on flows show, by this store's own knowledge: the server says how many days are in effect and which day is gone for good, the
-- rest is the calendar, so that a day goes at midnight (UTC) also while no server runs. NULL, and no flow shows, before a server has said it.
CREATE VIEW IF NOT EXISTS retention DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    f.days AS days,
    if(isNull(f.days), NULL,
        toDate(toUInt16(greatest(least(f.gone_before, f.today), if(f.days = 0, 0, f.today - assumeNotNull(f.days)), 0)))) AS oldest_day
FROM
(
    SELECT
        toInt32(intDiv(toUnixTimestamp(now()), 86400)) AS today,
        toInt32OrNull(argMaxIf(s.value, s.written_at, s.name = 'retention_days_in_effect')) AS days,
        toInt32(ifNull(toDateOrNull(argMaxIf(s.value, s.written_at, s.name = 'retention_oldest_day')), toDate(0))) AS gone_before
    FROM store AS s
) AS f;

-- Flows as they were first seen. pod_port and traffic_in_out_port are numbers, their _text as it was posted; flow_id is flow_activity's.
CREATE VIEW IF NOT EXISTS flows DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    t.time_stamp AS time_stamp,
    UUIDNumToString(t.uuid) AS uuid,
    t.pod_namespace AS pod_namespace,
    t.pod_name AS pod_name,
    t.pod_ip AS pod_ip,
    if(t.pod_port >= 0, t.pod_port % 65536, NULL) AS pod_port,
    multiIf(t.pod_port BETWEEN 0 AND 65535, toString(t.pod_port), t.pod_port = -1, NULL, t.pod_port = -2, '',
        concat(repeat('0', intDiv(t.pod_port, 65536)), toString(t.pod_port % 65536))) AS pod_port_text,
    t.ip_protocol AS ip_protocol,
    t.traffic_type AS traffic_type,
    t.traffic_in_out_ip AS traffic_in_out_ip,
    if(t.traffic_in_out_port >= 0, t.traffic_in_out_port % 65536, NULL) AS traffic_in_out_port,
    multiIf(t.traffic_in_out_port BETWEEN 0 AND 65535, toString(t.traffic_in_out_port), t.traffic_in_out_port = -1, NULL, t.traffic_in_out_port = -2, '',
        concat(repeat('0', intDiv(t.traffic_in_out_port, 65536)), toString(t.traffic_in_out_port % 65536))) AS traffic_in_out_port_text,
    t.decision AS decision,
    t.arrival_day AS arrival_day,
    reinterpretAsUInt64(substring(sipHash128ReferenceKeyed(
        (SELECT (reinterpretAsUInt64(reverse(unhex(substring(s.value, 1, 16)))), reinterpretAsUInt64(reverse(unhex(substring(s.value, 17, 16)))))
            FROM store AS s WHERE s.name = 'dedup_secret' ORDER BY s.written_at, s.value LIMIT 1),
        concat(ifNull(t.pod_ip, ''), ifNull(t.traffic_type, ''), ifNull(t.traffic_in_out_ip, ''), ifNull(t.ip_protocol, ''), ifNull(t.decision, ''),
            reinterpretAsFixedString(toUInt16(ifNull(length(t.pod_ip), 65535))),
            reinterpretAsFixedString(toUInt16(ifNull(length(t.traffic_type), 65535))),
            reinterpretAsFixedString(toUInt16(ifNull(length(t.traffic_in_out_ip), 65535))),
            reinterpretAsFixedString(toUInt16(ifNull(length(t.ip_protocol), 65535))),
            reinterpretAsFixedString(toUInt16(ifNull(length(t.decision), 65535))),
            reinterpretAsFixedString(t.pod_port), reinterpretAsFixedString(t.traffic_in_out_port))), 1, 8)) AS flow_id
FROM traffic AS t
WHERE t.arrival_day >= (SELECT r.oldest_day FROM retention AS r);

-- How often flows were seen again, by the hour; the first observation is the row of flows.
CREATE VIEW IF NOT EXISTS flow_activity DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT a.hour AS hour, a.flow_id AS flow_id, toUInt64(a.observations) AS observations, toDateTime64(a.last_seen, 6, 'UTC') AS last_seen, a.arrival_day AS arrival_day
FROM traffic_activity AS a
WHERE a.arrival_day >= (SELECT r.oldest_day FROM retention AS r);

-- Events that could not be stored, of the seven days that they are kept.
CREATE VIEW IF NOT EXISTS rejected DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT e.received_at AS received_at, e.reason AS reason, e.field AS field, toValidUTF8(e.raw) AS raw
FROM rejected_events AS e
WHERE e.received_at >= now64(6, 'UTC') - INTERVAL 7 DAY;

-- What the store consists of, and what ClickHouse does with it. With ClickHouse:Cluster set the tables are in a database of their own; each
-- node shows its own.
CREATE VIEW IF NOT EXISTS store_parts
(
    table String, arrival_day Nullable(Date), name String, rows UInt64, bytes_on_disk UInt64, uncompressed_bytes UInt64,
    modification_time DateTime, disk_name String
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    p.table AS table, if(p.table IN ('traffic', 'traffic_activity', 'rejected_events'), toDateOrNull(p.partition), NULL) AS arrival_day, p.name AS name,
    p.rows AS rows, p.bytes_on_disk AS bytes_on_disk, p.data_uncompressed_bytes AS uncompressed_bytes, p.modification_time AS modification_time,
    p.disk_name AS disk_name
FROM system.parts AS p
WHERE p.active AND p.database IN (currentDatabase(), concat(currentDatabase(), '_shard'))
    AND p.table IN ('traffic', 'traffic_activity', 'rejected_events', 'admin_events', 'store');

CREATE VIEW IF NOT EXISTS store_merges
(
    table String, elapsed Float64, progress Float64, num_parts UInt64, is_mutation UInt8, total_bytes UInt64, rows_written UInt64
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    m.table AS table, m.elapsed AS elapsed, m.progress AS progress, m.num_parts AS num_parts, m.is_mutation AS is_mutation,
    m.total_size_bytes_compressed AS total_bytes, m.rows_written AS rows_written
FROM system.merges AS m
WHERE m.database IN (currentDatabase(), concat(currentDatabase(), '_shard'))
    AND m.table IN ('traffic', 'traffic_activity', 'rejected_events', 'admin_events', 'store');

CREATE VIEW IF NOT EXISTS store_mutations
(
    table String, command String, create_time DateTime, parts_to_do Int64, is_done UInt8, latest_fail_reason String
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    m.table AS table, m.command AS command, m.create_time AS create_time, m.parts_to_do AS parts_to_do, m.is_done AS is_done,
    m.latest_fail_reason AS latest_fail_reason
FROM system.mutations AS m
WHERE m.database IN (currentDatabase(), concat(currentDatabase(), '_shard'))
    AND m.table IN ('traffic', 'traffic_activity', 'rejected_events', 'admin_events', 'store');

CREATE VIEW IF NOT EXISTS store_disks (name String, free_bytes UInt64, total_bytes UInt64)
DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT d.name AS name, d.free_space AS free_bytes, d.total_space AS total_bytes
FROM system.disks AS d;
