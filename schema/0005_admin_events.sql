-- Who did what to this store: the administrative acts behind /api/events/audit. Kept for a year, whatever the flows' retention.
CREATE TABLE IF NOT EXISTS admin_events
(
    -- microseconds since 1970 when it was recorded, made distinct: grows
    id             UInt64,
    time           DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    activity       LowCardinality(String),
    activity_code  LowCardinality(String),
    initiator_id   String,
    initiator_name String,
    target_id      String,
    meta           Map(String, String)
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(time)
ORDER BY id
TTL toDateTime(time) + INTERVAL 1 YEAR
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
