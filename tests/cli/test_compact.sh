#!/bin/bash
# append adds shards, compact merges them: byte for byte what one build makes, also without removed documents, and
# whatever is killed. NGIDX_KILLS: of append, and of compact.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

for part in $(seq 0 23); do
    awk -v seed="$part" 'BEGIN { srand(seed); for (l = 0; l < 40; l++) {
        printf "{\"text\": \""; n = int(rand() * 60); for (w = 0; w < n; w++) printf "W%d, ", int(rand() * rand() * 300);
        printf "\", \"id\": \"%d-%d\"}\n", seed, l } }' > "$part.jsonl"
done
mapfile -t parts < <(seq -f '%g.jsonl' 0 23)
build "${parts[@]}" -o whole.ngidx
build 0.jsonl -o grown.ngidx
before=$(stat -c %i grown.ngidx/shard-00000.ngx)
for part in "${parts[@]:1:2}"; do run append grown.ngidx "$part"; done
check 'append: no word of compacting while few shards are small' test "$code" -eq 0 -a -z "$(grep compact err)"
check 'append leaves other shards alone' test "$(stat -c %i grown.ngidx/shard-00000.ngx)" = "$before"
run compact grown.ngidx -q
check 'compact: three small shards stay' test "$code" -eq 0 -a -e grown.ngidx/shard-00002.ngx -a ! -s err
run append grown.ngidx "${parts[3]}"
check 'append tells when compacting is due' grep -q "4 small shards: 'ngidx compact grown.ngidx'" err
for part in "${parts[@]:4}"; do run append grown.ngidx "$part" -q; done
check 'append adds a shard each time' test "$(find grown.ngidx -name 'shard-*' | wc -l)" -eq 24
run count -i grown.ngidx 'W1, '
few=$out
run count -i whole.ngidx 'W1, '
gives 'counts over the shards' 0 "$few"
cp -r grown.ngidx kept.ngidx
run compact grown.ngidx --dry-run --json
json 'compact --dry-run' 0 '.[0].merges == [.[0].merges[0]] and .[0].merges[0].first_shard == 0 and .[0].merges[0].shards == 24'
check 'it changes nothing' diff -r kept.ngidx grown.ngidx
run compact grown.ngidx --json
json 'compact --json' 0 '.[0] | .merged_shards == 24 and .made_shards == 1 and .shards == 1 and .documents == 960'
check 'append and compact are one build of everything' diff -r whole.ngidx grown.ngidx
run compact grown.ngidx
check 'compact where nothing is to be done' grep -q 'nothing to do; 1 shard,' err
cp -r kept.ngidx small.ngidx
run compact small.ngidx --full --shard-size 20K -q
check 'compact --full --shard-size' test "$code" -eq 0 -a -e small.ngidx/shard-00001.ngx -a ! -e small.ngidx/shard-00012.ngx
check 'text of such an index' cmp <("$NGIDX" export -i small.ngidx) <("$NGIDX" export -i whole.ngidx)
run verify -i small.ngidx -q
check 'verify finds it sound' test "$code" -eq 0
build 0.jsonl 1.jsonl -o two.ngidx --shard-size 4K
run compact two.ngidx --full -q
check 'compact keeps to the shard size of the build' test "$code" -eq 0 -a -e two.ngidx/shard-00001.ngx
run compact
fails 'compact of nothing' 'INDEX is missing' '^  try: '
run compact missing.ngidx
fails 'compact of what is not there' 'missing\.ngidx'

# A shard of an earlier version of the format: appended to, merged, written anew by a full compaction.
cp -r "$CLI_TESTS/../golden/shard-v1" old.ngidx
chmod -R u+w old.ngidx
version() { od -An -tu4 -j8 -N4 "$1" | tr -d ' '; }
"$NGIDX" export -i old.ngidx > old.jsonl
check 'the old shard has version 1' test "$(version old.ngidx/shard-00000.ngx)" -eq 1
run compact old.ngidx -q
check 'compact leaves an old shard alone' test "$code" -eq 0 -a "$(version old.ngidx/shard-00000.ngx)" -eq 1
cp -r old.ngidx mixed.ngidx
run append mixed.ngidx 0.jsonl -q
check 'append to an old shard' test "$code" -eq 0 -a "$(version mixed.ngidx/shard-00000.ngx)" -eq 1 \
    -a "$(version mixed.ngidx/shard-00001.ngx)" -eq 2
run count -i mixed.ngidx 'suffix '
mixed=$out
run count -i old.ngidx 'suffix '
gives 'counts over shards of both versions' 0 "$mixed"
run verify -i mixed.ngidx -q
check 'an index of both versions is sound' test "$code" -eq 0
"$NGIDX" export -i mixed.ngidx > mixed.jsonl
run compact old.ngidx --full --dry-run
check 'compact --full --dry-run of an old shard' grep -q 'shard 0 is written anew: 300 documents' <(printf '%s\n' "$out")
for name in old mixed; do
    run compact $name.ngidx --full -q
    check "compact --full of an old shard ($name)" test "$code" -eq 0 -a "$(version $name.ngidx/shard-00000.ngx)" -eq 2
    check "it is one shard with the same documents ($name)" cmp <("$NGIDX" export -i $name.ngidx) $name.jsonl
    run verify -i $name.ngidx -q
    check "verify finds it sound ($name)" test "$code" -eq 0 -a ! -e $name.ngidx/shard-00001.ngx
    run compact $name.ngidx --full
    check "then nothing is left to be done ($name)" grep -q 'nothing to do; 1 shard' err
done

# Removed documents: whole shards, some of a shard, the first and the last. The other build has empty lines for them.
grown=("${parts[@]:0:6}")
{ jq -r .id 2.jsonl; head -3 0.jsonl | jq -r .id; sed -n '7p;9,15p' 3.jsonl | jq -r .id; tail -1 5.jsonl | jq -r .id; } > ids
mkdir left && cp "${grown[@]}" left
sed -i 's/.*//' left/2.jsonl
sed -i '1,3s/.*//' left/0.jsonl
sed -i '7s/.*//;9,15s/.*//' left/3.jsonl
sed -i '$s/.*//' left/5.jsonl
for views in exact folded exact,folded; do
    rm -rf removed.ngidx apart.ngidx without
    (cd left && "$NGIDX" build -q "${grown[@]}" -o ../without --view $views) || not_ok 'build without them'
    build 0.jsonl -o removed.ngidx --view $views
    for part in "${grown[@]:1:4}"; do run append -q removed.ngidx "$part"; done
    tail -1 5.jsonl | jq -r .id | cat - ids | sed '$d' > before
    run remove removed.ngidx --ids before -q --allow-missing
    run append -q removed.ngidx 5.jsonl
    check "append to an index with removed documents ($views)" test "$code" -eq 0
    tail -1 5.jsonl | jq -r .id > last
    run remove removed.ngidx --ids last -q
    run verify -i removed.ngidx -q
    check "such an index is sound ($views)" test "$code" -eq 0
    cp -r removed.ngidx apart.ngidx
    run compact removed.ngidx --json
    json "compact drops removed documents ($views)" 0 '.[0] | .dropped_documents == 52 and .documents == 188 and .shards == 1'
    for file in without/shard-*; do
        check "their bytes are gone: a build without them ($views, ${file##*.})" cmp "$file" "removed.ngidx/${file##*/}"
    done
    check "no file tells of them ($views)" test -z "$(find removed.ngidx -name 'removed-*')"
    run stats -i removed.ngidx --json
    json "the journal stays ($views)" 0 '.[0].removals | length == 2'
    run compact apart.ngidx --shard-size 1K -q
    check "shards that cannot be merged are written anew ($views)" test "$code" -eq 0 -a -z "$(find apart.ngidx -name 'removed-*')" \
        -a "$(find apart.ngidx -name 'shard-*4.*' | wc -l)" -gt 0 -a ! -e apart.ngidx/shard-00005.ngx
    run verify -i apart.ngidx -q
    check "and sound ($views)" test "$code" -eq 0
done
check 'text after compacting' cmp <("$NGIDX" export -i apart.ngidx) <("$NGIDX" export -i without)
run merge apart.ngidx without -o joined.ngidx -q
check 'merge of such indexes' test "$code" -eq 0

# In steps: two shards of 17 MB hold small documents, too. They are written anew without these, each in a step of its own.
for part in 1 2 3; do
    printf '{"text": "small %d", "id": "%d"}\n{"text": "' $part $part
    yes "line $part" | head -c 17000000 | tr '\n' ' '
    printf '"}\n'
done > steps.jsonl
build steps.jsonl -o steps.ngidx --shard-size 18M
run remove steps.ngidx --phrase small -q
run compact steps.ngidx --json -q
json 'compact in steps' 0 '.[0] | .merged_shards == 2 and .made_shards == 2 and .dropped_documents == 3 and .documents == 3'
check 'each shard without its document' cmp <("$NGIDX" export -i steps.ngidx | jq -c .text) <(grep -v small steps.jsonl | jq -c .text)
rm -rf steps.jsonl steps.ngidx

# Kills: the index is the old or the new one, and nothing is in the way of what comes next.
kills=${NGIDX_KILLS:-4}
build 0.jsonl 1.jsonl -o large.ngidx
for part in $(seq 1 12); do
    awk -v seed="$part" 'BEGIN { srand(seed); for (l = 0; l < 500; l++) {
        printf "{\"text\": \""; for (w = 0; w < 60; w++) printf "V%d ", int(rand() * rand() * 3000);
        printf "\", \"id\": \"%d-%d\"}\n", seed, l } }' > more.jsonl
    run append -q large.ngidx more.jsonl
    if [ "$part" = 5 ]; then run remove large.ngidx --phrase 'V7 V7' -q; fi
done
"$NGIDX" export -i large.ngidx | sha256sum > wanted
"$NGIDX" export -i large.ngidx | cat - more.jsonl | jq -c .text | sha256sum > longer
# killed NAME MOST_MS ARGUMENT...: kills a command that works on killed.ngidx, a copy of large.ngidx, at random moments.
killed() {
    local name=$1 took_ms=$2 wrong=0 met=0 delay_ms pid
    shift 2
    rm -rf killed.ngidx*
    for _ in $(seq 1 "$kills"); do
        if [ ! -e killed.ngidx ]; then cp -r large.ngidx killed.ngidx; fi
        "$NGIDX" "$@" 2> /dev/null &
        pid=$!
        delay_ms=$((RANDOM * took_ms / 32768))
        sleep "$(printf '%d.%03d' $((delay_ms / 1000)) $((delay_ms % 1000)))"
        kill -"$((RANDOM % 2 ? 9 : 15))" "$pid" 2> /dev/null && met=$((met + 1))
        wait "$pid" 2> /dev/null
        "$NGIDX" verify -i killed.ngidx -q > /dev/null 2> err || wrong=$((wrong + 1))
        if ! "$NGIDX" export -i killed.ngidx | sha256sum | cmp -s - wanted; then
            "$NGIDX" export -i killed.ngidx | jq -c .text | sha256sum | cmp -s - longer || wrong=$((wrong + 1))
            rm -rf killed.ngidx
        elif [ "$(find killed.ngidx -name 'shard-*' | wc -l)" -lt 13 ]; then
            rm -rf killed.ngidx
        fi
    done
    check "$name: the old index or the new one ($wrong wrong)" test $wrong = 0
    if [ "$kills" -ge 20 ]; then check "$name: kills met it ($met of $kills)" test $met -gt 0; fi # few may all miss
    if [ ! -e killed.ngidx ]; then cp -r large.ngidx killed.ngidx; fi
    run "$@"
    check "$name: once more, and it is done" test "$code" -eq 0 -a ! -e killed.ngidx.building -a ! -e killed.ngidx.building.addition
}
# took ARGUMENT...: how long a command takes, in ms.
took() {
    local start
    rm -rf killed.ngidx
    cp -r large.ngidx killed.ngidx
    start=$(date +%s%N)
    run "$@"
    echo $((($(date +%s%N) - start) / 1000000))
}
killed append "$(took append -q killed.ngidx more.jsonl)" append -q killed.ngidx more.jsonl
killed compact "$(took compact -q killed.ngidx)" compact -q killed.ngidx
check 'compacted to one shard' test "$(find killed.ngidx -name 'shard-*' | wc -l)" -eq 1

# The permissions of an index are those of its owner's choice, whatever replaces it or is written into it.
printf '{"text": "private %d"}\n' 1 2 3 4 5 > private.jsonl
"$NGIDX" build -q private.jsonl -o private.ngidx
chmod 700 private.ngidx
chmod 600 private.ngidx/*
echo 2 > gone
"$NGIDX" remove private.ngidx --docs gone > removed.out
private() { find private.ngidx \( -type d ! -perm 0700 -o -type f ! -perm 0600 \) | grep -c .; }
check "remove leaves an index private" [ "$(private)" = 0 ]
"$NGIDX" append -q private.ngidx private.jsonl 2> append.err
check "append, too" [ "$(private)" = 0 ]
ln -s ../private.jsonl private.ngidx/index.json.tmp
cp private.jsonl private.before
(cd private.ngidx && "$NGIDX" compact -q .)
check "compact, too, and from within the index" [ "$(private) $("$NGIDX" stats -i private.ngidx --json | jq -c '[.documents, .removed_documents]')" = "0 [9,0]" ]
echo 3 > gone
"$NGIDX" remove private.ngidx --docs gone > removed.out
check "no link is followed while index.json is written" cmp private.jsonl private.before
: > private.ngidx/.nfs0001
check "what NFS leaves of open files is no obstacle" "$NGIDX" compact -q private.ngidx
echo 1 > gone
"$NGIDX" remove -q private.ngidx --docs gone
run compact private.ngidx
check 'as many shards as before' grep -Fq '1 shard written anew; 1 removed document dropped' err
