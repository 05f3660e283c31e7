#!/bin/bash
# Runs the tests of the daemon, each in an empty folder of its own: run.sh [NAME...], by default every
# tests/http/test_NAME.py and .sh.
# The programs under test are $NGIDXD and $NGIDX (default build/ngidxd, build/ngidx). Each test prints lines "ok NAME",
# "not ok NAME" or "skip NAME reason"; the last line here is "N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/../.." || exit 1
NGIDX=$(realpath "${NGIDX:-build/ngidx}") NGIDXD=$(realpath "${NGIDXD:-build/ngidxd}")
for program in "$NGIDX" "$NGIDXD"; do
    if [ ! -x "$program" ]; then
        echo "tests/http/run.sh: there is no program at $program; run make first, or set NGIDX and NGIDXD"
        exit 1
    fi
done
export NGIDX NGIDXD
unset NGIDX_INDEX http_proxy HTTP_PROXY all_proxy ALL_PROXY
here=$PWD/tests/http
export HTTP_TESTS=$here PYTHONPATH=$here:$PWD/scripts PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

passed=0 failed=0 skipped=0
if [ $# -eq 0 ]; then
    for test in "$here"/test_*.py "$here"/test_*.sh; do
        name=${test##*/test_}
        set -- "$@" "${name%.*}"
    done
fi
for name; do
    mkdir "$work/$name"
    interpreter=python3 test=$here/test_$name.py
    if [ ! -f "$test" ]; then interpreter=bash test=$here/test_$name.sh; fi
    (cd "$work/$name" && "$interpreter" "$test") < /dev/null > "$work/$name.log" 2>&1
    status=$?
    # Names start with the test's, so that a failure can be found again.
    sed -E "s/^(ok|not ok|skip) /\1 $name: /" "$work/$name.log" | grep -v '^ok '
    passed=$((passed + $(grep -c '^ok ' "$work/$name.log")))
    failed=$((failed + $(grep -c '^not ok ' "$work/$name.log")))
    skipped=$((skipped + $(grep -c '^skip ' "$work/$name.log")))
    if [ "$status" -ne 0 ]; then
        echo "not ok $name: the script ended with exit status $status"
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
