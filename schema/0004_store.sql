-- Facts about this store that every server must agree on, such as the secret of the dedup key. Written once; when two servers write at
-- the same time the oldest row counts, so no row may ever be merged away.
CREATE TABLE IF NOT EXISTS store
(
    name       String,
    value      String,
    written_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY name
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
