-- Well-formed rows that cannot be stored, with the reason: they never block the good ones.
CREATE TABLE IF NOT EXISTS rejected_events
(
    received_at DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    reason      LowCardinality(String),
    field       LowCardinality(String),
    -- the row as it came, cut at 4 KiB; bytes, not always UTF-8
    raw         String
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY received_at
TTL toDateTime(received_at) + INTERVAL 7 DAY
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 1000;
