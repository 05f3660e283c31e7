#!/bin/bash
# merge and append: byte for byte what one build of everything makes, where shards are cut the same way.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

for part in 1 2 3; do
    awk -v seed=$part 'BEGIN { srand(seed); for (l = 0; l < 200; l++) {
        printf "{\"text\": \""; n = int(rand() * 30); for (w = 0; w < n; w++) printf "w%d ", int(rand() * rand() * 300);
        printf "\", \"id\": \"%d-%d\"}\n", seed, l } }' > $part.jsonl
    build $part.jsonl -o $part.ngidx
done
build 1.jsonl 2.jsonl 3.jsonl -o whole.ngidx

# same NAME INDEX: the same files with the same bytes as whole.ngidx
same() {
    check "$1" diff -r whole.ngidx "$2"
}

run merge 1.ngidx 2.ngidx 3.ngidx -o merged.ngidx -q
check 'merge: done, and quiet' test "$code" -eq 0 -a ! -s out -a ! -s err
same 'merge is one build of everything' merged.ngidx
run verify -i 1.ngidx
check 'merge leaves its indexes as they were' test "$code" -eq 0
run merge merged.ngidx -o copy.ngidx -q
same 'merge of one is a copy' copy.ngidx
run merge 1.ngidx 2.ngidx 3.ngidx -o small.ngidx --shard-size 1K --json
json 'merge keeps shards that do not fit one' 0 '.[0] | .shards == 3 and .documents == 600'
check 'merge --json: progress or nothing on stderr' test "$(jq -s 'all(.stage)' err)" = true
check 'text of such an index' cmp <("$NGIDX" export -i small.ngidx) <("$NGIDX" export -i whole.ngidx)
run count -i small.ngidx 'w1 '
few=$out
run count -i whole.ngidx 'w1 '
gives 'counts over its shards' 0 "$few"
check 'places over its shards' cmp \
    <("$NGIDX" locate -i small.ngidx 'w1 w' --limit 100000 --json | jq -c '[.doc, .offset]' | sort) \
    <("$NGIDX" locate -i whole.ngidx 'w1 w' --limit 100000 --json | jq -c '[.doc, .offset]' | sort)
run verify -i small.ngidx
check 'verify finds it sound' test "$code" -eq 0

cp -r 1.ngidx grown.ngidx
run append grown.ngidx 2.jsonl -q
check 'append: done, and quiet' test "$code" -eq 0 -a ! -s out -a ! -s err
for option in -o -f; do
    run append "$option" grown.ngidx 2.jsonl 3.jsonl
    fails "append has no $option" "append has no option $option" 'ngidx append INDEX CORPUS'
done
run append grown.ngidx - -q --json < 3.jsonl
json 'append from standard input' 0 '.[0] | .documents == 600 and .files == 1'
check 'the text of what was appended' cmp <("$NGIDX" export -i grown.ngidx | jq -c .text) <("$NGIDX" export -i whole.ngidx | jq -c .text)
cp -r 1.ngidx again.ngidx
run append again.ngidx 2.jsonl 3.jsonl -q
run compact again.ngidx --full -q
same 'append and compact are one build of everything' again.ngidx
check 'append leaves nothing behind' test "$(find . -maxdepth 1 -name '*.building*' | wc -l)" -eq 0

mkdir corpus && cp 1.jsonl corpus/
build corpus -o corpus/index.ngidx
run append corpus/index.ngidx corpus -q --json
json 'append: an index within its corpus is left out of it' 0 '.[0].documents == 400'

run append missing.ngidx 1.jsonl
fails 'append to what is not there' 'missing\.ngidx'
run append 1.ngidx missing.jsonl
fails 'append of what is not there' 'missing\.jsonl'
run append 1.ngidx
fails 'append of nothing' 'CORPUS is missing' '^  try: '
printf 'no json\n' > bad.jsonl
run append 1.ngidx bad.jsonl
fails 'append of what is no document' 'bad\.jsonl.*1'
run verify -i 1.ngidx
check 'the index is as it was' test "$code" -eq 0
check 'and nothing else is there' test ! -e 1.ngidx.building -a ! -e 1.ngidx.building.addition
run merge -o x.ngidx
fails 'merge of nothing' '^  try: '
run merge 1.ngidx missing.ngidx -o x.ngidx
fails 'merge of what is not there' 'missing\.ngidx'
run merge 1.ngidx 2.ngidx -o whole.ngidx
fails 'merge to an index that is there' '--force'
build 2.jsonl -o sample.ngidx --sa-sample 7
run merge 1.ngidx sample.ngidx -o x.ngidx
fails 'merge of indexes with other samples' 'samples every' '^  try: '
check 'failed merges leave nothing' test ! -e x.ngidx -a ! -e x.ngidx.building

cp 2.ngidx/shard-00000.ngx kept
printf 'x' | dd of=2.ngidx/shard-00000.ngx bs=1 seek=20000 conv=notrunc status=none
run merge 1.ngidx 2.ngidx -o x.ngidx
fails 'merge of a damaged index' '2\.ngidx/shard-00000\.ngx'
