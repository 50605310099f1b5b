#!/usr/bin/env bash
# Runs what "dotnet publish" left in a directory as the image of deploy/container would: as user 1654 (or CONTAINER_USER) without any rights, in a root file system
# that is read-only and has only the program, .NET and the C library in it. Only the data directory and /tmp can be written. Needs root.
#
#   container.sh PUBLISHED DATA MOUNTPOINT [argument of the program ...]
#
# LISTEN_ADDR and settings come from the environment. MOUNTPOINT is any empty directory; only this process sees what is mounted there.
set -euo pipefail

if [ -z "${IN_NAMESPACE:-}" ]; then
  exec env IN_NAMESPACE=1 unshare --mount --propagation private -- "$0" "$@"
fi

published=$1
data=$2
root=$3
shift 3
user=${CONTAINER_USER:-1654:1654}
mount -t tmpfs -o mode=0755 tmpfs "$root"

bind() { # what exists, at the same place or at another, not to be written
  local to=$root${2:-$1}
  if [ -d "$1" ]; then mkdir -p "$to"; else mkdir -p "$(dirname "$to")"; touch "$to"; fi
  mount --bind "$1" "$to"
  mount -o remount,bind,ro "$to"
}

dotnet=$(dirname "$(readlink -f "$(command -v dotnet)")")
bind "$published" /app
bind "$dotnet/host" /usr/share/dotnet/host
bind "$dotnet/shared" /usr/share/dotnet/shared
# The image's libraries: those that the program, .NET and the engine are linked with, and nothing else of this machine.
ldd "$published/kguardian-analytics" "$published"/*.so "$dotnet"/shared/Microsoft.NETCore.App/*/*.so 2>/dev/null |
  awk '$2 == "=>" && $3 ~ /^\// { print $3 } $1 ~ /^\/.*ld-linux/ { print $1 }' | grep -v "^$dotnet" | sort -u | while read -r library; do bind "$library"; done
# .NET looks for OpenSSL when it is needed.
for library in libssl.so.3 libcrypto.so.3; do bind "$(ldconfig -p | awk -v name="$library" '$1 == name { print $NF; exit }')"; done
for device in null zero random urandom; do bind "/dev/$device"; mount -o remount,bind,rw "$root/dev/$device"; done
mkdir -p "$root/proc" "$root/sys" "$root/tmp" "$root/var/lib/kguardian"
mount --rbind /proc "$root/proc"
mount --rbind /sys "$root/sys"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
# As the container file makes it.
chown 1654:0 "$data"
chmod 2770 "$data"
mount --bind "$data" "$root/var/lib/kguardian"
mount -o remount,ro "$root"

settings=()
while IFS= read -r setting; do settings+=("$setting"); done < <(env | grep -E '^(LISTEN_ADDR|BROKER_|KGUARDIAN_|Logging__)' || true)
exec env -i TZ=UTC DOTNET_EnableDiagnostics=0 KGUARDIAN_DATA_DIR=/var/lib/kguardian ${settings[@]+"${settings[@]}"} \
  "$(command -v setpriv)" --no-new-privs "$(command -v chroot)" --userspec="$user" "$root" /app/kguardian-analytics "$@"
