#!/usr/bin/env bash
# Builds kguardian-analytics_VERSION_ARCHITECTURE.deb for this machine's architecture. See --help.
set -euo pipefail

usage() {
  cat <<'TEXT'
Usage: deploy/deb/build.sh [--published DIRECTORY] [--output DIRECTORY]

Publishes the server with its ClickHouse engine and .NET, and packs it with dpkg-deb. Prints the package's path.

  --published DIRECTORY   Pack what "dotnet publish" left there instead.
  --output DIRECTORY      Where the package goes. Default: the working directory.

The same sources and the same published files give the same bytes: times are SOURCE_DATE_EPOCH's, by default the last commit's.
TEXT
}

published=
output=$PWD
while [ $# -gt 0 ]; do
  case "$1" in
    --published) published=$2; shift 2 ;;
    --output) output=$2; shift 2 ;;
    --help | -h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
command -v dpkg-deb >/dev/null || { echo "build.sh: dpkg-deb is needed (package dpkg)" >&2; exit 1; }
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$root/Directory.Build.props")
architecture=$(dpkg --print-architecture)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct)}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ -z "$published" ]; then
  case "$architecture" in amd64) arch=x64 ;; arm64) arch=arm64 ;; *) echo "build.sh: no engine for $architecture" >&2; exit 1 ;; esac
  published=$work/published
  # Self-contained: Debian has no .NET 10, and a package that needs a second vendor's repository is one that fails to install. It costs some
  # 100 MB beside an engine of 566 MB. .NET's security fixes come with a new package.
  dotnet publish "$root/src/KGuardian.Analytics.Server" --configuration Release --runtime "linux-$arch" --self-contained true \
    -p:DebugType=none --artifacts-path "$work/artifacts" --output "$published" >&2
fi

# Everything below is modes and places; nothing depends on who builds, or on the umask.
package=$work/package
install -d -m 0755 "$package/DEBIAN" "$package/usr/lib/kguardian-analytics" "$package/usr/bin" "$package/usr/lib/sysusers.d" \
  "$package/usr/lib/systemd/system" "$package/usr/share/doc/kguardian-analytics" "$package/etc/kguardian-analytics"
cp -R --no-preserve=mode,ownership,timestamps "$published/." "$package/usr/lib/kguardian-analytics"
find "$package/usr/lib/kguardian-analytics" -type d -exec chmod 0755 {} +
find "$package/usr/lib/kguardian-analytics" -type f -exec chmod 0644 {} +
chmod 0755 "$package/usr/lib/kguardian-analytics/kguardian-analytics"
ln -s ../lib/kguardian-analytics/kguardian-analytics "$package/usr/bin/kguardian-analytics"
install -m 0644 "$root/deploy/systemd/kguardian-analytics.service" "$package/usr/lib/systemd/system/"
install -m 0644 "$here/sysusers.conf" "$package/usr/lib/sysusers.d/kguardian-analytics.conf"
install -m 0640 "$here/environment" "$package/etc/kguardian-analytics/environment"
install -m 0644 "$here/copyright" "$package/usr/share/doc/kguardian-analytics/copyright"
gzip -9 -n <"$root/CHANGELOG.md" >"$package/usr/share/doc/kguardian-analytics/changelog.gz"
chmod 0644 "$package/usr/share/doc/kguardian-analytics/changelog.gz"

install -m 0644 "$here/conffiles" "$package/DEBIAN/conffiles"
install -m 0755 "$here/postinst" "$here/prerm" "$here/postrm" "$package/DEBIAN/"
# A framework-dependent publish has no runtime in it, so .NET has to be there.
depends='libc6 (>= 2.31), systemd (>= 247), init-system-helpers (>= 1.54)'
[ -e "$published/libcoreclr.so" ] || depends="$depends, aspnetcore-runtime-10.0"
sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" -e "s/@DEPENDS@/$depends/" \
  -e "s/@SIZE@/$(find "$package" -type f -printf '%s\n' | awk '{ sum += $1 } END { print int(sum / 1024) + 1 }')/" "$here/control" >"$package/DEBIAN/control"
(cd "$package" && find . -type f ! -path './DEBIAN/*' -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' md5sum) >"$package/DEBIAN/md5sums"
chmod 0644 "$package/DEBIAN/control" "$package/DEBIAN/md5sums"
find "$package" -exec touch --no-dereference --date "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$output"
file=$output/kguardian-analytics_${version}_$architecture.deb
# zstd: a fifth of xz's time for a tenth more bytes. One thread, or the bytes depend on the machine's cores.
dpkg-deb --root-owner-group -Zzstd -z"${DEB_COMPRESSION:-12}" --threads-max=1 --build "$package" "$file" >&2
echo "$file"
