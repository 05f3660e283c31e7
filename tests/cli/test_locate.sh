#!/bin/bash
# locate and doc: where phrases are, and what stands there.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

mkdir corpus
printf 'one fish, two fish\nred fish' > corpus/a.txt
cat > corpus/b.jsonl << 'END'
{"id": 123456789012345678901234567890, "text":"blue fish \u20ac\ud83d\ude00 end", "z":1.10,"a":{"text":[ ]}, "e":1E400}
{"text":"no such animal"}
END
: > corpus/c.txt
build corpus

run locate fish
check 'a line a hit' test "$code" -eq 0 -a "$(wc -l < out)" -eq 4
check 'fields between TABs' test "$(sort -n out | sed -n 2p | cut -f1,3)" = $'0\tcorpus/a.txt'
check 'lines of a file are named' grep -Fxq $'3\t5\tcorpus/b.jsonl:1\tblue fish €😀 end' <(sed 's/^1\t/3\t/' out)
check 'LF is shown' grep -Fq 'two fish\nred fish' out
check 'no colour off a terminal' test "$(grep -c $'\033' out)" -eq 0
run locate zebra
gives 'not found: exit code 1' 1 ''
run locate zebra --json
gives 'not found, json: exit code 1' 1 ''
run locate $'\xff'
fails 'byte 0xFF is an error' '0xFF'

run locate fish --json
json 'json of every hit' 0 'length == 4 and all(.length == 4 and .shard == 0 and (.rank|type) == "number")'
json 'offsets' 0 'map([.doc,.offset]) | sort == [[0,4],[0,14],[0,23],[1,5]]'
json 'positions count documents and their ends' 0 'map([.position,.doc]) | sort == [[4,0],[14,0],[23,0],[33,1]]'
json 'the phrase is in its snippet' 0 \
    'all(.offset >= .snippet_offset and .snippet[.offset - .snippet_offset:][:4] == "fish")'
json 'source of a plain file' 0 'map(select(.doc == 0))[0].source == {"path":"corpus/a.txt","line":0}'
json 'source of a line' 0 'map(select(.doc == 1))[0].source == {"path":"corpus/b.jsonl","line":1}'
json 'metadata of a plain file' 0 'map(select(.doc == 0))[0].metadata == {}'
check 'one object a line' test "$(wc -l < out)" -eq 4
metadata='"metadata":{"id": 123456789012345678901234567890, "z":1.10,"a":{"text":[ ]}, "e":1E400}'
check 'metadata is verbatim' grep -Fq "$metadata" out
keys='["index","shard","rank","position","doc","id","url","offset","length","snippet","snippet_offset","metadata","source"]'
json 'members in the order of the contract' 0 "all(keys_unsorted == $keys)"

run locate fish --json --limit 2
json '--limit' 0 'length == 2'
cp out first
run locate fish --json --offset 2
json '--offset' 0 'length == 2'
cat first out > both
run locate fish --json
check 'limit and offset page through the same order' cmp -s both out
run locate fish --limit 0
gives '--limit 0 shows nothing, but found' 0 ''
check 'the rest is told' grep -q '^4 more' err
run locate fish --offset 4
gives '--offset at the end: exit code 1' 1 ''
check 'and is told' grep -q '^nothing behind --offset 4: there are 4 hits' err
run locate fish --offset 18446744073709551615 --limit 18446744073709551615
gives 'the largest numbers' 1 ''
run locate fish -n 1
check 'the rest is told on stderr' test "$(cat err)" = '3 more; --limit and --offset show them'
run locate --json ''
check 'the empty phrase is everywhere' test "$code" -eq 0 -a "$(wc -l < out)" -eq 10

run locate fish --json --context 0
json '--context 0' 0 'all(.snippet == "fish" and .snippet_offset == .offset)'
run locate 'fish ' --json -C 3
json 'no character is cut' 0 '.[0].snippet == "ue fish €" and .[0].snippet_offset == 2'
run locate 'fish ' --json -C 5
json 'nor half of the next is shown' 0 '.[0].snippet == "blue fish €"'
run locate $'\x82\xac' --json -C 0
json 'a hit within a character: valid JSON' 0 'length == 1'
check 'a hit within a character: UTF-8' iconv -f UTF-8 -t UTF-8 -o /dev/null out
run locate $'\x82\xac' -C 0
check 'a hit within a character: one line' test "$code" -eq 0 -a "$(wc -l < out)" -eq 1
run locate fish --json --context 1048576
json 'the largest context' 0 'map(select(.doc == 1))[0].snippet == "blue fish €😀 end"'

run doc 0
check 'doc is byte for byte' cmp -s corpus/a.txt out
run doc 3
gives 'an empty document' 0 ''
run doc 1 --json
json 'doc --json' 0 '.[0] | .doc == 1 and .text == "blue fish €😀 end" and .length == (.text|utf8bytelength)'
json 'doc --json: source' 0 '.[0].source == {"path":"corpus/b.jsonl","line":1}'
check 'doc --json: metadata is verbatim' grep -Fq "$metadata" out
run doc 3 --json
json 'doc --json of an empty one' 0 '.[0] | .text == "" and .length == 0'
run doc 4
fails 'no such document' '4' '^  try: '
run doc 18446744073709551615
fails 'a huge number' '18446744073709551615'

hit=$'\033[1;31mfish\033[0m'
TERM=xterm terminal "$NGIDX" locate 'fish ' -C 3
check 'bold on a terminal' grep -Fq $'ue \033[1;31mfish \033[0m€' screen
NO_COLOR=1 TERM=xterm terminal "$NGIDX" locate fish
check 'NO_COLOR' test "$code" -eq 0 -a "$(grep -cF "$hit" screen)" -eq 0
NO_COLOR='' TERM=xterm terminal "$NGIDX" locate fish
check 'an empty NO_COLOR is none' grep -Fq "$hit" screen
TERM=dumb terminal "$NGIDX" locate fish
check 'a dumb terminal' test "$code" -eq 0 -a "$(grep -cF "$hit" screen)" -eq 0
TERM=xterm terminal "$NGIDX" locate $'\x82\xac' -C 0
check 'bold takes whole characters' grep -Fq $'\033[1;31m€\033[0m' screen
