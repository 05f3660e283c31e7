#!/bin/bash
# Runs the tests of the command line: run.sh [NAME...], by default every tests/cli/test_NAME.sh.
# The program under test is $NGIDX (default build/ngidx). What is printed is told in tests/support/run_scripts.sh.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/support/run_scripts.sh
. tests/support/run_scripts.sh
NGIDX=$(realpath "${NGIDX:-build/ngidx}")
if [ ! -x "$NGIDX" ]; then
    echo "tests/cli/run.sh: there is no program at $NGIDX; run make first, or set NGIDX"
    exit 1
fi
export NGIDX
unset NGIDX_INDEX NO_COLOR
export CLI_TESTS=$PWD/tests/cli
# Sanitizers make everything two to ten times slower. The address sanitizer is given each command; scripts of kills, of
# many or large inputs, of other views and presets call the same code again. The thread sanitizer is given what has threads.
if [ $# -eq 0 ]; then
    choose_scripts "$NGIDX" "benchmarks build bulletin clean compare contam count explore export ids known lm_eval locate \
        merge parquet remove tasks trace" "build contam count explore merge remove tasks trace"
    set -- "${chosen[@]}"
fi
run_scripts "$CLI_TESTS" "$@"
