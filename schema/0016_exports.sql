-- Exports by schedule, and the files that they made: behind /api/reporting/v1. All of it is on the first shard; the files are in the data directory of the
-- server that makes them.

-- A row for each state of a schedule; the newest counts. One that was deleted stays as a row without a document.
CREATE TABLE IF NOT EXISTS export_schedules
(
    -- schedule-<27 of 0-9A-Za-z>
    id       String,
    -- microseconds since 1970, made distinct over all rows and growing
    version  UInt64,
    -- JSON: what it is, up to where it has exported, and the run that is not finished; '' when it was deleted
    document String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;

-- A row for each finished file, and another one when it is gone. Partitions go a year after their month: then no file of it is kept any more.
CREATE TABLE IF NOT EXISTS export_reports
(
    -- day on which it was finished, by the believed time; the same in all rows of a file
    created_on Date,
    -- 27 of 0-9A-Za-z
    file_id    String,
    -- microseconds since 1970, made distinct over all rows and growing
    version    UInt64,
    -- JSON: of which schedule, how many rows, its checksum; '' when it is gone
    document   String
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(created_on)
ORDER BY file_id
SETTINGS
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 1000,
    fsync_after_insert = 1,
    fsync_part_directory = 1;
