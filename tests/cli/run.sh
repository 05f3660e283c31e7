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
# many or large inputs and of packages call the same code again. The thread sanitizer is given what has threads.
case $NGIDX in
    */asan/*) leave_out compact contam_gsm8k contam_tasks crash example help install limits many packages resume twins \
        views wheel ;;
    */tsan/*) leave_out benchmarks bulletin clean cold compact contam_gsm8k contam_tasks crash example export help ids \
        install kernel known limits lm_eval many packages parquet presets resume round_trip safety twins views wheel ;;
esac
run_scripts "$CLI_TESTS" "$@"
