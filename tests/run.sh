#!/usr/bin/env bash
# Builds everything, installs what the tests need, and runs them all. Ends with the line "N passed, N failed".
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

fail() {
  echo "$1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

# Packages that tests use as independent peers, by the command that shows they are there.
missing=()
for need in gzip:gzip brotli:brotli curl:curl; do
  command -v "${need%%:*}" >/dev/null || missing+=("${need##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || fail "tests/run.sh: install ${missing[*]}, or run as root where apt-get is"
  { apt-get update -qq && apt-get install -y -qq "${missing[@]}"; } >"$results/apt.log" 2>&1 ||
    { cat "$results/apt.log" >&2; fail "tests/run.sh: ${missing[*]} could not be installed"; }
fi

dotnet build --configuration Release --verbosity quiet KGuardian.Analytics.sln || fail "tests/run.sh: the build failed"
dotnet format --verify-no-changes --no-restore KGuardian.Analytics.sln || fail "tests/run.sh: 'dotnet format' would change files"

dotnet test --configuration Release --no-build --logger "trx;LogFileName=tests.trx" --results-directory "$results" "$@" KGuardian.Analytics.sln
status=$?

# The counters of the run, whatever the language of its output.
counters=$(grep -ho '<Counters [^>]*>' "$results"/*.trx 2>/dev/null | tail -1)
count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<" $counters"; }
passed=$(count passed)
failed=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted)))
[ -n "$passed" ] && [ "$passed" -gt 0 ] || fail "tests/run.sh: no test ran"
[ $status -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
echo "$passed passed, $failed failed"
exit $status
