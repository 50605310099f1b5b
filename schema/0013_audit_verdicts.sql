-- What audit policies make of new flows, as their evaluator said: behind /audit/verdicts. Texts are '' for none.
CREATE TABLE IF NOT EXISTS audit_verdicts
(
    -- units of 100 microseconds since 2026 and, in the low nine bits, the server that wrote it: grows
    id               UInt64 CODEC(Delta, ZSTD(1)),
    -- day on which it was stored, by the believed time, as its id says: what retention goes by
    stored_on        Date MATERIALIZED toDate('2026-01-01') + intDiv(id, 512 * 864000000),
    policy_uid       LowCardinality(String),
    -- '' for policies of the whole cluster
    policy_namespace LowCardinality(String),
    policy_name      LowCardinality(String),
    direction        LowCardinality(String),
    src_namespace    LowCardinality(String),
    src_pod          String,
    dst_namespace    LowCardinality(String),
    dst_pod          String,
    -- -1 for none
    dst_port         Int32,
    protocol         LowCardinality(String),
    reason           String,
    -- when the flow was seen
    observed_at      DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    verdict          LowCardinality(String),
    -- questions name a policy, and read from the newest on: granules without it are left out
    INDEX policies (policy_namespace, policy_name) TYPE set(64) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY stored_on
ORDER BY id
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
