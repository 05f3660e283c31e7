#!/bin/bash
# Benchmark files as people have them: nothing checked is no success, what is found out is said, options for one of many.
# What is read of each file of tests/inputs/benchmarks is in tests/unit/test_benchmark.c.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
inputs=$CLI_TESTS/../inputs/benchmarks

words='copper juniper lagoon delta kettle kettle island juniper grove island copper grove amber grove copper ember'
more='grove harbor lagoon copper kettle kettle juniper basin island harbor island ember ember fjord juniper fjord'
printf '{"text":"%s, to which the answer is wood"}\n{"text":"line one\\nline two, and then %s"}\n' "$words" "$more" > c.jsonl
build c.jsonl -o c.ngidx
export NGIDX_INDEX=$PWD/c.ngidx

# Nothing checked: exit code 2, whatever the reason, with a rule or without.
while read -r file reason; do
    run contam "$inputs/$file" --fail-on 'dirty>0'
    fails "nothing checked: $file" "$file.*$reason"
done << 'END'
empty.jsonl no entry was checked: the file has none
empty.csv the file is empty: a header
header-only.csv no entry was checked: the file has none
blank.jsonl no entry was checked: 2 of 2 are blank
no-examples.json no field "question".*there are "name", "examples"
object.jsonl it holds "question.text", "question.lang"
END
printf '[]' > none.json
run contam none.json
fails 'nothing checked: an empty array' 'no entry was checked: the file has none'
run contam c.jsonl none.json --report partial
fails 'nothing checked in one of two'
check 'and no report of it' test ! -e partial/report.json

# Rows that end with CR, LF or CRLF, line ends in cells: the same verdicts.
for end in '\n' '\r\n' '\r'; do
    cell="\"line one${end}line two, and then $more\""
    if [ "$end" = '\r' ]; then cell=$more; fi # a CR in a cell is no line end
    printf '%b' "id,question${end}1,${words}${end}2,${cell}${end}" > rows.csv
    run contam rows.csv --json
    json "rows that end with $end" 0 '.[0].benchmarks[0] | [.entries, .dirty.entries] == [2, 2]'
done

# What is found out is said, on standard error.
# As spreadsheets write CSV where a comma is the decimal point.
printf 'id;question;score\n1;"%s; indeed";0,5\n2;%s, and so on;1\n' "$words" "$more" > semicolons.csv
run contam semicolons.csv --json
json 'CSV with semicolons' 0 '.[0].benchmarks[0] | .entries == 2 and .fields == "question" and (.note | test("semicolons"))'
check 'is told' grep -q '^ngidx: semicolons.csv: columns are parted by semicolons' err
printf '{"question":"%s"}\n' "$words" | iconv -t UTF-16LE > unmarked.jsonl
run contam unmarked.jsonl
fails 'UTF-16 without its mark' 'unmarked.jsonl looks like UTF-16 without a byte order mark' 'iconv -f UTF-16LE -t UTF-8'

printf '{"question":"\0\0\0\0"}\n' > holes.jsonl
run contam holes.jsonl
check 'holes are no UTF-16' test "$code" -eq 2 -a "$(grep -c 'UTF-16' err)" -eq 0

printf '"%s",one,two,three,four,A\n"%s",one,two,three,four,B\n' "$words" "$more" > mmlu.csv
run contam mmlu.csv --json
json 'a table without a header' 0 '.[0].benchmarks[0] | [.entries, .dirty.entries] == [2, 2]'
check 'is told' grep -q '^ngidx: mmlu.csv: the first row is an entry, .*entries as in MMLU$' err
run contam mmlu.csv --no-header --field 0 --json
json 'or asked for' 0 '.[0].benchmarks[0].entries == 2'
check 'and then not told' test ! -s err
run contam mmlu.csv --field question
fails 'no such field in it' 'no field "question"; there are "0", "1"'
jq -n --arg q "$words" --arg r "$more" '{data: [{paragraphs: [{context: $q, qas: [{id: "x", question: $r}]}]}]}' > squad.json
gzip -k squad.json
for file in squad.json squad.json.gz; do
    run contam "$file" --json
    json "$file" 0 '.[0].benchmarks[0] | [.entries, .dirty.entries] == [1, 1]'
    check "$file: the place is told" grep -Fq "ngidx: $file: entries at \"data.paragraphs.qas\": 1" err
done
run contam squad.json --entries data.paragraphs --field context --sample 1 --json
json '--entries' 0 '.[0].benchmarks[0] | [.entries, .dirty.entries] == [1, 1]'
run contam squad.json --entries data.nothing
fails '--entries that is not there' 'no field "data.nothing"; there is "data"'
run contam squad.json --entries data.paragraphs.context
fails '--entries that are strings' 'at "data.paragraphs.context" is a string where entries should be objects'

# Options for one benchmark of several.
printf '{"q":"%s","right":"wood"}\n' "$words" > one.jsonl
printf '{"a:b":"%s","answer":"iron"}\n' "$words" > two.jsonl
run contam one.jsonl two.jsonl --field one:q --field a:b --answer-field one:right --answer-field answer --report r
cp r/entries.jsonl out
json 'fields and answers of each' 0 'map([.benchmark, .class, .answer_near]) == [["one","dirty",true],["two","dirty",false]]'
run contam one.jsonl two.jsonl --field two:q --field q
fails 'a field for the wrong one' 'two\.jsonl:1: no field "q"; there are "a:b", "answer"'
printf '{"question":"%s","choices":["iron","wood"],"answer":1}\n' "$words" > choice.jsonl
run contam choice.jsonl --answer-field auto --report r
cp r/entries.jsonl out
json 'the answer is the text of the choice' 0 '.[0].answer_near == true'
check 'which is told' grep -q 'an answer is the text of its choice' err
run contam one.jsonl --field q --answer-field auto
fails 'no shape to take the answer from' 'not the shape of a known benchmark'

# A canary string is searched by itself, in whichever view there is.
guid=26b5c67b-86cf-4cbc-8d1b-0123456789ab
jq -cn --arg g "$guid" '{text: "NEVER IN TRAINING CORPORA. canary GUID \($g); \($g)"}, {text: "also \($g)"}, {text: "none"}' > seen.jsonl
jq -cn --arg g "$guid" '{about: {canary: ["canary GUID \($g)", "one that is nowhere at all"]}, examples: [{input: "a question that is not in the corpus", target: "x"}]}' > task.json
printf 'question,Canary String\na question that is not in the corpus,x:%s\n' "$guid" > task.csv
for view in exact folded 'exact,folded'; do
    build seen.jsonl -o "seen.$view" --view "$view"
    run contam task.json task.csv -i "seen.$view" --report "canary.$view"
    check "a canary is found: $view" grep -q "^task: canary string $guid occurs in 2 documents" out
    check "another is not: $view" grep -q '^task: canary string one that is nowhere at all occurs in no document' out
    check "in a table, too: $view" grep -q "^task.csv: canary string $guid occurs in 2 documents" out
    run contam task.json -i "seen.$view" --json
    json "and in JSON: $view" 0 '.[0].benchmarks[0].canaries | map([.documents, .occurrences, .at_least]) == [[2, 3, false], [0, 0, false]]'
    json "by index and view: $view" 0 ".[0].benchmarks[0].canaries[0].indexes | map([.view, .documents]) == [[\"${view%,*}\", 2]]"
done
check 'a canary is in the card' grep -q 'its canary string in 2 documents' canary.exact/report.md
check 'and in the page' grep -q "\"canary\":\"$guid\"" canary.exact/report.html
run contam task.json -i seen.exact --fail-on 'canary>1'
check 'a rule may count its documents' test "$code" -eq 3
run contam task.json -i seen.exact --fail-on 'canary>2'
check 'and does not apply where there are fewer' test "$code" -eq 0
run contam task.json -i seen.exact --report redacted --redact
check 'a redacted report does not tell the canary' bash -c "! grep -rq $guid redacted"
