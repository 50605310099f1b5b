#!/usr/bin/env bash
# Builds everything, checks the format, runs the tests and the benchmarks' smoke mode. See --help.
set -uo pipefail

usage() {
  cat <<'TEXT'
Usage: tests/run.sh [--quick | --long] [arguments of "dotnet test" ...]

Builds everything, checks the format, runs the tests and the benchmarks' smoke mode. Ends with the line
"N passed, N failed, N skipped"; before it, the reason of each skip, and "unstable: <test>" for each test that failed and then,
alone, passed: a defect of the test or of the code, to be mended, that does not hold up others.
The tests need the .NET SDK and Node.js with npm only: ClickHouse, and what reads answers independently (tests/npm), come with the
build. Programs that some tests want besides (nginx, cc ...) are installed where this runs as root and there is apt-get; without
them these tests are skipped.

  --quick   The tests that start no process, without the benchmarks: within a minute after the build.
  --long    Also the long tests: a hundred rounds of kill -9, stalls of a minute, 10,000 connections, ten million fuzzed inputs
            of each parser. Two hours or so. One of them alone: tests/run.sh --long --filter FullyQualifiedName~Faults.KillTests
  --help    This text.

What tests saw on terminals is in the directory that the last lines name, or TEST_SCREENS.

KGUARDIAN_FUZZ_SEED=n tries other inputs than the usual ones; a failure names its seed, which is to be kept in the test.
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
# Long tests carry [Trait("Length", "Long")]; Kind is the folder that a test is in (Testing/TestKinds.cs).
filter=(--filter "Length!=Long")
arguments=()
quick=
# A test says nothing for as long as it runs: the longest of the usual ones takes half a minute on two cores, a long one an hour.
hang=10m
for argument in "$@"; do
  case "$argument" in
    --help | -h) usage; exit 0 ;;
    --quick) quick=1; filter=(--filter "Kind=Unit&Length!=Long") ;;
    --long) filter=(); hang=150m ;;
    # The caller knows which tests are meant.
    --filter) filter=(); arguments+=("$argument") ;;
    *) arguments+=("$argument") ;;
  esac
done

cd "$here/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
results=$(mktemp -d)
export TEST_SCREENS=${TEST_SCREENS:-${TMPDIR:-/tmp}/kguardian-test-screens}
rm -f "$TEST_SCREENS"/*.txt

# Everything that tests start inherits the mark (servers lose what begins with KGUARDIAN). A test host that crashed or hung leaves its
# processes behind; those of a host that ended well end by themselves, the cleaners of directories among them.
mark="TESTS_RUN=$$.$RANDOM"
end_leftovers() {
  local file
  for file in $(grep -lszx "$mark" /proc/[0-9]*/environ); do
    file=${file#/proc/}
    kill -9 "${file%/environ}" 2>/dev/null
  done
}
trap 'rm -rf "$results"' EXIT
trap 'trap "" INT TERM; kill -TERM $(jobs -p) 2>/dev/null; end_leftovers; exit 130' INT TERM

fail() {
  echo "tests/run.sh: $1" >&2
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
}

timed() {
  local name=$1 started=$SECONDS status
  shift
  "$@"
  status=$?
  durations+="$name $((SECONDS - started)) s, "
  return $status
}
durations=

# Where it cannot be installed, the tests that want it are skipped and say so.
install_programs() {
  local missing=() pair log="$results/apt.log"
  for pair in nginx:nginx-light cc:gcc systemd-analyze:systemd systemd-sysusers:systemd curl:curl setsid:util-linux dpkg-deb:dpkg rsyslogd:rsyslog chromium:chromium tmux:tmux zsh:zsh fish:fish; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  # cc links against the C library's own files.
  command -v cc >/dev/null || missing+=(libc6-dev)
  # rsyslog's TLS is a library.
  ls /usr/lib/*/rsyslog/lmnsd_gtls.so >/dev/null 2>&1 || missing+=(rsyslog-gnutls)
  # Its programs are not on PATH.
  ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "tests/run.sh: not installed, tests that want them are skipped: ${missing[*]}"
    return 0
  fi
  # 101 keeps the packages' services from being started (policy-rc.d); one that is there already is the machine's.
  local policy=/usr/sbin/policy-rc.d made=
  [ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made=1; }
  apt_install() { DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -qq -y --no-install-recommends -o Acquire::Retries=1 "${missing[@]}" </dev/null >>"$log" 2>&1; }
  apt_install || { timeout 120 apt-get update -qq </dev/null >>"$log" 2>&1 && apt_install; } ||
    echo "tests/run.sh: could not be installed, tests that want them are skipped: ${missing[*]} ($(grep -m1 '^E:' "$log"))"
  [ -z "$made" ] || rm -f $policy
}

# run_tests NAME HANG ARGUMENTS...: what it wrote is in NAME.log, and NAME.*.trx.
run_tests() {
  local name=$1 limit=$2
  shift 2
  # In the background, so that a signal is acted upon at once.
  env "$mark" dotnet test --configuration Release --no-build --logger "trx;LogFilePrefix=$name" --results-directory "$results" \
    --blame-crash --blame-crash-dump-type mini --blame-hang --blame-hang-timeout "$limit" --blame-hang-dump-type mini "$@" \
    KGuardian.Analytics.sln > >(tee "$results/$name.log") 2>&1 &
  wait $!
}

read_results() { node "$here/results.mjs" "$1" "${@:2}"; }

command -v dotnet >/dev/null || fail "the .NET SDK 10 is needed (dotnet is not on PATH)"
command -v npm >/dev/null || fail "Node.js/npm is needed to fetch the ClickHouse engine and the tests' readers"

[ -n "$quick" ] || timed programs install_programs
timed build dotnet build --configuration Release --verbosity quiet KGuardian.Analytics.sln || fail "the build failed"
# The quick run is for between two edits: what it leaves out is the whole run's.
[ -n "$quick" ] || timed format dotnet format --verify-no-changes --no-restore KGuardian.Analytics.sln || fail "'dotnet format' would change files"

timed tests run_tests all $hang ${filter[@]+"${filter[@]}"} ${arguments[@]+"${arguments[@]}"}
status=$?
all=("$results"/all*.trx)
[ -e "${all[0]}" ] || { end_leftovers; fail "no test ran"; }
read -r passed failed skipped < <(read_results counts "${all[@]}")
[ "$passed" -gt 0 ] || [ "$failed" -gt 0 ] || fail "no test ran"

# A host that crashed or hung leaves tests that never ran: nothing is known of them.
broken=()
if grep -qE 'test run was aborted|Test host process crashed|[Hh]ang dump|Test Run Aborted|\[FATAL ERROR\]' "$results/all.log"; then
  end_leftovers
  failed=$((failed + 1))
  sequence=$(find "$results" -name 'Sequence*.xml' | head -1)
  broken+=("failed: the test host ended in the middle; what ran last: $(sed -nE '/Completed="False"/s/.*Name="([^"]*)".*/\1/p' ${sequence:+"$sequence"} | paste -sd' ')")
elif [ $status -ne 0 ] && [ "$failed" -eq 0 ]; then
  failed=$((failed + 1))
  broken+=("failed: dotnet test, with exit code $status and no failed test")
fi

# Once more, alone. More than this is no accident: the code is broken, and the developer waits.
most=20
unstable=()
rerun() {
  local method name number=0
  [ "$(read_results failed "${all[@]}" | cut -f1 | sort -u | wc -l)" -le $most ] || { echo "tests/run.sh: too many failed to try each again"; return; }
  while IFS= read -r method <&3; do
    number=$((number + 1))
    echo "tests/run.sh: once more, alone: $method"
    # A method by its whole name; "(" follows where it has arguments.
    run_tests "again$number-" $hang --filter "FullyQualifiedName=$method" </dev/null && good=1 || good=
    end_leftovers
    local again=("$results/again$number-"*.trx)
    local -A still=()
    if [ -z "$good" ]; then
      # One that has no result of its own did not pass.
      [ -e "${again[0]}" ] && while IFS=$'\t' read -r _ name; do still["$name"]=1; done < <(read_results failed "${again[@]}")
      [ ${#still[@]} -gt 0 ] || continue
    elif ! read -r some _ < <(read_results counts "${again[@]}") || [ "$some" -eq 0 ]; then
      continue
    fi
    while IFS= read -r name; do
      [ -z "${still["$name"]:-}" ] || continue
      unstable+=("unstable: $name")
      failed=$((failed - 1))
      passed=$((passed + 1))
    done < <(read_results failed "${all[@]}" | awk -F'\t' -v method="$method" '$1 == method { print $2 }')
  done 3< <(read_results failed "${all[@]}" | cut -f1 | sort -u)
}
[ "$(read_results failed "${all[@]}" | wc -l)" -eq 0 ] || timed "once more" rerun

# The benchmarks' counts are exact on any machine: a wrong one is a failure, a slow run is not.
smoke() { env "$mark" bench/run.sh suite --smoke >"$results/bench.log" 2>&1 & wait $!; }
if [ -z "$quick" ]; then
  if timed benchmarks smoke; then
    passed=$((passed + 1))
  elif cat "$results/bench.log"; end_leftovers; timed "benchmarks again" smoke; then
    passed=$((passed + 1))
    unstable+=("unstable: bench/run.sh suite --smoke")
  else
    cat "$results/bench.log"
    end_leftovers
    failed=$((failed + 1))
    broken+=("failed: bench/run.sh suite --smoke")
  fi
fi

echo "The 25 slowest classes:"
read_results slowest "${all[@]}"
echo "Durations: ${durations}all $SECONDS s"
read_results skipped "${all[@]}"
[ -z "$(ls "$TEST_SCREENS" 2>/dev/null)" ] || echo "What tests saw on terminals: $TEST_SCREENS"
for line in ${broken[@]+"${broken[@]}"} ${unstable[@]+"${unstable[@]}"}; do echo "$line"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
