-- Flows grouped by what tells edges of maps and policies apart, so that those read a row where there are many flows: see
-- src/KGuardian.Analytics/Rollups. Derived from traffic, in steps by the order of arrival; nothing here need survive.
CREATE TABLE IF NOT EXISTS edge_rollup
(
    arrival_day       Date,
    -- hours since 1970 of the flows' times; -2147483648 in the row that says how far the day is: last_sequence, of which all flows up to there are in
    hour              Int32 CODEC(Delta, ZSTD(1)),
    -- as in traffic
    pod_namespace     LowCardinality(Nullable(String)),
    pod_name          LowCardinality(Nullable(String)),
    pod_ip            LowCardinality(Nullable(String)),
    traffic_type      LowCardinality(Nullable(String)),
    ip_protocol       LowCardinality(Nullable(String)),
    decision          LowCardinality(Nullable(String)),
    -- 1 when the pod that reported is the client, 0 when its peer is, -1 when nothing tells
    pod_is_client     Int8,
    -- 0 for none
    server_port       Int32,
    -- the other side's address: of IPv4 its number, which takes a fifth of its text's time; 0 and the text of all others
    peer_v4           UInt32,
    peer_other        LowCardinality(Nullable(String)),
    traffic_in_out_ip LowCardinality(Nullable(String)) ALIAS if(peer_v4 = 0, peer_other, IPv4NumToString(peer_v4)),

    flows             SimpleAggregateFunction(sum, UInt64) CODEC(T64, ZSTD(1)),
    -- microseconds since 1970
    first_seen        SimpleAggregateFunction(min, Int64) CODEC(T64, ZSTD(1)),
    last_seen         SimpleAggregateFunction(max, Int64) CODEC(T64, ZSTD(1)),
    time_stamp        DateTime64(6, 'UTC') ALIAS fromUnixTimestamp64Micro(first_seen, 'UTC'),
    -- the flows of a row are all those of its group between these two, whatever was merged
    first_sequence    SimpleAggregateFunction(min, UInt64) CODEC(T64, ZSTD(1)),
    last_sequence     SimpleAggregateFunction(max, UInt64) CODEC(T64, ZSTD(1)),
    -- the smallest of the flows' uuids
    example           SimpleAggregateFunction(min, FixedString(16)) CODEC(NONE)
)
ENGINE = AggregatingMergeTree
PARTITION BY arrival_day
ORDER BY (hour, pod_namespace, pod_name, pod_ip, pod_is_client, server_port, traffic_type, ip_protocol, decision, peer_v4, peer_other)
SETTINGS
    allow_nullable_key = 1,
    default_compression_codec = 'ZSTD(1)',
    -- a step is stored once, however often it is sent
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
