#!/bin/bash
# "make test": installs what is missing, then everything that has to pass before a change is merged.
# test.sh [BUILD [JOBS]]. Goes on after a failure, and ends with the sum of all tests on a line of its own.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build} jobs=${2:-$(nproc)}
unset MAKEFLAGS MFLAGS

scripts/bootstrap.sh || exit 1

logs=$build/test-logs
rm -rf "$logs" && mkdir -p "$logs" || exit 1

# step NAME SUMMARY COMMAND...: runs the command and adds a line to the sums; SUMMARY is the file with its sum, or ""
# where it is one test.
step() {
    local name=$1 summary=$2 start=$SECONDS status p=0 f=0 s=0
    shift 2
    if [ -n "$summary" ]; then rm -f "$summary"; fi
    TEST_LABEL=$name "$@" < /dev/null > "$logs/$name" 2>&1
    status=$?
    if [ -n "$summary" ] && [ -f "$summary" ]; then
        read -r p _ f _ s _ < "$summary"
        if [ "$status" -ne 0 ] && [ "$f" -eq 0 ]; then f=1; fi
    elif [ "$status" -eq 0 ]; then
        p=1
    else
        f=1
    fi
    echo "$p $f $s" >> "$logs/sums"
    if [ "$status" -eq 0 ]; then
        grep -E '^(skip|[a-z_]+: [0-9]+ passed)' "$logs/$name" | sed "/^$name: /!s/^/$name: /"
        echo "== $name: passed, $((SECONDS - start)) s"
    else
        cat "$logs/$name"
        echo "== $name: FAILED, $((SECONDS - start)) s"
    fi
}

# Two chains side by side: each step has one core for most of its time, since a test program is one process. clang, with
# all warnings, compiles everything for the sanitizers.
make=(make --no-print-directory -j "$jobs" WERROR=1 JOBS="$jobs")
{
    step gcc "$build/tests/summary" "${make[@]}" BUILD="$build" CC=gcc check
    # The analyzer takes most of lint's time: here it follows fewer paths than "make lint" does by itself.
    step lint "" "${make[@]}" BUILD="$build" CC=gcc TIDY_NODES=20000 lint
    step fuzz "" "${make[@]}" BUILD="$build" FUZZ=shard FUZZ_SECONDS=60 FUZZ_TIMEOUT=120 fuzz
} &
# Threads are at work in these two kinds only; the others would take long and find nothing more.
step asan "$build/asan/tests/summary" "${make[@]}" BUILD="$build" check-asan
step tsan "$build/tsan/tests/summary" env TESTS="unit cli http" "${make[@]}" BUILD="$build" check-tsan
wait

# A step that left no line was killed.
awk '{ p += $1; f += $2; s += $3 }
    END { f += 5 - NR; printf "%d passed, %d failed, %d skipped\n", p, f, s; exit f > 0 }' "$logs/sums"
