-- Repeats are information: how often a known flow was seen again in an hour, and when last. The first observation is the row of
-- traffic itself and is not counted here.
CREATE TABLE IF NOT EXISTS traffic_activity
(
    -- first 8 bytes (little-endian) of the flow's dedup key
    flow_id      UInt64,
    -- by the agents' clocks, UTC
    hour         DateTime64(0, 'UTC') CODEC(Delta, ZSTD(1)),
    observations SimpleAggregateFunction(sum, UInt64),
    last_seen    SimpleAggregateFunction(max, DateTime64(6, 'UTC')) CODEC(T64, ZSTD(1)),
    arrival_day  Date
)
ENGINE = AggregatingMergeTree
PARTITION BY arrival_day
ORDER BY (flow_id, hour)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    -- pages look up a few flows: small granules read little
    index_granularity = 1024;
