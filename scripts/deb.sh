#!/bin/bash
# Makes Debian packages: deb.sh BUILD [JOBS]. They go to BUILD/deb: ngidx, libngidx0, libngidx-dev, python3-ngidx.
#
# Builds from a copy of the source with debian/ at its top, as Debian's tools want it; the version is the headers'.
# Needs debhelper, dh-python, dpkg-dev and what scripts/bootstrap.sh --build-only installs.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "$1") jobs=${2:-$(nproc)}
unset MAKEFLAGS MFLAGS DESTDIR PREFIX LIBDIR BUILD

for tool in dpkg-buildpackage dh dh_python3; do
    if ! command -v "$tool" > /dev/null; then
        echo "deb.sh: $tool is missing: apt-get install debhelper dh-python dpkg-dev" >&2
        exit 1
    fi
done
version=$(sed -n 's/^#define NGIDX_VERSION "\(.*\)"/\1/p' query/include/ngidx_base.h)
stage=$build/deb/ngidx-$version
rm -rf "$build/deb" && mkdir -p "$stage"
cp -r Makefile LICENSE README.md CHANGELOG.md common indexer query server "$stage"
mkdir "$stage/scripts" && cp -r scripts/man.sh scripts/BENCHMARKS.md scripts/completion "$stage/scripts"
cp -r scripts/debian "$stage/debian"
find "$stage" -name __pycache__ -prune -exec rm -r {} +
sed -n '5,$s/^./ &/p; 5,$s/^$/ ./p' LICENSE >> "$stage/debian/copyright"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || date +%s)}
export SOURCE_DATE_EPOCH
cat > "$stage/debian/changelog" << END
ngidx ($version) unstable; urgency=medium

  * What is new is in CHANGELOG.md.

 -- the ngidx authors <ngidx@example.org>  $(LC_ALL=C date -R -u -d "@$SOURCE_DATE_EPOCH")
END
if ! (cd "$stage" && DEB_BUILD_OPTIONS="parallel=$jobs noautodbgsym nocheck" dpkg-buildpackage -b -us -uc) \
    > "$build/deb/log" 2>&1; then
    tail -n 60 "$build/deb/log" >&2
    exit 1
fi
rm -rf "$stage"
ls "$build"/deb/*.deb
