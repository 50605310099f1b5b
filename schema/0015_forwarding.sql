-- Where events are forwarded to, how far that is, and what a target would not take: behind /api/v1/eventsForwarding. All of it is on the first shard.

-- A row for each state of an integration; the newest counts. One that was deleted stays as a row without a document, so that its number is not used again.
CREATE TABLE IF NOT EXISTS forwarding_integrations
(
    -- seconds since 2026 when it was created, made distinct
    id       UInt64,
    -- microseconds since 1970, made distinct over all rows and growing
    version  UInt64,
    -- JSON, with its secrets; '' when it was deleted
    document String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- How far each integration is in each channel; a row a second at most, the newest counts.
CREATE TABLE IF NOT EXISTS forwarding_positions
(
    integration    UInt64,
    channel        LowCardinality(String),
    -- microseconds since 1970, made distinct over all rows and growing
    version        UInt64,
    -- everything up to this place was delivered, or is in forwarding_dead_letters: traffic.sequence, or the sequence and id of the channel's table
    sequence       UInt64,
    event_id       String,
    -- events up to that place
    passed         UInt64,
    dead_lettered  UInt64,
    -- events up to known_up_to, those that were counted behind the place included: what is missing of them later was lost; 0 where none were counted
    known_up_to    UInt64,
    known_events   UInt64,
    lost_events    UInt64,
    -- microseconds since 1970 when the first and the last of the lost events arrived, within the precision of a count; 0 for none
    lost_from      UInt64,
    lost_to        UInt64,
    -- microseconds since 1970; 0 for never
    last_delivered UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (integration, channel)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- Events that a target refused by themselves, again and again. Kept for 7 days.
CREATE TABLE IF NOT EXISTS forwarding_dead_letters
(
    -- day on which it was given up, by the believed time: what retention goes by
    refused_on  Date,
    refused_at  DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    integration UInt64,
    channel     LowCardinality(String),
    sequence    UInt64,
    event_id    String,
    reason      String,
    -- its JSON
    event       String
)
ENGINE = MergeTree
PARTITION BY refused_on
ORDER BY (integration, refused_at)
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
