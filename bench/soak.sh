#!/usr/bin/env bash
# Mixed load while retention rolls over, a day a minute: bench/soak.sh --minutes 30. Needs Debian's package faketime.
set -euo pipefail
exec "$(cd "$(dirname "$0")" && pwd)/run.sh" soak "$@"
