#!/usr/bin/env bash
# Documents taken out of an index: what the command says and does, what is left, and what a kill leaves.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

make_lines() {
    local i
    for i in $(seq "$1" "$2"); do
        printf '{"text": "Document number %d says Hello World %d &amp; banana", "id": "d%d"}\n' "$i" $((i % 3)) "$i"
    done
}

make_lines 0 29 > corpus.jsonl
grep -v 'World 1' corpus.jsonl > without.jsonl
"$NGIDX" build -q corpus.jsonl -o fresh.ngidx --view exact,folded --shard-size 400
"$NGIDX" build -q without.jsonl -o without.ngidx --view exact,folded --shard-size 400
renew() { rm -rf x.ngidx && cp -r fresh.ngidx x.ngidx; }
renew

# holds NAME CONDITION...: the test command of the shell.
holds() {
    if test "${@:2}"; then ok "$1"; else not_ok "$1"; fi
}

run remove x.ngidx --phrase 'World 1' --dry-run
holds "dry run says how many, and which" "$code $out" = "0 would remove 10 documents, 497 B of text: numbers 1, 4, 7, 10, 13, 16, 19, 22, 25, 28
20 documents are left"
holds "dry run changes nothing" "$(diff -r fresh.ngidx x.ngidx && echo same)" = same
run remove x.ngidx --phrase 'World 1' --json
holds "says what it removed" "$(jq -c '[.dry_run, .documents, .left, .first[2]]' out)" = '[false,10,20,7]'
for phrase in banana 'World 1' 'number 4' ''; do
    holds "counts '$phrase' as an index built without them" "$("$NGIDX" count -i x.ngidx "$phrase")" = "$("$NGIDX" count -i without.ngidx "$phrase")"
done
holds "folded view: the same" "$("$NGIDX" count -i x.ngidx --view folded 'HELLO world 1') $("$NGIDX" count -i x.ngidx --view folded HELLO)" = "0 20"
holds "export: the others" "$("$NGIDX" export -i x.ngidx | cmp - <("$NGIDX" export -i without.ngidx) && echo same)" = same
holds "documents that hold a phrase" "$("$NGIDX" count --docs -i x.ngidx banana)" = 20
holds "hits: none of a removed document" "$("$NGIDX" locate -i x.ngidx banana --all | cut -f1 | awk '$1 % 3 == 1' | wc -l)" = 0
run doc -i x.ngidx 4
holds "a removed document is told to be removed" "$code $err" = "2 ngidx: document 4 was removed"
run doc -i x.ngidx --id d4
holds "its id leads to nothing" "$code" = 1
holds "the others keep their numbers" "$("$NGIDX" doc -i x.ngidx 5)" = "Document number 5 says Hello World 2 &amp; banana"
run verify -i x.ngidx
holds "verify: sound" "$code $out" = "0 x.ngidx: ok"
run stats -i x.ngidx --json
holds "stats: the journal, without the phrase" "$(jq -c '[.format, .documents, .removed_documents, .removals[0].by, (.removals | length)]' out)" = '[3,20,10,"phrase",1]'
holds "stats: the time of day" "$(jq -r '.removals[0].time' out | grep -cE '^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$')" = 1
holds "the phrase is not written down" "$(grep -c 'World 1' x.ngidx/index.json)" = 0

printf 'd4\nd5\n"d6"\n{"id": "d8"}\n' > ids
run remove x.ngidx --ids ids
holds "an id that no document has is an error" "$code $err" = "2 ngidx: ids: no document has the id 'd4'
  try: --allow-missing removes the others"
run remove x.ngidx --ids ids --allow-missing -q
holds "--allow-missing removes the others" "$code $("$NGIDX" count -i x.ngidx banana)" = "0 17"
printf '5\n9\n{"index": "x", "doc": 11}\n' | "$NGIDX" remove x.ngidx --docs - > out 2> err
out=$(cat out)
holds "--docs: numbers, and lines of a report; what was removed before is told" "$(head -1 out)" = "removed 2 documents, 99 B of text: numbers 9, 11; 1 in the list was removed before"
run remove x.ngidx --phrase 'World 1'
holds "nothing to remove" "$code $out" = "1 nothing to remove
15 documents are left"
holds "files of earlier removals are gone" "$(find x.ngidx -name 'removed-*.ngx' | wc -l)" = "$(jq '[.shards[] | select(.removed)] | length' x.ngidx/index.json)"
run verify -i x.ngidx
holds "verify after three removals: sound" "$code" = 0
seq 0 29 > all
run remove x.ngidx --docs all
holds "not all" "$code $err" = "2 ngidx: no document of x.ngidx would be left
  try: remove the folder instead"

# A list of before a compaction, which gives documents other numbers.
"$NGIDX" build -q corpus.jsonl -o state.ngidx
"$NGIDX" build -q corpus.jsonl -o field.ngidx --id-field other
sed 's/"id"/"other"/; s/}$/, "id": "x"}/' corpus.jsonl | "$NGIDX" build -q - -o other.ngidx --id-field other
printf '{"index":"state","doc":20,"id":"d20","source":"corpus.jsonl","line":21}\n' > report
printf '{"doc":20,"id":null,"line":21}\n' > lines
for list in report lines; do
    run remove state.ngidx --docs $list --dry-run
    holds "$list: of this state" "$code ${out%%$'\n'*}" = "0 would remove 1 document, 50 B of text: number 20"
done
for id in d20 x; do
    printf '{"doc":20,"id":"%s"}\n' $id > list
    run remove other.ngidx --docs list --dry-run
    holds "the index has its ids elsewhere: $id" "$code" = 0
done
run remove field.ngidx --docs lines --dry-run
holds "an index without ids" "$code" = 0
printf '5\n' | "$NGIDX" remove state.ngidx --docs - -q
run remove state.ngidx --docs report --dry-run
holds "report: a removal keeps numbers" "$code" = 0
"$NGIDX" compact state.ngidx -q
for command in 'remove state.ngidx --docs' 'export -i state.ngidx --only' 'export -i state.ngidx --without'; do
    # shellcheck disable=SC2086 # words
    run $command report
    holds "$command: a report of another state" "$code $err" = "2 ngidx: report: document 20 has the id 'd21', not 'd20': the list is of another state of the index
  try: make the report again, or give --ids"
done
run remove state.ngidx --docs lines
holds "lines of another state" "$code ${err%%$'\n'*}" = "2 ngidx: lines: document 20 is of line 22, not 21: the list is of another state of the index"
holds "nothing was removed by them" "$("$NGIDX" count -i state.ngidx banana)" = 29

# The index that a line names, also of an id.
printf '{"index":"web","doc":3,"id":"d3"}\n{"index":"books","doc":7,"id":"d7"}\n' > two
for list in --ids --docs; do
    run remove web=fresh.ngidx $list two --dry-run
    holds "$list: of this index alone" "$code ${out%%$'\n'*} $err" = "0 would remove 1 document, 49 B of text: number 3 ngidx: 1 document in the list is of another index"
done
run remove other=fresh.ngidx --ids two --dry-run
holds "ids of no index that is given" "$code ${err%%$'\n'*}" = "2 ngidx: two: all 2 documents are of indexes with other names"
printf '{"index":"web","id":"d3"}\n{"index":"books","id":"d7"}\n{"id":"d9"}\n' > ids-of-two
run export -i web=fresh.ngidx -i books=fresh.ngidx --only ids-of-two
holds "export: ids of several indexes" "$code $(jq -r .id out | tr '\n' ' ')" = "0 d3 d9 d7 d9 "

cp -r x.ngidx longer.ngidx
run append longer.ngidx corpus.jsonl -q
"$NGIDX" export -i x.ngidx | cat - <("$NGIDX" export -i fresh.ngidx) > wanted
check "append: what was removed stays away" cmp <("$NGIDX" export -i longer.ngidx | jq -c .text) <(jq -c .text wanted)
run merge x.ngidx fresh.ngidx -o joined.ngidx -q
check "merge: what was removed stays away" cmp <("$NGIDX" export -i joined.ngidx | jq -c .text) <(jq -c .text wanted)
run export -i x.ngidx --only all
holds "export --only tells of those removed before" "$err" = "ngidx: wrote 15 of 15 documents; 15 in the list were removed before"
run build -q without.jsonl -o x.ngidx --force
holds "build --force replaces it, with its files" "$code $(find x.ngidx -name 'removed-*' | wc -l)" = "0 0"

run remove x.ngidx
holds "no documents named" "$code" = 2
run remove x.ngidx --phrase ''
holds "the empty phrase" "$code $err" = "2 ngidx: the empty phrase is in every document
  try: ngidx help remove"
run remove x.ngidx --ids ids --phrase a
holds "two ways at once" "$code" = 2
run remove nowhere.ngidx --phrase a
holds "no index" "$code ${err%%$'\n'*}" = "2 ngidx: there is no index at nowhere.ngidx"
for more in '' --dry-run; do
    # shellcheck disable=SC2086 # none, or one
    run remove x=http://127.0.0.1:1/x --phrase a $more
    holds "a remote index $more" "$code $err" = "2 ngidx: a remote index cannot have documents removed
  try: do it on the machines that hold its parts"
done
run remove x.ngidx --docs missing.txt
holds "no list" "$code" = 2
holds "nothing is left beside the index" "$(find . -maxdepth 1 -name 'x.ngidx?*' | wc -l)" = 0
if [ "$(id -u)" != 0 ]; then
    renew
    chmod a-w x.ngidx
    run remove x.ngidx --phrase 'World 1'
    holds "a folder that cannot be written" "$code" = 2
    chmod u+w x.ngidx
fi

# Two at a time: the second is told, or comes after; both leave a sound index.
renew
"$NGIDX" remove x.ngidx --phrase 'World 0' -q 2> err & first=$!
"$NGIDX" remove x.ngidx --phrase 'World 2' -q 2>> err
wait $first
"$NGIDX" remove x.ngidx --phrase 'World 0' -q > /dev/null 2>> err
"$NGIDX" remove x.ngidx --phrase 'World 2' -q > /dev/null 2>> err
holds "two at a time: none is lost" "$("$NGIDX" count -i x.ngidx banana) $("$NGIDX" verify -i x.ngidx 2> /dev/null)" = "10 x.ngidx: ok"

# Fifty kills, spread over the time that a removal takes.
renew
start=$(date +%s%N)
"$NGIDX" remove x.ngidx --phrase 'World 1' -q
took_us=$((($(date +%s%N) - start) / 1000))
before=0 after=0 harmed=0
kills=50
[ "$took_us" -lt 1000000 ] || kills=12
for i in $(seq 1 $kills); do
    renew
    "$NGIDX" remove x.ngidx --phrase 'World 1' -q 2> /dev/null &
    pid=$!
    delay_us=$((took_us * i / kills))
    sleep "$(printf '%d.%06d' $((delay_us / 1000000)) $((delay_us % 1000000)))"
    kill -9 "$pid" 2> /dev/null
    wait "$pid" 2> /dev/null
    case "$("$NGIDX" count -i x.ngidx banana 2>&1) $("$NGIDX" count -i x.ngidx --view folded HELLO 2>&1)" in
        "30 30") before=$((before + 1)) ;;
        "20 20") after=$((after + 1)) ;;
        *) harmed=$((harmed + 1)) ;;
    esac
    "$NGIDX" verify -i x.ngidx > /dev/null 2>&1 || harmed=$((harmed + 1))
    "$NGIDX" remove x.ngidx --phrase 'World 1' -q 2> /dev/null
    [ "$("$NGIDX" count -i x.ngidx banana)" = 20 ] || harmed=$((harmed + 1))
done
out="before $before, after $after, harmed $harmed of $kills"
holds "kill -9: the index is as before or as after, and the next removal works" "$harmed $((before + after))" = "0 $kills"
holds "kills met removals before their end" "$before" -gt 5
