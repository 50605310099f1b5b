#!/usr/bin/env bash
# Runs the commands of a guide, in their order, in one shell and an empty directory: those in blocks marked "sh run". A block marked "text" right
# after one is what its commands print, "..." in it stands for anything. Other blocks are shown to the reader only.
#
#   tests/guides.sh GUIDE PROGRAM_DIRECTORY [--serve]         where kguardian-analytics is; --serve starts it first, for guides that do not
#
# The directory is empty but for tests/data, which guides post.
set -euo pipefail

guide=$(realpath "$1")
program=$(realpath "$2")
# Seconds; it takes ten of them here.
limit=300
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Each block becomes a file NNN.sh (NNN.out: what it prints), numbered by its line in the guide.
awk -v work="$work" '
  /^ *```/ && inside { inside = 0; close(file); next }
  /^ *```sh run$/ { inside = 1; ran = 1; indent = match($0, /[^ ]/) - 1; name = sprintf("%s/%04d", work, NR); file = name ".sh"; next }
  /^ *```text$/ && ran { inside = 1; file = name ".out"; printf "" > file; next }
  /^ *```/ { inside = 1; file = "/dev/null"; next }
  inside { print substr($0, indent + 1) > file; next }
  /[^ ]/ { ran = 0 }
' "$guide"

mkdir -p "$work/home/tests"
ln -s "$(realpath "$(dirname "$0")/data")" "$work/home/tests/data"
{
  cat <<'SH'
set -euo pipefail
SH
  if [ "${3:-}" = --serve ]; then
    echo 'kguardian-analytics >server.log 2>&1 &'
    echo 'until kguardian-analytics healthcheck >health.log 2>&1; do sleep 0.2; done'
  fi
  for block in "$work"/*.sh; do
    number=$(basename "$block" .sh)
    echo "echo 'line $((10#$number))' >&3"
    if [ -e "${block%.sh}.out" ]; then
      # To a file and not into a pipe: what a block sets and starts is the next one's, too.
      printf 'exec 4>&1 >%q\n' "${block%.sh}.got"
      cat "$block"
      printf 'exec >&4 4>&-\ncompare %q\n' "${block%.sh}"
    else
      cat "$block"
    fi
  done
} >"$work/all.bash"

cat >"$work/start.bash" <<'SH'
# A machine that is busy may answer 503 for a moment; whoever reads the guide would ask again.
curl() { command curl --fail --retry 9 "$@"; }
compare() {
  # What is expected as a pattern of the shell: only "..." is special.
  local expected got
  expected=$(cat "$1.out") got=$(cat "$1.got")
  local pattern
  pattern=$(printf '%s' "$expected" | sed -e 's/[][\\*?]/\\&/g' -e 's/\.\.\./*/g')
  # shellcheck disable=SC2053
  [[ $got == $pattern ]] || { printf 'expected:\n%s\ngot:\n%s\n' "$expected" "$got" >&2; return 1; }
}
SH

cd "$work/home"
# Below those that the system gives to whoever asks for any: nobody else gets it until the server has it.
choose='
  const choose = () => {
    const port = 31000 + Math.floor(Math.random() * 1700)
    const server = require("net").createServer().once("error", choose).listen(port, "127.0.0.1", () => server.close(() => console.log(port)))
  }
  choose()'
port=$(node -e "$choose") old=$(node -e "$choose")
# Settings of whoever runs this are not the guide's.
for name in $(env | sed -n 's/^\(KGUARDIAN_[A-Z_]*\|BROKER_AUTH_TOKEN[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
export PATH="$program:$PATH" URL="http://127.0.0.1:$port" LISTEN_ADDR="127.0.0.1:$port" KGUARDIAN_DATA_DIR="$work/home/data" OLD_URL="http://127.0.0.1:$old" KGUARDIAN_NODE__MEMORYSHARE=0.1
export DOTNET_EnableDiagnostics=0

# A session of its own, so that nothing that the guide started outlives it, whatever becomes of its shell.
# shellcheck disable=SC2016
setsid bash -c 'trap "trap : TERM; kill -TERM 0; wait" EXIT; source "$1"; source "$2"' guide "$work/start.bash" "$work/all.bash" \
  3>"$work/at" >"$work/log" 2>&1 &
session=$!
trap 'kill -KILL -- "-$session" 2>/dev/null || true; rm -rf "$work" || true' EXIT
timeout "$limit" tail --pid="$session" --sleep-interval=0.2 --follow /dev/null ||
  { echo "guides.sh: not done after $limit s" >>"$work/log"; kill -TERM -- "-$session"; }
status=0
wait "$session" || status=$?
if [ $status -ne 0 ]; then
  tail -n 50 "$work/log" "$work/home/server.log" >&2 || true
  echo "$guide: the block after $(tail -1 "$work/at") failed ($status)" >&2
  exit 1
fi
echo "$(wc -l <"$work/at") blocks"
