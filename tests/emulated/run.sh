#!/bin/bash
# The wheel of another processor: run.sh, under $EMULATOR, after "make wheel" in the folder of the build. Its programs cannot
# be installed here, so they are unpacked; the Python that runs the docstrings' examples is the one of the sysroot.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "$(dirname "${NGIDX:?}")/..")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
if [ -z "${EMULATOR:-}" ]; then
    echo 'tests/emulated/run.sh: EMULATOR is not set; use make CROSS=aarch64 check'
    exit 1
fi
passed=0 failed=0
# try NAME COMMAND...: shows the output if the command fails.
try() {
    local name=$1
    shift
    if "$@" > "$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "not ok emulated: $name"
        cat "$work/log"
    fi
}

wheels=("$build"/ngidx-*.whl)
try 'one wheel, for this processor' test "${wheels[*]}" = "$(echo "$build"/ngidx-*-py3-none-manylinux_2_*_"$(
    sed -n 's/.*qemu-\([^ ]*\).*/\1/p' <<< "$EMULATOR")".whl)"
python3 -m zipfile -e "${wheels[0]}" "$work/wheel"
programs=$work/wheel/ngidx/_programs
# The package starts programs by their path.
for name in ngidx ngidxd; do
    mv "$programs/$name" "$programs/$name.real"
    chmod +x "$programs/$name.real"
    printf '#!/bin/sh\nexec %s %s "$@"\n' "$EMULATOR" "$programs/$name.real" > "$programs/$name"
    chmod +x "$programs/$name"
done
unset NGIDX NGIDXD NGIDX_LIBRARY
export PYTHONPATH=$work/wheel PYTHONDONTWRITEBYTECODE=1
try 'the command ngidx' "$programs/ngidx" --version
try 'the daemon ngidxd' "$programs/ngidxd" --version
# shellcheck disable=SC2086
try "the examples of the docstrings" $EMULATOR "$build/sysroot/usr/bin/python3" tests/python/test_doctests.py
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
