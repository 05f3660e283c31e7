#!/bin/bash
# Runs the tests of the Python package: run.sh [NAME...], by default every tests/python/test_NAME.py.
# The programs and the library under test are $NGIDX, $NGIDXD and libngidx.so.0 beside them (default build/).
# A library with the address sanitizer needs its runtime in Python, too; one with the thread sanitizer cannot be loaded.
set -u
cd "$(dirname "$0")/../.." || exit 1
NGIDX=$(realpath "${NGIDX:-build/ngidx}") NGIDXD=$(realpath "${NGIDXD:-build/ngidxd}")
build=$(dirname "$NGIDX")
export NGIDX NGIDXD NGIDX_LIBRARY=$build/libngidx.so.0
for file in "$NGIDX" "$NGIDXD" "$NGIDX_LIBRARY"; do
    if [ ! -e "$file" ]; then
        echo "tests/python/run.sh: there is no $file; run make first, or set NGIDX and NGIDXD"
        exit 1
    fi
done
unset NGIDX_INDEX http_proxy HTTP_PROXY all_proxy ALL_PROXY
export PYTHONPATH=$PWD/query/python:$PWD/tests/http PYTHONDONTWRITEBYTECODE=1
python=$(python3 -c 'import sys; print(sys.executable)') || exit 1

compiler=$(cut -d ' ' -f 1 "$build/flags")
if grep -q 'fsanitize=thread' "$build/flags"; then
    echo 'skip python: the runtime of the thread sanitizer cannot be preloaded'
    echo '0 passed, 0 failed, 1 skipped'
    exit 0
elif grep -q 'fsanitize=[a-z,-]*address' "$build/flags"; then
    for name in "libclang_rt.asan-$(uname -m).so" libclang_rt.asan.so libasan.so; do
        runtime=$("$compiler" -print-file-name="$name")
        if [ -e "$runtime" ]; then break; fi
    done
    # Python itself leaves memory to the end of the process.
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 LD_PRELOAD=$runtime
fi
exec "$python" tests/python/run_tests.py "$@"
