#!/bin/bash
# Runs commands, and the daemon, whose allocations and writes fail: run.sh. The programs under test are $NGIDX and $NGIDXD
# (default build/ngidx, build/ngidxd), the library that makes calls fail $FAULT_LIBRARY (default fault.so beside the tests
# of ngidx). NGIDX_FAULTS=all fails every call in turn, which takes minutes.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/support/run_scripts.sh
. tests/support/run_scripts.sh
NGIDX=$(realpath "${NGIDX:-build/ngidx}") NGIDXD=$(realpath "${NGIDXD:-build/ngidxd}")
FAULT_LIBRARY=$(realpath "${FAULT_LIBRARY:-$(dirname "$NGIDX")/tests/fault.so}")
export NGIDX NGIDXD FAULT_LIBRARY
unset NGIDX_INDEX
if [ ! -f "$FAULT_LIBRARY" ]; then
    echo "skip faults: no $FAULT_LIBRARY (a sanitizer's memory is not replaced)"
    echo "0 passed, 0 failed, 1 skipped"
    exit 0
fi
run_scripts "$PWD/tests/faults"
