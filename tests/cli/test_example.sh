#!/bin/bash
# The benchmarks that scripts/example_report.sh checks, against the notes that quote them: what is found is what is quoted.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
example=$CLI_TESTS/../../scripts/example

build "$example/notes" -o notes.ngidx --view exact,folded
run contam "$example/code-mini.jsonl" "$example/sums-mini.jsonl" -i notes=notes.ngidx --answer-field auto --report report
check 'a report' test "$code" -eq 0
check 'is well' "$NGIDX" bulletin check -q report
# ids_of BENCHMARK CLASS
ids_of() {
    jq -r --arg b "$1" --arg c "$2" 'select(.benchmark == $b and .class == $c) | .id' report/entries.jsonl | sort -u | tr '\n' ' '
}
check 'code: two functions and a description' test "$(ids_of code-mini dirty)" = 'CodeMini/3 CodeMini/4 CodeMini/5 '
check 'sums: two with steps and one without' test "$(ids_of sums-mini dirty)" = '1 3 7 '
check 'sums: half of one' test "$(ids_of sums-mini suspicious)" = '2 '
