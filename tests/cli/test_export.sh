#!/bin/bash
# export and stats: the corpus comes back, and the parts add up.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

cat > corpus.jsonl << 'END'
{"text":"plain","id":1}
{"id":98765432109876543210987654321,"text":"big \u0000 number","x":0.1000,"y":1e999,"Z":-0}
{"z":1,"a":{"text":"inner","b":[1 , 2]},"text":"order \" \\ \/ \n \ud83d\ude00","A":null}
{ "sp" : "white" , "text" : "space" }
{"text":""}
{"text":"control \u0001\u001f\u007f\u0085\u2028"}
END
build corpus.jsonl -o one
run export -i one
check 'export is JSON lines' test "$code" -eq 0 -a "$(wc -l < out)" -eq 6
check 'texts come back' cmp -s <(jq -c .text corpus.jsonl) <(jq -c .text out)
check 'metadata is verbatim' grep -Fqx \
    '{"text":"big \u0000 number","id":98765432109876543210987654321,"x":0.1000,"y":1e999,"Z":-0}' out
check 'the order of members stays' grep -Fq '"z":1,"a":{"text":"inner","b":[1 , 2]},"A":null}' out
check 'white space stays' grep -Fq '"sp" : "white"' out
cp out exported
"$NGIDX" build -q --force - -o two < exported
run export -i two
check 'a round trip gives the same lines' cmp -s exported out
run export -i one --threads 7
check 'any number of threads gives the same' cmp -s exported out
for n in 0 1 2 3 4 5; do
    for index in one two; do "$NGIDX" doc -i $index $n --json | jq -c 'del(.source)' > $index.json; done
    check "document $n is the same after the round trip" cmp -s one.json two.json
done

# Records over several lines, as in a JSON file that people can read, are one line each.
jq . > pretty.json << 'END'
[{"text":"first","id":"a","tags":["x","y"]},{"text":"second","id":"b"}]
END
sed 's/$/\r/' pretty.json > crlf.json
build pretty.json crlf.json -o pretty
run export -i pretty
check 'records over several lines are one line each' test "$code" -eq 0 -a "$(wc -l < out)" -eq 4
check 'they keep their metadata' cmp -s <(jq -c '.[]' pretty.json crlf.json) <(jq -c . out)
check 'no carriage return is left' test "$(grep -c $'\r' out)" -eq 0
run doc 0 --json -i pretty
check 'one line, too: doc --json' test "$(wc -l < out)" -eq 1
run locate second --json -i pretty
check 'one line, too: locate --json' test "$(wc -l < out)" -eq 2

printf '{"body":"b","text":"t"}\n' > field.jsonl
build field.jsonl --text-field body -o field
run export -i field
fails 'metadata that is named text' "'text'" '^  try: .*--text-field'
run export -i field --text-field body
gives '--text-field' 0 '{"body":"b","text":"t"}'
printf '{"body":"b","te\\u0078t":"t"}\n' > field.jsonl
build field.jsonl --text-field body -o field --force
run export -i field
fails 'metadata that spells text otherwise' "'text'"
run export -i one --text-field $'\xff'
fails 'a field name that is not UTF-8' 'UTF-8'

# A document of more than one piece (1 MB), whose cuts fall into characters, between small ones.
{
    echo '{"text":"before","k":1}'
    printf '{"text":"x'
    yes '€😀é' | head -n 250000 | tr -d '\n'
    printf '","k":2}\n'
    seq 3000 | jq -c '{text: ("small \(.)"), k: .}'
} > large.jsonl
build large.jsonl -o large
run export -i large
check 'large and many documents' cmp -s large.jsonl out
run export -i large --memory 1
check 'without memory for a table' cmp -s large.jsonl out
"$NGIDX" doc -i large 1 > text
check 'doc of a large document' cmp -s <(sed -n 2p large.jsonl | jq -j .text) text
"$NGIDX" doc -i large 1 --json > text
check 'doc --json of a large document' cmp -s <(sed -n 2p large.jsonl | jq .text) <(jq .text text)

build corpus.jsonl -o shards --shard-size 32
run export -i shards
check 'export over shards' cmp -s exported out
run export -i shards --memory 1
check 'export over shards without tables' cmp -s exported out
run stats -i shards --json
json 'stats: the whole' 0 '.[0] | .documents == 6 and .format >= 1 and (.text_bytes | . > 0) and (.ratio > 0)'
json 'stats: shards add up' 0 '.[0] | (.shards | length) > 1 and ([.shards[].documents] | add) == .documents and
    ([.shards[].text_bytes] | add) == .text_bytes and ([.shards[].bytes] | add) < .index_bytes'
# shellcheck disable=SC2016 # variables of jq
json 'stats: sections add up' 0 '.[0] | . as $all | .sections | to_entries | length > 0 and
    all(. as $one | ([$all.shards[].sections[$one.key] // 0] | add) == $one.value)'
check 'stats: bytes of all files' test "$(jq .index_bytes out)" -eq "$(cat shards/* | wc -c)"
check 'stats: text bytes' test "$(jq .text_bytes out)" -eq "$(jq -j .text corpus.jsonl | wc -c)"
run stats -i shards
check 'stats for people' grep -Eq '^documents +6$' out

# NaN and Infinity, which Python's json module writes, come back from export only: JSON has no such numbers.
cat > nonfinite.jsonl << 'END'
{"text":"seven lanterns","a":NaN,"b":[-Infinity,Infinity,"NaN \" Infinity"],"c":1}
END
run build -q nonfinite.jsonl -o nonfinite
gives 'metadata with NaN and Infinity' 0 ''
run export -i nonfinite
check 'export keeps them' cmp -s out nonfinite.jsonl
run doc 0 --json -i nonfinite
json 'doc gives null for them' 0 '.[0].metadata == {"a":null,"b":[null,null,"NaN \" Infinity"],"c":1}'
run locate lanterns --json -i nonfinite
json 'so does locate' 0 '.[0].metadata.b[0] == null'
grep -c NaN out > count
check 'but not within strings' grep -qx 1 count

mkdir packed
cp corpus.jsonl packed/c.jsonl
gzip -k packed/c.jsonl
mv packed/c.jsonl packed/d.jsonl
cp packed/c.jsonl.gz packed/d.jsonl.gz
build packed -o packed.ngidx
run export -i packed.ngidx --to unpacked
check 'files packed with gzip stay so' test "$code" -eq 0 -a -e unpacked/d.jsonl.gz -a -e unpacked/d.jsonl
mkdir other
zstd -q packed/d.jsonl -o other/e.jsonl.zstd
build other -o other.ngidx
run export -i other.ngidx --to unpacked3
check 'files packed otherwise are named as what they hold' test "$code" -eq 0 -a "$(ls unpacked3)" = e.jsonl
bzip2 packed/d.jsonl
xz -k < corpus.jsonl > packed/d.jsonl.xz
build packed -o packed.ngidx --force
run export -i packed.ngidx --to unpacked2
fails 'two files that would have one name' 'are d.jsonl there' '^  try: .*without --to'
