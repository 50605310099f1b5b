-- The dashboards' user on a ClickHouse server of yours; the local node has it already. Run once by an administrator, after the first start of
-- kguardian-analytics has made the views. Replace the password, and kguardian where ClickHouse:Database is another:
--     sed "s/CHANGE_ME/$(cat grafana.password)/" deploy/clickhouse/grafana-user.sql | clickhouse-client --multiquery
-- On several servers add ON CLUSTER '...' or run it on each.

CREATE SETTINGS PROFILE IF NOT EXISTS kguardian_grafana SETTINGS
    -- reads only; settings may be sent along, as Grafana does, within these limits
    readonly = 2,
    -- Grafana's plugin asks for 5 s more than its own timeout, 60 s by default
    max_execution_time = 65 MIN 1 MAX 65,
    max_memory_usage = 2000000000 MIN 1 MAX 2000000000,
    max_memory_usage_for_user = 4000000000 MIN 1 MAX 4000000000,
    max_rows_to_read = 1000000000 MIN 1 MAX 1000000000,
    max_result_rows = 100000 MIN 1 MAX 100000,
    -- ClickHouse:Cluster: a part of a question that looks at all shards is answered once and sent to them
    distributed_product_mode = 'global',
    -- else a pod's rows look like all rows to who chooses between index and projection
    use_skip_indexes_on_data_read = 0;

CREATE USER IF NOT EXISTS kguardian_grafana IDENTIFIED WITH sha256_password BY 'CHANGE_ME' SETTINGS PROFILE 'kguardian_grafana';

GRANT SELECT ON kguardian.flows TO kguardian_grafana;
GRANT SELECT ON kguardian.flow_activity TO kguardian_grafana;
GRANT SELECT ON kguardian.flow_names TO kguardian_grafana;
GRANT SELECT ON kguardian.rejected TO kguardian_grafana;
GRANT SELECT ON kguardian.retention TO kguardian_grafana;
GRANT SELECT ON kguardian.store_parts TO kguardian_grafana;
GRANT SELECT ON kguardian.store_merges TO kguardian_grafana;
GRANT SELECT ON kguardian.store_mutations TO kguardian_grafana;
GRANT SELECT ON kguardian.store_disks TO kguardian_grafana;

-- With Ingest:Servers=Several a flow may be there twice until ClickHouse has merged it. To count each once also before, which is slower:
--     ALTER SETTINGS PROFILE kguardian_grafana ADD SETTINGS final = 1, defer_partition_pruning_after_final = 0

-- The views read with the rights of who made them: the user of KGUARDIAN_CLICKHOUSE_USER at the first start, who also needs
--     GRANT SELECT ON system.parts, system.merges, system.mutations, system.disks
-- Before that user is dropped, name its successor: ALTER TABLE kguardian.flows MODIFY DEFINER = new_user; and so on for each view.
