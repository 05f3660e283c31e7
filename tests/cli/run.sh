#!/bin/bash
# Runs the tests of the command line, each in an empty folder of its own: run.sh [NAME...], by default every
# tests/cli/test_NAME.sh.
# The program under test is $NGIDX (default build/ngidx). Each test prints lines "ok NAME", "not ok NAME" or
# "skip NAME reason"; the last line here is "N passed, N failed, N skipped".
set -u
cd "$(dirname "$0")/../.." || exit 1
NGIDX=$(realpath "${NGIDX:-build/ngidx}")
if [ ! -x "$NGIDX" ]; then
    echo "tests/cli/run.sh: there is no program at $NGIDX; run make first, or set NGIDX"
    exit 1
fi
export NGIDX
unset NGIDX_INDEX NO_COLOR
here=$PWD/tests/cli
export CLI_TESTS=$here
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

passed=0 failed=0 skipped=0
if [ $# -eq 0 ]; then
    for test in "$here"/test_*.sh; do
        name=${test##*/test_}
        set -- "$@" "${name%.sh}"
    done
fi
for name; do
    mkdir "$work/$name"
    (cd "$work/$name" && bash "$here/test_$name.sh") < /dev/null > "$work/$name.log" 2>&1
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
