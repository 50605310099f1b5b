#!/usr/bin/env bash
# Builds everything, checks the format, runs the tests and the benchmarks' smoke mode. See --help.
set -uo pipefail

usage() {
  cat <<'TEXT'
Usage: tests/run.sh [--long] [arguments of "dotnet test" ...]

Builds everything, checks the format, runs the tests and the benchmarks' smoke mode. Ends with the line "N passed, N failed".
The tests need the .NET SDK and Node.js with npm only: ClickHouse, and what reads answers independently (tests/npm), come with the
build.

  --long    Also the long tests: a hundred rounds of kill -9, stalls of a minute, 10,000 connections, ten million fuzzed inputs
            of each parser. An hour or so. One of them alone: tests/run.sh --long --filter FullyQualifiedName~Faults.KillTests
  --help    This text.

KGUARDIAN_FUZZ_SEED=n tries other inputs than the usual ones; a failure names its seed, which is to be kept in the test.
TEXT
}

# Long tests carry [Trait("Length", "Long")].
filter=(--filter "Length!=Long")
arguments=()
for argument in "$@"; do
  case "$argument" in
    --help | -h) usage; exit 0 ;;
    --long) filter=() ;;
    # The caller knows which tests are meant.
    --filter) filter=(); arguments+=("$argument") ;;
    *) arguments+=("$argument") ;;
  esac
done

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

fail() {
  echo "tests/run.sh: $1" >&2
  echo "0 passed, 1 failed"
  exit 1
}

command -v dotnet >/dev/null || fail "the .NET SDK 10 is needed (dotnet is not on PATH)"
command -v npm >/dev/null || fail "Node.js/npm is needed to fetch the ClickHouse engine and the tests' readers"

dotnet build --configuration Release --verbosity quiet KGuardian.Analytics.sln || fail "the build failed"
dotnet format --verify-no-changes --no-restore KGuardian.Analytics.sln || fail "'dotnet format' would change files"

dotnet test --configuration Release --no-build --logger "trx;LogFileName=tests.trx" --results-directory "$results" \
  ${filter[@]+"${filter[@]}"} ${arguments[@]+"${arguments[@]}"} KGuardian.Analytics.sln
status=$?
counters=$(grep -ho '<Counters [^>]*>' "$results"/*.trx 2>/dev/null | tail -1)
count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<" $counters"; }
passed=$(count passed)
[ -n "$passed" ] && [ "$passed" -gt 0 ] || fail "no test ran"
failed=$(($(count failed) + $(count error) + $(count timeout) + $(count aborted)))
[ $status -ne 0 ] && [ "$failed" -eq 0 ] && failed=1

# The benchmarks' counts are exact on any machine: a wrong one is a failure, a slow run is not.
if bench/run.sh suite --smoke >"$results/bench.log" 2>&1; then
  passed=$((passed + 1))
else
  cat "$results/bench.log"
  failed=$((failed + 1))
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
