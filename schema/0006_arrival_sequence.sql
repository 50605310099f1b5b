-- The order in which flows arrived, finer than version's seconds: what a tail of new flows follows. Ingest numbers each block as it is loaded
-- (see Ingest/ArrivalSequence.cs).
ALTER TABLE traffic
    ADD COLUMN IF NOT EXISTS sequence UInt64 DEFAULT 0
    COMMENT 'microseconds since 1970 when the block was loaded, made distinct and growing, 0 where stored before this column'
    CODEC(T64, ZSTD(1));

-- Parts that are older than what is tailed are left out without being read.
ALTER TABLE traffic ADD INDEX IF NOT EXISTS sequence_index sequence TYPE minmax GRANULARITY 1;
