#!/bin/bash
# count: single phrases, query files, JSON, exit codes.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

cat > corpus.jsonl << 'END'
{"text":"banana banana\nCafé café"}
{"text":"--json is an option\tand nan"}
{"text":""}
{"text":"a\u0000b\r\nc"}
END
build corpus.jsonl
bytes=$(jq -j .text corpus.jsonl | wc -c)

run count an;              gives 'overlaps with itself elsewhere' 0 7
run count ana;             gives 'overlapping occurrences count' 0 4
run count 'banana banana'; gives 'blanks belong to the phrase' 0 1
run count zebra;           gives 'not there: 0, exit code 1' 1 0
run count Café;            gives 'case matters' 0 1
run count afé;             gives 'UTF-8' 0 2
run count $'\xa9';         gives 'bytes within a character' 0 2
run count $'\xc3';         gives 'the other byte' 0 2
run count $'a\nC';         gives 'LF in a phrase' 0 1
run count $'\tand';        gives 'TAB in a phrase' 0 1
run count $'cafén';        gives 'none crosses the end of a document' 1 0
run count '';              gives 'empty: every byte and every document end' 0 $((bytes + 4))
run count -- --json;       gives 'a phrase that starts with a dash' 0 1
run count -i index.ngidx an; gives '-i' 0 7
run count --index index.ngidx an; gives '--index' 0 7
run count an -i index.ngidx; gives 'options after the phrase' 0 7
run count $'a\xff';        fails 'byte 0xFF is an error' '0xFF'
run count --json $'a\xff'; fails 'byte 0xFF is an error with --json' '0xFF'

cp -r index.ngidx other
export NGIDX_INDEX=other
mv index.ngidx moved
run count an;              gives 'NGIDX_INDEX' 0 7
run count -i moved an;     gives '-i goes before NGIDX_INDEX' 0 7
export NGIDX_INDEX=
run count an;              fails 'no index at the default' 'index\.ngidx' '^  try: .*ngidx build'
unset NGIDX_INDEX
mv moved index.ngidx

run count --json Café;     json 'json' 0 'length == 1 and .[0] == {"query":"Café","count":1}'
run count --json zebra;    json 'json, not found' 1 '.[0] == {"query":"zebra","count":0}'
run count --json $'q"\\\n\x01'; json 'json escapes' 1 '.[0].query == "q\"\\\n\u0001"'
run count --json $'\xa9';  json 'json of bytes that are not UTF-8' 0 '.[0] == {"query":"\ufffd","count":2}'
check 'json of bytes is UTF-8' iconv -f UTF-8 -t UTF-8 -o /dev/null out

printf 'an\nzebra\n\nCaf\xc3\xa9\n' > queries
run count --queries queries;   gives 'a query file' 0 $'7\n0\n'$((bytes + 4))$'\n1'
run count --queries queries --json
json 'a query file, json' 0 "[.[].count] == [7,0,$((bytes + 4)),1] and [.[].query] == [\"an\",\"zebra\",\"\",\"Café\"]"
printf 'zebra\nan' > queries
run count --queries queries;   gives 'the last line needs no LF' 0 $'0\n7'
printf 'zebra\nyak\n' > queries
run count --queries queries;   gives 'none of them found: exit code 1' 1 $'0\n0'
: > queries
run count --queries queries;   fails 'no queries at all' 'queries holds no phrase'
printf 'an\r\nb\r\n' > queries
run count --queries queries;   gives 'CRLF ends a line' 0 "7"$'\n'"$("$NGIDX" count b)"
check 'and is said once' test "$(grep -c 'lines end with CRLF' err)" -eq 1
printf 'a\0b\r\0' > queries
run count -0 --queries queries; gives 'with -0 a CR belongs to the phrase' 0 "$("$NGIDX" count a)"$'\n1'
printf 'a\nC\0ana\0' > queries
run count -0 --queries queries; gives 'NUL-separated, with LF in a phrase' 0 $'1\n4'
printf '\0a' > queries
run count --null --queries queries; gives 'NUL-separated, empty first' 0 $((bytes + 4))$'\n'"$("$NGIDX" count a)"
printf 'a\0b\n' > queries
run count --queries queries;   gives 'NUL in a phrase of a line' 0 1
printf 'an\nx\xff\n' > queries
run count --queries queries;   fails 'byte 0xFF names the phrase' 'queries, phrase 2.*0xFF'
head -c 1100000 /dev/zero | tr '\0' x > queries
run count --queries queries;   fails 'a phrase over the limit' 'phrase 1: longer than 1048576'
{ echo an; head -c 1048576 /dev/zero | tr '\0' x; echo; echo ana; } > queries
run count --queries queries;   gives 'a phrase of the very limit' 0 $'7\n0\n4'
run count --queries missing;   fails 'no such query file' 'missing'
run count --queries .;         fails 'a folder as query file'

run count --queries - < <(printf 'an\nana\n')
gives 'queries on standard input' 0 $'7\n4'
yes an | head -n 300000 | "$NGIDX" count --queries - | uniq -c > out
check 'many queries' test "$(tr -s ' ' < out)" = ' 300000 7'
coproc "$NGIDX" count --queries -
pid=$COPROC_PID
printf 'ana\n' >&"${COPROC[1]}"
answer=
read -r -t 20 answer <&"${COPROC[0]}"
check 'an answer comes before the next query' test "$answer" = 4
printf 'yak\n' >&"${COPROC[1]}"
read -r -t 20 answer <&"${COPROC[0]}"
check 'and the next one' test "$answer" = 0
input=${COPROC[1]}
exec {input}>&-
wait "$pid"
check 'found at least one: exit code 0' test $? -eq 0

# Many phrases, several to a thread, and all of them in their order.
seq 1 5000 | sed 's/^/f/' > many
printf 'an\nana\n' >> many
run count --queries many --threads 1
cp out alone
check 'many phrases' test "$code" -eq 0 -a "$(wc -l < out)" -eq 5002 -a "$(tail -n 1 out)" -eq 4
run count --queries many --threads 7
check 'on several threads: the same' cmp -s alone out
run count --queries many
check 'on all processors: the same' cmp -s alone out
run count --queries many --threads 0
fails '--threads 0' '--threads'

# tests/inputs/queries: the same phrases however their lines end, with or without a byte order mark.
printf '{"text":"grey heron and brass wheel, grey heron"}\n' > heron.jsonl
build heron.jsonl -o heron
for file in "$CLI_TESTS"/../inputs/queries/*.txt; do
    run count --queries "$file" -i heron
    gives "query file $(basename "$file")" 0 "$(cat "$CLI_TESTS/../inputs/queries/right")"
done

# Several indexes.
run count -i a=heron -i b=index.ngidx an;  gives 'two indexes: the sum, and each' 0 $'8\ta=1\tb=7'
run count -i heron -i index.ngidx zebra;   gives 'two indexes, in none' 1 $'0\theron=0\tindex=0'
run count -i heron -i index.ngidx --json an
json 'two indexes, json' 0 '. == [{"query":"an","count":8,"indexes":[{"index":"heron","count":1},{"index":"index","count":7}]}]'
printf 'heron\nan\n' > queries
run count -i heron -i index.ngidx --queries queries
gives 'two indexes, a query file' 0 $'2\theron=2\tindex=0\n8\theron=1\tindex=7'
run count -i named=heron heron;            gives '-i NAME=INDEX' 0 2
run count -i heron -i heron an;            fails 'two of one name' "two indexes are named 'heron'"
run locate -i heron -i index.ngidx an --json --limit 100
json 'locate goes through them' 0 'map(.index) == ["heron","index","index","index","index","index","index","index"]'
cp out all
run locate -i heron -i index.ngidx an --json --limit 2 --offset 3
check 'locate: limit and offset over all' cmp out <(sed -n 4,5p all)
run locate -i heron -i index.ngidx an --limit 0
check 'locate: the rest of all is told' grep -q '^8 more' err
run locate -i heron -i index.ngidx an --limit 1
check 'locate: lines name the index' grep -q $'^heron\t0\t11\t' out
run doc -i heron -i index.ngidx index:0;   gives 'doc NAME:N' 0 $'banana banana\nCafé café'
run doc -i heron -i index.ngidx 0;         fails 'doc N of several' 'own document number 0' 'heron:0'
run doc -i heron -i index.ngidx x:0;       fails 'doc of no such index' "no index is named 'x'"
run export -i index.ngidx -i heron
check 'export: one behind the other' test "$(jq -r .text out | tail -n 1)" = 'grey heron and brass wheel, grey heron' -a "$(wc -l < out)" -eq 5
run stats -i index.ngidx -i heron --json;  json 'stats of each' 0 'map([.index, .documents]) == [["index",4],["heron",1]]'
run stats -i index.ngidx -i heron
check 'stats of each as text' test "$(grep -c '^documents' out)" -eq 2 -a "$(grep -c '^heron (heron)$' out)" -eq 1
run verify -i heron -i index.ngidx;        gives 'verify each' 0 $'heron: ok\nindex.ngidx: ok'
cp -r heron broken
printf x > broken/index.json
run verify -i broken -i heron --json
check 'verify: one broken, the next is checked' test "$code" -eq 2 -a "$(jq -c . out | tail -n 1)" = '{"index":"heron","ok":true,"damages":[]}'
