#!/bin/bash
# Runs the tests of the daemon: run.sh [NAME...], by default every tests/http/test_NAME.py and .sh.
# The programs under test are $NGIDXD and $NGIDX (default build/ngidxd, build/ngidx). What is printed is told in
# tests/support/run_scripts.sh.
set -u
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/support/run_scripts.sh
. tests/support/run_scripts.sh
NGIDX=$(realpath "${NGIDX:-build/ngidx}") NGIDXD=$(realpath "${NGIDXD:-build/ngidxd}")
for program in "$NGIDX" "$NGIDXD"; do
    if [ ! -x "$program" ]; then
        echo "tests/http/run.sh: there is no program at $program; run make first, or set NGIDX and NGIDXD"
        exit 1
    fi
done
export NGIDX NGIDXD
unset NGIDX_INDEX http_proxy HTTP_PROXY all_proxy ALL_PROXY
export HTTP_TESTS=$PWD/tests/http
export PYTHONPATH=$HTTP_TESTS PYTHONDONTWRITEBYTECODE=1
# Under a sanitizer, a browser or a proxy asks for nothing that other clients do not; crowds are for the thread sanitizer.
if [ $# -eq 0 ]; then
    choose_scripts "$NGIDXD" "abandoned bulletin curl damage describe junk limits openapi peer protocol reload remote v1" \
        "abandoned crowd load protocol reload remote replace v1"
    set -- "${chosen[@]}"
fi
run_scripts "$HTTP_TESTS" "$@"
