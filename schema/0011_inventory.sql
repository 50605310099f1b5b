-- What agents say of pods and services: a log of states, of which the newest is the present one. A row is written when something changed that clients read;
-- a pod had what a row says from its recorded_at until that of the pod's next row, which is what a flow's ends are resolved by, as of its time.

CREATE TABLE IF NOT EXISTS pod_states
(
    -- '' for none
    pod_namespace            String,
    pod_name                 String,
    -- order of the states: microseconds since 1970 and, in the low ten bits, the server that wrote it; later than every state that this server knew
    sequence                 UInt64 CODEC(Delta, ZSTD(1)),
    -- when it was written down, by the believed time: what retention goes by
    recorded_at              DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    -- what the agent says
    time_stamp               DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    pod_ip                   String,
    node_name                LowCardinality(String),
    is_dead                  Bool,
    pod_identity             Nullable(String),
    -- as the agent said: 1, 0, or -1 for not at all; then the manifest's spec.hostNetwork tells
    host_network             Int8,
    -- JSON as clients get it: the manifest without what none reads; '' for none
    pod_obj                  String,
    workload_selector_labels String
)
ENGINE = MergeTree
ORDER BY (pod_namespace, pod_name, sequence)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    -- other servers' rows are fetched one by one, and a row has kilobytes
    index_granularity = 256;

CREATE TABLE IF NOT EXISTS service_states
(
    svc_ip        String,
    sequence      UInt64 CODEC(Delta, ZSTD(1)),
    recorded_at   DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    time_stamp    DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    -- null where the agent said none
    svc_name      Nullable(String),
    svc_namespace Nullable(String),
    service_spec  String
)
ENGINE = MergeTree
ORDER BY (svc_ip, sequence)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    index_granularity = 256;

-- Which system calls a pod was seen to make: the union of all that agents ever sent of it, as a restarted agent sends only what it saw since.
CREATE TABLE IF NOT EXISTS pod_syscalls
(
    pod_name      String,
    pod_namespace String,
    arch          LowCardinality(String),
    syscalls      SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
    time_stamp    SimpleAggregateFunction(max, DateTime64(6, 'UTC')),
    recorded_at   SimpleAggregateFunction(max, DateTime64(6, 'UTC'))
)
ENGINE = AggregatingMergeTree
ORDER BY (pod_name, pod_namespace, arch)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    index_granularity = 256;
