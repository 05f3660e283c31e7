#!/bin/bash
# "make test": installs what is missing, then everything that has to pass before a change is merged.
# test.sh [BUILD [JOBS]]. Goes on after a failure, and ends with the sum of all tests on a line of its own.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build} jobs=${2:-$(nproc)}
unset MAKEFLAGS MFLAGS

scripts/bootstrap.sh || exit 1

passed=0 failed=0 skipped=0
# step NAME SUMMARY COMMAND...: runs the command; SUMMARY is the file with its sum, or "" where it is one test.
step() {
    local name=$1 summary=$2 start=$SECONDS status p=0 f=0 s=0
    shift 2
    echo "== $name"
    if [ -n "$summary" ]; then rm -f "$summary"; fi
    TEST_LABEL=$name "$@" < /dev/null
    status=$?
    if [ -n "$summary" ] && [ -f "$summary" ]; then
        read -r p _ f _ s _ < "$summary"
        if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    elif [ "$status" -eq 0 ]; then
        p=1
    else
        f=1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    echo "== $name: $([ "$status" -eq 0 ] && echo passed || echo FAILED), $((SECONDS - start)) s"
}

make=(make --no-print-directory -j "$jobs" WERROR=1 JOBS="$jobs")
step "gcc" "$build/tests/summary" "${make[@]}" BUILD="$build" CC=gcc check
step "clang" "" "${make[@]}" BUILD="$build/clang" CC=clang all test-programs
step "clang, address and undefined behaviour" "$build/asan/tests/summary" "${make[@]}" BUILD="$build" check-asan
# Threads are at work in these two kinds only; the others would take long and find nothing more.
step "clang, threads" "$build/tsan/tests/summary" env TESTS="unit cli" "${make[@]}" BUILD="$build" check-tsan
step "lint" "" "${make[@]}" BUILD="$build" CC=gcc lint

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
