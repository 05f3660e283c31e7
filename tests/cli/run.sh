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
# The thread sanitizer finds nothing in tests of texts, files and kills that the others do not show it.
alone=(benchmarks bulletin contam_tasks crash example help ids install known limits lm_eval packages parquet round_trip
    safety twins wheel)
case $NGIDX in
    */tsan/*) leave_out "${alone[@]}" ;;
esac
run_scripts "$CLI_TESTS" "$@"
