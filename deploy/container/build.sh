#!/usr/bin/env bash
# Builds the image kguardian-analytics:VERSION for this machine's platform with podman or docker. Arguments go to the builder.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
builder=${BUILDER:-$(command -v podman || command -v docker || true)}
[ -n "$builder" ] || { echo "build.sh: podman or docker is needed" >&2; exit 1; }
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$root/Directory.Build.props")
revision=$(git -C "$root" rev-parse HEAD 2>/dev/null || echo unknown)

# --format docker: the OCI format has no health check; podman would leave it out.
format=()
case "$builder" in *podman | *buildah) format=(--format docker) ;; esac
exec "$builder" build ${format[@]+"${format[@]}"} --file "$root/deploy/container/Containerfile" \
  --build-arg VERSION="$version" --build-arg REVISION="$revision" --tag "kguardian-analytics:$version" "$@" "$root"
