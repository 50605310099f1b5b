-- What expires, expires by the time that a server believes (src/KGuardian.Analytics/Clocks), never by ClickHouse's clock alone.

-- The server says durably from which day on flows show, before it acts on it: dashboards show the same. NULL, and no flow shows, before a server has
-- said how many days are in effect.
CREATE OR REPLACE VIEW retention DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    f.days AS days,
    if(isNull(f.days), NULL, f.oldest_day) AS oldest_day
FROM
(
    SELECT
        toInt32OrNull(argMaxIf(s.value, s.written_at, s.name = 'retention_days_in_effect')) AS days,
        -- the texts of days are in the order of days
        ifNull(toDateOrNull(maxIf(s.value, s.name = 'retention_oldest_day')), toDate(0)) AS oldest_day
    FROM store AS s
) AS f;

-- Servers drop what has had its time: rejected events after 7 days, the audit log after a year (Retention/DayPartitions.cs). A TTL that is not there cannot be
-- removed, and an interrupted migration begins again: so it is set once more first, which changes nothing.
ALTER TABLE rejected_events MODIFY TTL toDateTime(received_at) + INTERVAL 7 DAY SETTINGS materialize_ttl_after_modify = 0;
ALTER TABLE rejected_events REMOVE TTL;
ALTER TABLE admin_events MODIFY TTL toDateTime(time) + INTERVAL 1 YEAR SETTINGS materialize_ttl_after_modify = 0;
ALTER TABLE admin_events REMOVE TTL;
