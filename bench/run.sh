#!/usr/bin/env bash
# Builds in Release and runs a command of the bench: bench/run.sh suite --smoke
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
log=$(dotnet build --configuration Release --verbosity quiet --nologo "$here/KGuardian.Analytics.Bench") || { printf '%s\n' "$log" >&2; exit 1; }
exec "$here/KGuardian.Analytics.Bench/bin/Release/net10.0/KGuardian.Analytics.Bench" "$@"
