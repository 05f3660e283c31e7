#!/bin/bash
# All static checks: lint.sh [BUILD [JOBS]]. Runs every one, then fails if any did.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build} jobs=${2:-$(nproc)}
unset MAKEFLAGS MFLAGS

failed=()
# check NAME COMMAND...
check() {
    local name=$1 start=$SECONDS
    shift
    if "$@"; then
        echo "lint: $name: clean, $((SECONDS - start)) s"
    else
        echo "lint: $name: FAILED, $((SECONDS - start)) s"
        failed+=("$name")
    fi
}

# Left out of cppcheck:
#   missingIncludeSystem  it brings its own knowledge of the standard library
#   unusedFunction        sees no tests and no public header's users
#   constParameter*       a callback's signature is not its author's to choose
#   variableScope         declarations stand at first use where that reads better
#   knownConditionTrueFalse   takes no account of what a called function does through a pointer
# It reads no header of the system, so the macros of sys/queue.h that hold no expression are named here.
# --check-level does not exist in Debian 12's version. Tests are left to the compilers and clang-tidy: without
# Check's macros cppcheck takes them for garbage.
run_cppcheck() {
    mkdir -p "$build/cppcheck"
    cppcheck --quiet --std=c11 -D_GNU_SOURCE -D__BYTE_ORDER__=1234 -D__ORDER_LITTLE_ENDIAN__=1234 -D__SIZEOF_POINTER__=8 -I. -j "$jobs" \
        '-DLIST_HEAD(name,type)=struct{struct type*lh_first;}' '-DLIST_ENTRY(type)=struct{struct type*le_next;}' \
        '-DLIST_FOREACH(item,head,links)=for(item=(head)->lh_first;item;item=item->links.le_next)' \
        --cppcheck-build-dir="$build/cppcheck" --enable=warning,style,performance,portability --inline-suppr \
        --suppress=missingIncludeSystem --suppress=unusedFunction --suppress=constParameter \
        --suppress=constParameterPointer --suppress=constParameterCallback --suppress=variableScope \
        --suppress=knownConditionTrueFalse \
        --error-exitcode=1 common indexer query server
}

check "includes" scripts/check_includes.sh
check "function and file lengths" python3 scripts/check_functions.py
check "shellcheck" shellcheck scripts/*.sh scripts/slurm/* tests/run tests/run_fuzzers tests/*/*.sh .ci/run
check "cppcheck" run_cppcheck
check "clang-tidy" make --no-print-directory -k -j "$jobs" BUILD="$build" lint-files

if [ ${#failed[@]} -ne 0 ]; then
    printf 'lint: failed: %s\n' "${failed[@]}"
    exit 1
fi
