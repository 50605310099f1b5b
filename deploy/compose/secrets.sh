#!/usr/bin/env bash
# Makes the secrets that compose.yaml and embedded.yaml name, as files in ./secrets (or in the directory given). What is there stays.
set -euo pipefail

directory=${1:-$(cd "$(dirname "$0")" && pwd)/secrets}
# Nobody else gets into the directory; containers, whose users are others, get the files themselves and have to read them.
mkdir -p "$directory"
chmod 0700 "$directory"
umask 0333

for name in token clickhouse_password clickhouse_grafana_password grafana_admin_password; do
  # 24 random bytes: 32 characters of base64, without those that need quoting.
  [ -s "$directory/$name" ] || head -c 24 /dev/urandom | base64 | tr '+/' '-_' >"$directory/$name"
done

hash() { tr -d '\n' <"$directory/$1" | sha256sum | cut -d ' ' -f 1; }
users=$directory/clickhouse_users.xml
rm -f "$users"
cat >"$users" <<XML
<clickhouse>
    <profiles>
        <kguardian_grafana>
            <!-- 2: Grafana's plugin sends settings along; the limits stay limits. -->
            <readonly>2</readonly>
            <max_execution_time>65</max_execution_time>
            <max_memory_usage>2000000000</max_memory_usage>
            <max_memory_usage_for_user>4000000000</max_memory_usage_for_user>
            <max_rows_to_read>1000000000</max_rows_to_read>
            <max_result_rows>100000</max_result_rows>
            <use_skip_indexes_on_data_read>0</use_skip_indexes_on_data_read>
            <constraints>
                <max_execution_time><min>1</min><max>65</max></max_execution_time>
                <max_memory_usage><min>1</min><max>2000000000</max></max_memory_usage>
                <max_memory_usage_for_user><min>1</min><max>4000000000</max></max_memory_usage_for_user>
                <max_rows_to_read><min>1</min><max>1000000000</max></max_rows_to_read>
                <max_result_rows><min>1</min><max>100000</max></max_result_rows>
            </constraints>
        </kguardian_grafana>
    </profiles>
    <users>
        <default remove="remove"/>
        <!-- The server's. -->
        <kguardian>
            <password_sha256_hex>$(hash clickhouse_password)</password_sha256_hex>
            <networks><ip>::/0</ip></networks>
            <profile>default</profile>
            <quota>default</quota>
            <grants><query>GRANT ALL ON *.*</query></grants>
        </kguardian>
        <!-- Grafana's: reads the views made for it. -->
        <kguardian_grafana>
            <password_sha256_hex>$(hash clickhouse_grafana_password)</password_sha256_hex>
            <networks><ip>::/0</ip></networks>
            <profile>kguardian_grafana</profile>
            <quota>default</quota>
            <grants>
$(for view in flows flow_activity flow_names rejected retention store_parts store_merges store_mutations store_disks; do
  echo "                <query>GRANT SELECT ON kguardian.$view</query>"
done)
            </grants>
        </kguardian_grafana>
    </users>
</clickhouse>
XML
