#!/bin/bash
# Ids and URLs of documents: by default, from other fields, through append and merge, and documents by them.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

cat > web.jsonl << 'LINES'
{"text":"one","id":"<urn:uuid:1>","dump":"CC","url":"https://a.example/1","date":"2024","language":"en"}
{"text":"two","id":"<urn:uuid:2>","url":"https://a.example/2"}
{"text":"no id here"}
{"text":"two again","id":"<urn:uuid:2>"}
{"text":"a number","id":1e2}
LINES
cat > dolma.jsonl << 'LINES'
{"id":"d1","text":"of dolma","source":"cc","added":"2024","metadata":{"url":"https://d.example/1"}}
{"id":"<urn:uuid:2>","text":"two elsewhere","source":"cc"}
LINES
cat > named.jsonl << 'LINES'
{"text":"named","meta":{"uid":"caf\u00e9"},"link":"https://n.example/1"}
{"text":"number","meta":{"uid":7}}
LINES
build web.jsonl -o web
build dolma.jsonl -o dolma
build named.jsonl -o named --id-field meta.uid --url-field link

run doc -i web --id '<urn:uuid:1>'
gives 'FineWeb: id without options' 0 one
run doc -i web --id '<urn:uuid:1>' --json
json 'the object has id and url' 0 '.[0] | .doc == 0 and .id == "<urn:uuid:1>" and .url == "https://a.example/1"'
run doc -i web --id 1e2 --json
json 'a number, as it is written' 0 '.[0] | .doc == 4 and .id == 100 and .url == null'
run doc -i web --id 100
check 'a number written otherwise is another' test "$code" -eq 1 -a ! -s out
check 'an id that no document has: exit 1, said where it was looked for' grep -q "no document has the id '100' (member 'id' of its metadata)" err
run doc -i web --id '<urn:uuid:2>'
fails 'an id twice: both documents are named' "2 documents have the id '<urn:uuid:2>'" 'one of 1, 3$'
run doc -i web --id '<urn:uuid:2>' --json
json 'an id twice: --json prints both' 0 'map(.doc) == [1, 3]'
run doc -i web -i dolma --id '<urn:uuid:2>'
fails 'an id in several indexes: all are named' '3 documents have the id' 'web:1, web:3, dolma:1$'
run doc -i web -i dolma --id d1 --json
json 'a document of several indexes' 0 '.[0] | .index == "dolma" and .doc == 0 and .url == "https://d.example/1"'
run doc -i web --id 1 2
fails '--id takes no number' 'one argument too many'
run doc -i named --id 'café'
gives 'another field, an escape in it' 0 named
run locate -i named --json number
json 'locate: id and url' 0 '.[0] | .id == 7 and .url == null'
run locate -i named --json named
json 'locate: of another field' 0 '.[0] | .id == "café" and .url == "https://n.example/1"'
check 'index.json names the fields' jq -e '.parameters | .id_field == "meta.uid" and .url_field == "link"' named/index.json > /dev/null
check 'index.json leaves the defaults out' jq -e '.parameters | has("id_field") or has("url_field") | not' web/index.json > /dev/null

# append, merge
printf '{"text":"later","meta":{"uid":8}}\n' > later.jsonl
run append named later.jsonl -q
run doc -i named --id 8
gives 'append keeps the field' 0 later
run verify -i named
check 'append: verified' test "$code" -eq 0
run merge web dolma -o both -q --shard-size 1
run doc -i both --id '<urn:uuid:2>' --json
json 'merge: through all shards' 0 'map(.doc) == [1, 3, 6]'
run merge web named -o mixed
fails 'merge of other fields' "web has the ids of its documents in 'id', named in 'meta.uid'" '--id-field'
run merge web named -o mixed -q --id-field meta.uid --shard-size 1
fails 'merge of other URL fields' "URLs of its documents in 'url', named in 'link'" '--url-field'
run merge web named -o mixed -q --id-field meta.uid --url-field link --shard-size 1
run doc -i mixed --id 7 --json
json 'merge with --id-field: by the section of one shard' 0 '.[0].doc == 6'
run doc -i mixed --id '<urn:uuid:1>'
check 'merge with --id-field: other ids count no more' test "$code" -eq 1
run merge web named -o mixed -q -f --id-field id --url-field url
run doc -i mixed --id 1e2
gives 'merge into one shard: its ids are made anew' 0 'a number'
run verify -i mixed
check 'merge: verified' test "$code" -eq 0
run append named web.jsonl -q --id-field id
run doc -i named --id '<urn:uuid:1>'
gives 'append with another field: it holds for all' 0 one

# Views
build web.jsonl -o views --view exact,folded
run doc -i views --id 1e2
gives 'with a folded view beside' 0 'a number'
build web.jsonl -o folded --view folded
run doc -i folded --id 1e2
gives 'folded text alone' 0 anumber
run verify -i views -i folded
check 'views: verified' test "$code" -eq 0

# What is refused, or warned of
run build web.jsonl -o none --id-field ''
fails 'an empty path' '--id-field has 1 to 1024 bytes'
run build web.jsonl -o none --id-field "$(printf 'x%.0s' {1..1025})"
fails 'a long path' '--id-field has 1 to 1024 bytes'
run build web.jsonl -o none --url-field $'\xff'
fails 'a path that is not UTF-8' '--url-field is not UTF-8'
run build web.jsonl -o none --id-field uid
check 'a field without ids: a warning' grep -q '^warning: no document has an id in the field that --id-field names' err
run build web.jsonl -f -o none --id-field uid --json
json 'a field without ids: --json' 0 '.[0].no_ids'
run build web.jsonl -f -o none --id-field url --json
json 'some ids: no warning' 0 '.[0] | has("no_ids") | not'

# Many, found by the section; without it, too.
for i in {0..4999}; do printf '{"text":"t%d","id":"n-%d","k":"k\\/%d"}\n' "$i" "$i" "$((i % 2500))"; done > many.jsonl
build many.jsonl -o many --shard-size 8K
build many.jsonl -o scanned --shard-size 8K --id-field k
for i in 0 1 2047 4999; do
    run doc -i many --id n-$i
    gives "one of many: $i" 0 t$i
done
run merge scanned -o rescanned -q --id-field id --shard-size 8K
run doc -i rescanned --id n-3333
gives 'one of many, without a section for the field' 0 t3333
run doc -i scanned --id k/17 --json
json 'an escaped slash' 0 'map(.doc) == [17, 2517]'
