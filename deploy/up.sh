#!/usr/bin/env bash
# Builds the server in Release and runs it in the foreground on its embedded ClickHouse node.
# LISTEN_ADDR (default 0.0.0.0:9090) and KGUARDIAN_DATA_DIR (default ./data) are honoured; arguments go to the server.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
project="$root/src/KGuardian.Analytics.Server"

command -v dotnet >/dev/null || { echo "up.sh: the .NET SDK 10 is needed (dotnet is not on PATH)" >&2; exit 1; }
# Without npm there is no console either; the server says so at /.
command -v npm >/dev/null || [ -n "${KGUARDIAN_CLICKHOUSE_URL:-}" ] ||
  { echo "up.sh: Node.js/npm is needed to fetch the ClickHouse engine, or set KGUARDIAN_CLICKHOUSE_URL to a server of yours" >&2; exit 1; }

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
log=$(dotnet build --configuration Release --verbosity quiet "$project" 2>&1) || { printf '%s\n' "$log" >&2; exit 1; }

# exec: the server itself gets SIGTERM and Ctrl-C, and ends its node before it ends.
exec "$project/bin/Release/net10.0/kguardian-analytics" "$@"
