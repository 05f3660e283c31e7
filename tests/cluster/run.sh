#!/bin/bash
# Runs the tests with many machines, or what stands for them: run.sh [NAME...], by default every
# tests/cluster/test_NAME.sh. The programs under test are $NGIDX and $NGIDXD (default build/ngidx,
# build/ngidxd).
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/support/run_scripts.sh
. tests/support/run_scripts.sh
NGIDX=$(realpath "${NGIDX:-build/ngidx}") NGIDXD=$(realpath "${NGIDXD:-build/ngidxd}")
export NGIDX NGIDXD
# What runs here is covered by tests of the command line; under a sanitizer it only takes longer.
case $NGIDX in
    */asan/* | */tsan/*)
        echo 'skip cluster: not under sanitizers'
        echo '0 passed, 0 failed, 1 skipped'
        exit 0
        ;;
esac
unset NGIDX_INDEX NO_COLOR
export CLI_TESTS=$PWD/tests/cli SCRIPTS=$PWD/scripts
run_scripts "$PWD/tests/cluster" "$@"
