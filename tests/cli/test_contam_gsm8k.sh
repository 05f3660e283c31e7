#!/bin/bash
# contam on GSM8K against prose with planted questions (../shared/corpora, skipped where that is absent): all that were
# planted whole are dirty, and every entry is what the naive method says, over shards and indexes, too.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

corpora=$CLI_TESTS/../../../shared/corpora
bench=$corpora/benchmarks/gsm8k-test.jsonl
if [ ! -f "$bench" ] || [ ! -f "$corpora/leaks.jsonl" ] || [ ! -f "$corpora/prose.jsonl.zst" ]; then
    echo "skip gsm8k $corpora is not here"
    exit 0
fi

documents=300 options=()
case $NGIDX in
    */asan/* | */tsan/*) documents=40 options=(--sample 150) ;; # slow builds do a part
esac
zstd -dc "$corpora/prose.jsonl.zst" 2> /dev/null | head -n "$documents" > prose.jsonl
build prose.jsonl "$corpora/leaks.jsonl" -o one.ngidx
build prose.jsonl -o prose.ngidx --shard-size "$((($(wc -c < prose.jsonl) / 5 + 4096) / 1024))K"
build "$corpora/leaks.jsonl" -o leaks.ngidx
check 'five shards' test "$(find prose.ngidx -name 'shard-*' | wc -l)" -ge 5

steps_of() { sed -n 's/.* windows, \([0-9]*\) LF-steps$/\1/p' "$1"; }
run contam "$bench" -i one.ngidx --report quick --answer-field answer
check 'a report' test "$code" -eq 0
steps=$(steps_of out)
cp quick/entries.jsonl out
whole=$(jq -c .whole "$corpora/leaks.truth.json")
json 'all that were planted whole are dirty' 0 \
    "(map(select(.class == \"dirty\")) | map(.number)) as \$dirty | ($whole - \$dirty) == [] and ($whole | length) == 400"
json 'no others are' 0 "(map(select(.class == \"dirty\")) | map(.number)) - $whole == []"
json 'their answers stand near' 0 'map(select(.class == "dirty")) | all(.answer_near)'
json 'their evidence is what was planted' 0 'map(select(.class == "dirty")) | all(.evidence[0].source.path | endswith("leaks.jsonl"))'

run contam "$bench" -i one.ngidx --report quick "${options[@]}"
run contam "$bench" -i one.ngidx --report naive --naive "${options[@]}"
check 'naive says the same of every entry' cmp quick/entries.jsonl naive/entries.jsonl
check 'fewer steps than naive' test "$steps" -lt "$(steps_of out)"

run contam "$bench" -i prose=prose.ngidx -i leaks=leaks.ngidx --report quick "${options[@]}"
run contam "$bench" -i prose=prose.ngidx -i leaks=leaks.ngidx --report naive --naive "${options[@]}"
check 'and over shards and indexes' cmp quick/entries.jsonl naive/entries.jsonl
