-- What is worth telling somebody: dropped flows, and connections that an audit policy would deny. Behind /api/v1/secureEvents; see
-- src/KGuardian.Analytics/SecureEvents. Raised once and never changed; a flow's event is on the flow's shard, and goes when the flow goes.
CREATE TABLE IF NOT EXISTS secure_events
(
    -- the rule that raised it: flow-dropped, policy-would-deny
    rule                LowCardinality(String),
    -- 0 (the gravest) to 7, as the rule had it then
    severity            UInt8,
    -- tells events of one time apart: of the rule and the flow's id, or the verdict's
    event_hash          UInt64 CODEC(NONE),
    -- order in which events were raised: microseconds since 1970, made distinct and growing
    sequence            UInt64 CODEC(T64, ZSTD(1)),
    -- what it was raised from: the flow's sequence, or the verdict's id
    origin              UInt64 CODEC(T64, ZSTD(1)),

    -- the flow, as in traffic; a verdict knows names and the server's port only
    uuid                FixedString(16) CODEC(NONE),
    pod_name            LowCardinality(Nullable(String)),
    pod_namespace       LowCardinality(Nullable(String)),
    pod_ip              LowCardinality(Nullable(String)),
    pod_port            Int32,
    ip_protocol         LowCardinality(Nullable(String)),
    traffic_type        LowCardinality(Nullable(String)),
    traffic_in_out_ip   LowCardinality(Nullable(String)),
    traffic_in_out_port Int32,
    decision            LowCardinality(Nullable(String)),
    -- when it happened, by the agent's clock
    time_stamp          DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    arrival_day         Date,
    version             UInt32 CODEC(T64, ZSTD(1)),

    -- '' but for verdicts
    peer_namespace      LowCardinality(String),
    peer_name           String,
    policy_uid          LowCardinality(String),
    policy_namespace    LowCardinality(String),
    policy_name         LowCardinality(String),
    reason              LowCardinality(String),

    INDEX sequence_index sequence TYPE minmax GRANULARITY 1,
    INDEX origin_index origin TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY arrival_day
ORDER BY (time_stamp, event_hash)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
