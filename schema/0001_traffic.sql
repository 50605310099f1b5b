-- Each distinct flow once: its first observation. Ingest keeps repeats out (see Ingest/); ReplacingMergeTree is the safety net
-- for several ingest servers, and keeps the row that arrived first (version falls as arrival time grows).
CREATE TABLE IF NOT EXISTS traffic
(
    -- 16 bytes in the order of the uuid's text; ClickHouse's own UUID type sorts by its second half
    uuid                FixedString(16) CODEC(NONE),
    pod_name            LowCardinality(Nullable(String)),
    pod_namespace       LowCardinality(Nullable(String)),
    pod_ip              LowCardinality(Nullable(String)),
    -- ports: the number; 65536 more for each leading zero of its text; -1 is null, -2 is ''
    pod_port            Int32,
    ip_protocol         LowCardinality(Nullable(String)),
    traffic_type        LowCardinality(Nullable(String)),
    traffic_in_out_ip   LowCardinality(Nullable(String)),
    traffic_in_out_port Int32,
    decision            LowCardinality(Nullable(String)),
    -- by the agent's clock, UTC
    time_stamp          DateTime64(6, 'UTC') CODEC(T64, ZSTD(1)),
    -- by this server's clock: partitions expire whole, whatever the agents' clocks say
    arrival_day         Date,
    -- 4294967295 - arrival time in seconds since 1970
    version             UInt32 CODEC(T64, ZSTD(1)),

    INDEX pod_name_index pod_name TYPE bloom_filter(0.01) GRANULARITY 1,

    PROJECTION newest_first
    (
        SELECT uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip,
               traffic_in_out_port, decision, time_stamp, arrival_day
        ORDER BY time_stamp, uuid
    )
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY arrival_day
ORDER BY (pod_ip, pod_port, traffic_type, traffic_in_out_ip, traffic_in_out_port, ip_protocol, decision)
SETTINGS
    allow_nullable_key = 1,
    deduplicate_merge_projection_mode = 'rebuild',
    -- column codecs do not reach projections: this one does
    default_compression_codec = 'ZSTD(1)',
    -- a resent insert with the same token is stored once
    non_replicated_deduplication_window = 1000,
    -- acknowledged means on disk, also after merges
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1;
