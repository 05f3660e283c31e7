#!/bin/bash
# Makes the wheel of the Python package: wheel.sh BUILD [SYSROOT], after make has linked BUILD/wheel/programs with $CC, and
# with libraries in SYSROOT. The wheel goes to BUILD. It holds the programs, the library, those shared libraries that they need beside glibc's, and all licences.
#
# Its name tells the oldest glibc that it runs with, as PEP 600 has it: the newest version of a symbol that it needs.
# Uses setuptools and wheel, and no network.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "$1") sysroot=${2:-}
stage=$build/wheel/stage programs=$build/wheel/programs
unset MAKEFLAGS MFLAGS LD_LIBRARY_PATH

if [ -z "${PYTHON:-}" ]; then
    for PYTHON in python3 /usr/bin/python3; do
        if "$PYTHON" -c 'import setuptools, wheel' 2> /dev/null; then break; fi
    done
fi
"$PYTHON" -c 'import setuptools, wheel' || { echo 'wheel.sh: Python has no setuptools and wheel' >&2; exit 1; }

rm -rf "$stage" && mkdir -p "$stage"
cp -r query/python/. LICENSE "$stage"
find "$stage" -name __pycache__ -prune -exec rm -r {} +
sed -n 's/^#define NGIDX_VERSION "\(.*\)"/\1/p' query/include/ngidx_base.h > "$stage/VERSION"
inside=$stage/ngidx/_programs
mkdir -p "$inside/licenses"
cp "$programs"/libngidx.so.0 "$programs"/ngidx "$programs"/ngidxd "$inside"

# Libraries that a machine with nothing but glibc does not have; and those that they need, if they do.
needed() { readelf -d "$inside"/ngidx* "$inside"/*.so.* | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | sort -u; }
bring() {
    local name more=false
    while read -r name; do
        case $name in
            ld-linux*.so.* | libc.so.* | libm.so.* | libpthread.so.*) continue ;;
        esac
        if [ -e "$inside/$name" ]; then continue; fi
        # shellcheck disable=SC2086
        cp -L "$(${CC:-gcc} -print-file-name="$name")" "$inside/$name"
        more=true
    done < <(needed)
    if $more; then bring; fi
}
bring

# Licences of what is in there, linked statically or as a file.
cp LICENSE "$inside/licenses/ngidx"
for library in archive bz2 divsufsort event lzma uring utf8proc xxhash yajl zstd; do
    cp "$sysroot/usr/share/doc/lib$library-dev/copyright" "$inside/licenses/$library"
done
cp "$sysroot/usr/share/doc/zlib1g-dev/copyright" "$inside/licenses/zlib"

platform=$("$PYTHON" scripts/check_wheel.py --platform "$inside")
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || date +%s)}
export SOURCE_DATE_EPOCH
rm -f "$build"/ngidx-*.whl
if ! (cd "$stage" && "$PYTHON" - "$build" "$platform") > "$build/wheel/log" 2>&1 << 'END'; then
import sys
import setuptools.build_meta
setuptools.build_meta.build_wheel(sys.argv[1], {"--build-option": [f"--plat-name={sys.argv[2]}"]})
END
    cat "$build/wheel/log" >&2
    exit 1
fi
"$PYTHON" scripts/check_wheel.py "$build"/ngidx-*.whl
