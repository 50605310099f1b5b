-- Who is known to connect to whom: what edge-new and outside-network-new compare flows with. See src/KGuardian.Analytics/SecureEvents. All of it is on the
-- first shard.

-- An edge on each arrival day on which it had flows, so that it is forgotten with the last of them.
CREATE TABLE IF NOT EXISTS known_edges
(
    -- the rule that the edge is one of: edge-new, outside-network-new
    rule        LowCardinality(String),
    -- hash of the rule and of everything below but the origin
    edge        UInt64 CODEC(NONE),
    arrival_day Date,
    -- sequence of the day's first flow of it
    origin      UInt64 CODEC(T64, ZSTD(1)),
    -- Deployment, DaemonSet, ..., Pod, Service, Node; Network outside of the cluster
    client_kind LowCardinality(String),
    -- namespace/name, a node's name, or the network
    client      LowCardinality(String),
    server_kind LowCardinality(String),
    server      LowCardinality(String),
    -- 0 for none
    port        Int32,
    protocol    LowCardinality(String),
    -- whether an end is a pod, whose workload may be learnt later
    by_pod      UInt8 MATERIALIZED client_kind = 'Pod' OR server_kind = 'Pod',
    -- of two rows the earlier one is kept
    earliness   UInt64 MATERIALIZED 18446744073709551615 - origin CODEC(T64, ZSTD(1)),

    INDEX origin_index origin TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(earliness)
PARTITION BY arrival_day
ORDER BY (by_pod, edge)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- How far flows were looked at; the newest row counts. All numbers are sequences of flows but for version and day.
CREATE TABLE IF NOT EXISTS edge_progress
(
    -- 'one', or the server where several take flows in
    producer LowCardinality(String),
    -- grows
    version  UInt64,
    -- rules that are switched on, with commas between; '' for none
    rules    LowCardinality(String),
    -- flows up to this one were looked at; -1 for none
    done     Int64,
    -- of the past the arrival days up to this one were learnt, in days since 1970
    day      Int32,
    -- flows up to this one were there before the rules were: they raise nothing
    past     Int64,
    -- the store's first flow; -1 while there is none
    began    Int64,
    -- flows up to this one were cleared
    cleared  Int64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY producer
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- With Events:CollapsePorts an event is looked up by its hash alone.
ALTER TABLE secure_events ADD INDEX IF NOT EXISTS hash_index event_hash TYPE bloom_filter(0.01) GRANULARITY 1;
ALTER TABLE secure_events MATERIALIZE INDEX hash_index;
