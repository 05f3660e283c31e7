#!/bin/bash
# Inputs as people have them, each in a folder of its own beside the right answer: run.sh [NAME...], by default all.
#
# In tests/inputs/NAME the program builds an index of "corpus", or with the arguments in the file args, its standard
# input being the file that stdin names. The right answer is
#   documents   what "ngidx export" prints,
#   summary     the members read, skipped and repaired of what --json prints,
#   error       patterns, all of which are in the message of a build that ends with status 2.
# No converter of Parquet is on the PATH: those have tests/cli/test_parquet.sh.
set -u
NGIDX=$(realpath "${NGIDX:-"$(dirname "$0")/../../build/ngidx"}")
cd "$(dirname "$0")" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
passed=0 failed=0

# answer NAME: prints what is wrong, nothing where all is right.
answer() {
    local status input=/dev/null pattern args=(corpus)
    if [ -f args ]; then read -r -a args < "$PWD/args"; fi
    if [ -f stdin ]; then read -r input < "$PWD/stdin"; fi
    # Globs are for the program, not for the shell.
    PATH=$work/bin "$NGIDX" build "${args[@]}" --json --force -o "$work/index" < "$input" > "$work/out" 2> "$work/err"
    status=$?
    if [ -f error ]; then
        if [ "$status" -ne 2 ]; then echo "status $status, not 2"; fi
        while read -r pattern; do
            grep -Eq -e "$pattern" "$work/err" || echo "no '$pattern' in the message"
        done < error
        return
    fi
    if [ "$status" -ne 0 ]; then echo "status $status"; fi
    if [ -f summary ]; then
        jq -cS '{read, skipped, repaired}' "$work/out" | diff - <(jq -cS . summary)
    fi
    if [ -f documents ]; then
        "$NGIDX" export -i "$work/index" 2> /dev/null | diff - documents
    fi
}

if [ $# -eq 0 ]; then set -- */; fi
for name; do
    name=${name%/}
    # Files of tests/cli/test_benchmarks.sh, test_lm_eval.sh and test_count.sh.
    case $name in benchmarks | lm-eval | queries) continue ;; esac
    wrong=$(cd "$name" && answer)
    if [ -z "$wrong" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        printf 'not ok %s\n%s\n' "$name" "$wrong"
        sed 's/^/    stderr: /' "$work/err"
    fi
    rm -rf "$work/index"
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
