#!/bin/bash
# build: corpora of all kinds, options, what it prints.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

# texts INDEX: the texts of all documents, one JSON string a line
texts() {
    "$NGIDX" export -i "$1" | jq -c .text
}

printf '%s\n' '{"text":"first","n":1}' '{"text":"second","n":2}' > lines.jsonl
run build lines.jsonl
check 'a file of JSON lines' test "$(texts index.ngidx | tr '\n' ' ')" = '"first" "second" '
check 'nothing on stdout' test "$code" -eq 0 -a ! -s out
check 'a summary on stderr' grep -Eq '2 documents, 11 B of text' err
check 'no half-made folder stays' test ! -e index.ngidx.building
run build -q lines.jsonl -o quiet
check '--quiet says nothing' test "$code" -eq 0 -a ! -s out -a ! -s err
run build --json -q lines.jsonl -o json
json '--json' 0 '.[0] | .index == "json" and .documents == 2 and .text_bytes == 11 and .shards == 1 and .files == 1 and
    .bad_lines == 0 and .invalid_documents == 0 and .index_bytes > 0 and .ratio > 0 and .seconds >= 0'
run stats -i json --json
built=$(jq .index_bytes out)
check 'index_bytes is the size of all files' test "$built" -eq "$(cat json/* | wc -c)"
run build --json -q lines.jsonl -o json --force
json 'build and stats agree on it' 0 ".[0].index_bytes == $built"

# A first document that is larger than what is looked at to tell a file's kind.
mkdir large
long=$(head -c 3000000 /dev/zero | tr '\0' 'a')
printf '{"id":1,"text":"%s"}\n{"id":2,"text":"b"}\n' "$long" > large/lines.json
printf '{"text":\n"%s",\n"id":3}\n' "$long" > large/one
printf '[{"id":4,"text":"%s"},{"text":"b","id":5}]\n' "$long" > large/z.json
run build large -o large.ngidx
check 'a large first text in a folder' test "$code" -eq 0 -a "$("$NGIDX" export -i large.ngidx | jq -c .id | tr '\n' ' ')" = '1 2 3 4 5 '

run build -q - -o stdin < lines.jsonl
check 'standard input' test "$code" -eq 0 -a "$(texts stdin)" = "$(texts index.ngidx)"
run doc -i stdin 1 --json
json 'source of standard input' 0 '.[0].source == {"path":"-","line":2}'

for kind in gz zst; do
    if [ $kind = gz ]; then gzip -k lines.jsonl; else zstd -q lines.jsonl; fi
    build "lines.jsonl.$kind" -o "$kind"
    check "$kind" test "$(texts $kind)" = "$(texts index.ngidx)"
    head -c 20 "lines.jsonl.$kind" > "cut.jsonl.$kind"
    run build "cut.jsonl.$kind" -o cut
    fails "$kind cut short" "cut.jsonl.$kind"
    check "$kind cut short: no index" test ! -e cut -a ! -e cut.building
done

mkdir -p folder/b folder/a
printf 'plain text' > folder/b/x.txt
printf 'more' | gzip > folder/a/y.md.gz
printf '{"text":"json"}\n' > folder/c.ndjson
printf '{"text":"json 2"}\n' > folder/b/a.json
build folder -o folder.ngidx
check 'a folder, sorted by path' test "$(texts folder.ngidx | tr '\n' ' ')" = '"more" "json 2" "plain text" "json" '
build folder -o folder/index.ngidx
build folder -o folder/index.ngidx --force
check 'an index within its corpus is left out of it' test "$(texts folder/index.ngidx)" = "$(texts folder.ngidx)"
build lines.jsonl folder/c.ndjson -o two
check 'several corpora, in their order' test "$(texts two | tr '\n' ' ')" = '"first" "second" "json" '

printf '%s\n' '{"content":"the text","text":"not this"}' > field.jsonl
build field.jsonl --text-field content -o field
check '--text-field' test "$("$NGIDX" doc -i field 0)" = 'the text'
run build lines.jsonl --text-field content -o none
fails 'no such field: file and line' 'lines\.jsonl.*1' 'content'

build lines.jsonl -o shards --shard-size 8
run stats -i shards --json
json '--shard-size' 0 '.[0].shards | length == 2'
run count -i shards s
gives 'count over shards' 0 2
run locate -i shards second --json
json 'locate in the second shard' 0 '.[0] | .shard == 1 and .doc == 1 and .offset == 0 and .position == 0'
run doc -i shards 1
gives 'doc of the second shard' 0 second
for sample in 1 3 1048576; do
    build lines.jsonl -o sample --force --sa-sample $sample
    run locate -i sample eco --json
    json "--sa-sample $sample" 0 '.[0] | .doc == 1 and .offset == 1'
done
build lines.jsonl -o options --threads 2 --memory 1G
check '--threads and --memory' test "$(texts options)" = "$(texts index.ngidx)"

printf '{"text":"bad \xff byte"}\n{"text":"good"}\n' > utf8.jsonl
run build utf8.jsonl -o utf8
check 'not UTF-8: counted and told' grep -q 'documents that were not UTF-8: 1, repaired' err

# An empty file is a document, of which the summary tells; so is an empty text.
mkdir blank
: > blank/a.txt
printf '{"text":""}\n{"text":"b"}\n' > blank/b.jsonl
run build blank -o blank.ngidx
check 'documents without text: counted and named' test "$(grep -A 2 '^documents without' err)" = \
    $'documents without a byte of text: 2\n  blank/a.txt\n  blank/b.jsonl:1'
run build blank -o blank.ngidx --force --json
json 'documents without text in JSON' 0 '.[0].empty == 2 and ([.[0].notes[] | select(.note == "empty")] | length == 2)'
run build blank blank/a.txt blank/b.jsonl ./blank -o twice.ngidx
check 'files given more than once' test "$(grep -A 1 '^warning: files that are given more than once' err)" = \
    $'warning: files that are given more than once, and are in the index as often: 4\n  blank/a.txt'
run build blank --include '*.none' -o none.ngidx
fails 'no file is left by --include' 'holds no file' '^  try: .*left out all files'
check 'not UTF-8: replaced' test "$("$NGIDX" doc -i utf8 0)" = $'bad \xef\xbf\xbd byte'
run build utf8.jsonl -o utf8 --force --invalid-utf8 skip
check 'not UTF-8: skipped and told' grep -q 'not UTF-8: 1, left out' err
check 'not UTF-8: skipped' test "$(texts utf8)" = '"good"'
run build utf8.jsonl -o utf8-fail --invalid-utf8 fail
fails 'not UTF-8: fail names file and line' 'utf8\.jsonl.*1'
check 'not UTF-8: fail leaves no index' test ! -e utf8-fail

printf '%s\n' '{"text":"good"}' 'no json' '{"n":1}' '{"text":5}' '{"text":"good 2"}' > bad.jsonl
run build bad.jsonl -o bad
fails 'a line that is no document' 'bad\.jsonl.*2' '^  try: '
check 'a line that is no document: no index' test ! -e bad -a ! -e bad.building
run build --skip-bad-lines bad.jsonl -o bad
check '--skip-bad-lines counts' grep -q 'bad lines passed over: 3' err
check '--skip-bad-lines goes on' test "$(texts bad | tr '\n' ' ')" = '"good" "good 2" '

printf '%s\n' '{"text":""}' '{"text":""}' > empty.jsonl
build empty.jsonl -o empty
run count -i empty ''
gives 'empty documents are documents' 0 2
run count -i empty x
gives 'nothing in empty documents' 1 0
run export -i empty
gives 'export of empty documents' 0 $'{"text":""}\n{"text":""}'
: > nothing.jsonl
run build nothing.jsonl -o nothing
fails 'an empty corpus' '^  try: '
mkdir hollow
run build hollow -o nothing
fails 'an empty folder'
run build - -o nothing
fails 'empty standard input'
check 'empty corpora leave nothing' test ! -e nothing -a ! -e nothing.building
run build missing -o nothing
fails 'a corpus that is not there' 'missing'
if [ "$(id -u)" -ne 0 ]; then
    cp lines.jsonl secret.jsonl
    chmod 0 secret.jsonl
    run build secret.jsonl -o nothing
    fails 'a file that may not be read' 'secret\.jsonl'
else
    echo 'skip unreadable-file root may read anything'
fi

TERM=xterm terminal "$NGIDX" build lines.jsonl -o tty.ngidx
check 'a bar on a terminal' grep -q $'\r.*\033\\[K' screen
check 'and a summary behind it' grep -q '^tty.ngidx: 2 documents' screen

mkdir unmarked
for encoding in UTF-16LE UTF-16BE; do printf 'To be, or not to be\n' | iconv -t $encoding > unmarked/$encoding; done
printf 'text\n' > unmarked/plain
run build unmarked -o unmarked.ngidx
check 'UTF-16 without its mark is told as what it may be' test "$code" -eq 0 -a \
    "$(grep -c 'unmarked/UTF-16\([LB]E\): looks like UTF-16 .* iconv -f UTF-16\1 ' err)" -eq 2
for encoding in UTF-16LE UTF-16BE; do
    printf '{"text":"日本語　日本語日本語日本語日本語日本語日本語日本語"}\n{"text":"two"}\n' | iconv -f UTF-8 -t $encoding > $encoding.jsonl
    run build $encoding.jsonl -o nothing
    fails "JSON lines in $encoding without a mark" "^ngidx: $encoding.jsonl:1: looks like UTF-16 without" "iconv -f $encoding -t UTF-8"
    iconv -f $encoding -t UTF-8 $encoding.jsonl > converted.jsonl
    build converted.jsonl -o converted.ngidx --force
done
run build UTF-16LE.jsonl lines.jsonl -o skipped.ngidx --skip-bad-lines
check 'such lines may be skipped' test "$code" -eq 0 -a "$(grep -c 'UTF-16LE.jsonl:[12]: looks like UTF-16' err)" -eq 2
mkdir unmarked-json
cp UTF-16LE.jsonl unmarked-json/one.json
cp lines.jsonl unmarked-json/
run build unmarked-json -o unmarked-json.ngidx
check 'JSON in UTF-16 is not read as text' test "$code" -eq 0 -a "$(grep -c 'one.json: looks like UTF-16 .* iconv -f UTF-16LE' err)" -eq 1
run build unmarked-json/one.json -o nothing
fails 'one that was named is refused' 'one.json:1: looks like UTF-16' 'iconv -f UTF-16LE'
printf '{"text":"a\0\0\0b"}\n' > holes.jsonl
run build holes.jsonl -o nothing
fails 'holes are no UTF-16' '3 NUL bytes at byte 10'
