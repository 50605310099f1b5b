-- Views of the console that were kept, behind /api/v1/views: on the first shard. A row for each state of a view; the newest counts. One that was deleted stays
-- as a row without a document.
CREATE TABLE IF NOT EXISTS console_views
(
    -- what people call it; there is one view of a name, whoever writes
    name     String,
    -- microseconds since 1970, made distinct over all rows of a server and growing
    version  UInt64,
    -- JSON: its address within the console, who made it and who changed it; '' when it was deleted
    document String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY name
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
