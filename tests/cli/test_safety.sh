#!/bin/bash
# What must not get lost: indexes that exist, damage that must be found, output that cannot be written.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

printf '%s\n' '{"text":"old text"}' > old.jsonl
printf '%s\n' '{"text":"new text"}' > new.jsonl
build old.jsonl
sum() { cat index.ngidx/* | cksum; }
before=$(sum)
run build new.jsonl
fails 'an index exists' 'index\.ngidx' '^  try: .*--force'
check 'an index exists: it is untouched' test "$(sum)" = "$before"
run build --force missing
fails '--force with a corpus that is not there'
run build --force /dev/null
fails '--force with an empty corpus'
printf '%s\n' '{"text":"good"}' 'bad' > bad.jsonl
run build --force bad.jsonl
fails '--force with a bad corpus' 'bad\.jsonl'
check 'failed builds leave the old index as it was' test "$(sum)" = "$before"
check 'and nothing beside it' test ! -e index.ngidx.building
run build --force -q new.jsonl
check '--force replaces' test "$code" -eq 0 -a "$("$NGIDX" doc 0)" = 'new text'
mkdir precious
echo dear > precious/file
run build --force new.jsonl -o precious
fails '--force never replaces what is no index' 'precious'
check 'a folder that is no index is untouched' test "$(cat precious/file)" = dear

for command in 'count x' 'locate x' 'doc 0' export stats verify; do
    # shellcheck disable=SC2086
    run $command -i missing
    fails "${command% *}: no index there" 'missing' '^  try: '
    # shellcheck disable=SC2086
    run $command -i precious
    fails "${command% *}: no index, but a folder" 'precious'
done

run verify
gives 'verify: sound' 0 './index.ngidx: ok'
run verify -q
check 'verify -q: sound' test "$code" -eq 0 -a ! -s out -a ! -s err
run verify --json
json 'verify --json: sound' 0 '. == [{"index":"index","ok":true,"damages":[]}]'
shard=$(echo index.ngidx/shard-*.ngx)
cp "$shard" sound

# damage OFFSET: flips the bits of the byte there
damage() {
    cp sound "$shard"
    printf '%b' "\\x$(printf %02x $((255 - $(od -An -tu1 -j "$1" -N 1 sound))))" |
        dd of="$shard" bs=1 seek="$1" conv=notrunc status=none
}
found=$(LC_ALL=C grep -obUaP '\x7b\x7d' sound | head -n 1 | cut -d: -f1)
damage "${found:-5000}"
run verify
check 'verify: damage is named' test "$code" -eq 2 -a ! -s out
check 'verify: where' grep -q '^ngidx: damage: .*shard-' err
check 'verify: and what to do' grep -q '^  try: ' err
run verify --json
json 'verify --json: damage' 2 '.[0].ok == false and (.[0].damages | length > 0 and all(type == "string"))'
head -c 100 sound > "$shard"
for command in 'count text' 'locate text' 'doc 0' export stats; do
    # shellcheck disable=SC2086
    run $command
    fails "${command% *}: a shard cut short" 'shard-'
done
run verify
check 'verify: a shard cut short' test "$code" -eq 2 -a -s err
rm "$shard"
run count text
fails 'a shard that is gone' 'shard-'
cp sound "$shard"
echo '{' > index.ngidx/index.json
run count text
fails 'a manifest that is no JSON' 'index\.json'
build --force new.jsonl

for command in 'count text' 'count --json text' 'locate text' 'locate --json text' 'doc 0' 'doc --json 0' export \
    stats 'stats --json' 'trace -c 4 text' 'trace -c 4 --json text' verify 'verify --json' help --version 'build -q --json old.jsonl -o full --force'; do
    # shellcheck disable=SC2086
    "$NGIDX" $command > /dev/full 2> err
    code=$?
    check "$command: a full disk on stdout is an error" test "$code" -eq 2
    check "$command: and says so" grep -q 'standard output: No space left' err
done
"$NGIDX" count text >&- 2> err
check 'a closed stdout is an error' test $? -eq 2
"$NGIDX" build -q --json old.jsonl -o closed >&- 2> err
check 'a closed stdout does no harm to the index' "$NGIDX" verify -q -i closed

seq 200000 | jq -c '{text: tostring}' > many.jsonl
build many.jsonl -o many
mkfifo pipe
head -n 1 < pipe > head.out &
"$NGIDX" export -i many > pipe 2> err
code=$?
wait
check 'a reader that goes away: exit code 2' test "$code" -eq 2
check 'a reader that goes away: no complaint' test ! -s err
"$NGIDX" export -i many > /dev/full 2> err
code=$?
check 'a full disk in the middle is an error' test "$code" -eq 2
check 'a full disk in the middle says so' grep -q 'standard output: No space left' err
