#!/bin/bash
# contam: verdicts, every file of the report, exit codes, broken benchmarks, what a hostile corpus can do to the page.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

export SOURCE_DATE_EPOCH=1700000000
mkdir corpus
cat > corpus/a.jsonl << 'END'
{"url":"https://example.org/1","text":"Somebody wrote: alpha beta gamma delta epsilon zeta eta theta iota kappa. Answer: 42 it is."}
{"text":"nothing much","big":123456789012345678901234567890}
{"text":"alpha beta gamma delta epsilon zeta eta theta iota kappa"}
END
cat > bench.jsonl << 'END'
{"id":"whole","question":"alpha beta gamma delta epsilon zeta eta theta iota kappa","answer":"42"}
{"id":"half","question":"alpha beta gamma delta epsilon zeta and then it goes on in words of its own","answer":"42"}
{"id":"none","question":"a question that nobody has ever written down anywhere","answer":"7"}
{"id":"short","question":"nothing much","answer":"x"}
{"id":"empty","question":" \n","answer":"x"}
END
build corpus -o one.ngidx
mkdir other
echo '{"text":"in words of its own, a question that nobody has ever written down anywhere, it stands"}' > other/b.jsonl
build other -o two.ngidx

run contam bench.jsonl -i one.ngidx --chars 20
check 'done: exit code 0' test "$code" -eq 0
check 'a table' grep -Eq '^bench  +one  +4  +2  50.0%  +1  25.0%  +1  25.0%$' out
check 'the wording' grep -Fq 'Overlap found / not found at these settings: windows of 20 characters' out
check 'short and skipped entries are told' grep -Fq 'bench: field question, 5 entries, 1 short, 1 empty and skipped' out

run contam bench.jsonl -i one.ngidx --chars 20 --report report --answer-field answer --answer-within 20
check 'a report' test "$code" -eq 0 -a "$(ls report)" = $'contaminated-docs.jsonl\nentries.csv\nentries.jsonl\nreport.html\nreport.json\nreport.md\nsummary.csv'
cp report/entries.jsonl out
json 'an entry a line, in order' 0 'map(.id) == ["whole","half","none","short","empty"] and map(.line) == [1,2,3,4,5]'
json 'classes' 0 'map(.class) == ["dirty","suspicious","clean","dirty","skipped"]'
json 'eta is found by windows' 0 'all(.windows == 0 or ((.found / .windows - .eta) | fabs < 0.000001))'
json 'windows of the whole entry' 0 '.[0] | .windows == 7 and .found == 7 and .eta == 1'
json 'short' 0 'map(.short) == [false,false,false,true,false] and .[3].windows == 1 and .[3].found == 1'
json 'the longest match and its count' 0 '.[0].longest_match | .length_bytes == 56 and .count == 2 and .begin_byte == 0'
json 'the rarest window' 0 '.[0].rarest_window | .count == 2 and .length_bytes == 20'
json 'spans' 0 '.[1].spans | length == 1 and .[0].begin_char == 0 and .[0].end_char == 31'
json 'covered share' 0 '.[1] | (.covered_characters / .characters - .covered_share) | fabs < 0.000001'
json 'evidence: documents' 0 '.[0].evidence | map(.doc) | sort == [0,2]'
json 'evidence: offset and snippet' 0 \
    '.[0].evidence | map(select(.doc == 0))[0] | .offset == 16 and (.snippet[.overlap_begin_char:.overlap_end_char] | startswith("alpha"))'
json 'evidence: metadata and source' 0 \
    '.[0].evidence | map(select(.doc == 0))[0] | .metadata.url == "https://example.org/1" and .source == {"path":"corpus/a.jsonl","line":1}'
json 'answers of few letters do not tell' 0 '[.[0:4][] | .answer_near, .together] | unique == ["not telling"]'
json 'nor is a skipped entry asked' 0 '.[4] | [.answer_near, .together] == [null, null]'
json 'no evidence without overlap' 0 '.[2].evidence == [] and .[4].evidence == []'
check 'metadata is verbatim' grep -Fq '123456789012345678901234567890' report/entries.jsonl
cp report/report.json out
json 'report.json: header' 0 '.[0].indexes[0] | .documents == 3 and .text_bytes == 159 and (.id | length == 32)'
json 'report.json: parameters' 0 '.[0].parameters | .chars == 20 and .dirty == 0.8 and .sample == null and .seed == 1 and
    .answer_field == "answer" and .id_field == null'
json 'report.json: classes' 0 \
    '.[0].benchmarks[0] | [.dirty.entries,.suspicious.entries,.clean.entries,.skipped,.short] == [2,1,1,1,1]'
json 'report.json: histogram' 0 '.[0].benchmarks[0].histogram.entries | add == 4 and .[19] == 2 and .[0] == 1'
json 'report.json: sensitivity' 0 '.[0].benchmarks[0].sensitivity | map(.chars) == [20,10,30,40,80]'
json 'report.json: the grid agrees with the classes' 0 '.[0].benchmarks[0].sensitivity[0].eta_at_least[7].entries == 2'
if type xxhsum > /dev/null 2>&1; then
    sum=$(xxhsum -H2 bench.jsonl | cut -d' ' -f1)
    json "report.json: the benchmark's hash" 0 ".[0].benchmarks[0].xxh3_128 == \"$sum\""
fi
rows=$(python3 -c 'import csv; print([(r["id"], r["class"], r["eta"], r["found one"]) for r in csv.DictReader(open("report/entries.csv"))])')
check 'entries.csv' test "$rows" = "[('whole', 'dirty', '1.000000', '7'), ('half', 'suspicious', '0.272727', '3'), \
('none', 'clean', '0.000000', '0'), ('short', 'dirty', '1.000000', '1'), ('empty', 'skipped', '0.000000', '0')]"
check 'report.md' grep -Fq '| bench | one | 4 | 2 (50.0 %) | 1 (25.0 %) | 1 (25.0 %) |' report/report.md

# Answers: in whole words whatever their case, near the overlap or elsewhere in its document.
question='alpha beta gamma delta epsilon zeta eta theta iota kappa'
filler=$(printf 'filling %.0s' {1..60})
{
    jq -cn --arg q "$question" '{text: "One asks: \($q)? It is\nTHE <b>oak</b>-WOOD, says another."}'
    jq -cn --arg q "${question^^}" --arg f "$filler" '{text: "\($q) \($f) quarters of maple"}'
    jq -cn '{text: "elsewhere: birches and pines, oakwoods"}'
} > answers.jsonl
{
    for answer in 'the Oak  wood' 'quarters of  MAPLE' 'birches and pines' 'oakwood' 'wood' 'woods' 'arter' 'oak' 'kappa'; do
        jq -cn --arg q "$question" --arg a "$answer" '{question: $q, answer: $a}'
    done
} > asked.jsonl
wanted='[true,true],[false,null],[false,false],[true,true],[true,true],[false,false],[false,false],["not telling","not telling"],[false,false]'
build answers.jsonl -o answers.both --view exact,folded
build answers.jsonl -o answers.folded --view folded
run contam asked.jsonl -i answers.both --preset paper --report answers --answer-field answer --answer-within 60
cp answers/entries.jsonl out
json 'paper: the answers near' 0 "map([.answer_near, .together]) == [${wanted/null/false}]"
run contam asked.jsonl -i answers.both --preset folded --report answers --answer-field answer --answer-within 60
cp answers/entries.jsonl out
json 'folded: together in one document, not near' 0 "map([.answer_near, .together]) == [${wanted/null/true}]"
json 'a document by itself' 0 '.[1].evidence | map([.doc, .answer_near, .together]) | sort == [[0,false,false],[1,false,true]]'
cp answers/report.json out
json 'answers are summed up' 0 '.[0].benchmarks[0] |
    [.answers_looked_for, .answers_near, .answers_together, .answers_not_telling] == [8, 3, 4, 1]'
check 'answers in the table' test "$(python3 -c 'import csv; print([(r["answer_near"], r["together"]) for r in csv.DictReader(open("answers/entries.csv"))][:3:2] + [0])')" \
    = "[('true', 'true'), ('false', 'false'), 0]"
run contam asked.jsonl -i answers.folded --report answers --answer-field answer --answer-within 60
cp answers/entries.jsonl out
json 'an index of folded text has no words: letters are compared' 0 \
    'map(.together) == [true,true,false,true,true,true,true,"not telling",false]'

cp -r report first
run contam bench.jsonl -i one.ngidx --chars 20 --report report --answer-field answer --answer-within 20 --threads 3
check 'the same report again, with any number of threads' same_report report first
for ((i = 0; i < 150; i++)); do cat bench.jsonl; done > long.jsonl
run contam long.jsonl -i one.ngidx --chars 20 --report long --threads 1
mv long long-one
run contam long.jsonl -i one.ngidx --chars 20 --report long --threads 3
check 'the same of many entries, its cost too' same_report long long-one
run contam bench.jsonl -i one.ngidx --chars 20 --report naive --answer-field answer --answer-within 20 --naive
check 'naive: the same entries' cmp report/entries.jsonl naive/entries.jsonl
run contam bench.jsonl -i one.ngidx --chars 20 --json
json '--json is report.json' 0 '.[0].benchmarks[0].dirty.entries == 2'

run contam bench.jsonl -i a=one.ngidx -i b=two.ngidx --chars 20 --report two
cp two/entries.jsonl out
json 'a window counts once over indexes' 0 'map(.class) == ["dirty","suspicious","dirty","dirty","skipped"]'
json 'each index is told' 0 'map(.indexes | map([.index,.found])) | .[1:3] == [[["a",3],["b",0]],[["a",0],["b",7]]]'
run contam bench.jsonl bench.jsonl -i one.ngidx --chars 20 --json
json 'several benchmarks' 0 '.[0].benchmarks | length == 2 and .[0].name != .[1].name'

# Redacted: no text of an entry or a document, and no metadata.
run contam bench.jsonl -i one.ngidx --chars 20 --report redacted --redact
check 'redacted: no texts' test "$code" -eq 0 -a "$(cat redacted/* | grep -c 'alpha beta\|Somebody\|example.org')" -eq 0
check 'redacted: the figures are there' cmp <(cut -d, -f1-6 redacted/entries.csv) <(cut -d, -f1-6 report/entries.csv)

run contam diff report report
check 'diff of a report with itself' test "$code" -eq 0 -a "$(tail -n 1 out)" = '0 of 5 entries before and 5 now differ'
check 'diff: nobody is between two classes' grep -Eq '^dirty +0 +0 +2 +0$' out
run contam bench.jsonl -i two.ngidx --chars 20 --report now
run contam diff report now --json
json 'diff: changed entries and settings' 1 \
    '.[0] | (.settings | map(.name) == ["index_ids"]) and (.changes | map(.id) == ["whole","half","none","short"])'
json 'diff: how many went from which class to which' 1 '.[0].transitions | map([.before, .now, .entries]) | sort ==
    [["clean","dirty",1],["dirty","clean",2],["skipped","skipped",1],["suspicious","clean",1]]'
run contam diff report now
check 'diff: a table of them' test "$code" -eq 1 -a "$(grep -Ec '^(before . now +clean +dirty +skipped|dirty +2 +0 +0)$' out)" -eq 2
cp bench.jsonl renamed.jsonl
sed 's/"question":"nothing much"/"question":"nothing much at all"/' bench.jsonl > changed.jsonl
run contam renamed.jsonl changed.jsonl -i one.ngidx --chars 20 --report renamed
run contam diff report renamed
check 'diff: the same file under another name' grep -Fqx 'ngidx: the same file under another name: bench, now renamed' err
check 'diff: one that only one report has' test "$code" -eq 1 -a "$(grep -c $'^changed\t.*\t-\t-\t' out)" -eq 5
check 'diff: only these' grep -Fqx '5 of 5 entries before and 10 now differ' out
mkdir moved
cp changed.jsonl moved/bench.jsonl
run contam moved/bench.jsonl -i one.ngidx --chars 20 --report moved/report
run contam diff report moved/report --json
json 'diff: another file of that name' 1 '.[0].benchmarks == [{"before":"bench","now":"bench","paired_by":"name"}] and (.[0].changes | map(.id)) == ["short"]'
check 'is told' grep -Fq 'paired by name, as no file is the same: bench' err
run contam diff report nowhere
fails 'diff: no such report' 'nowhere/report.json'

run contam bench.jsonl -i one.ngidx --chars 20 --fail-on 'dirty>=50%'
check '--fail-on: exit code 3' test "$code" -eq 3
check '--fail-on: says why' grep -Fq "2 of 4 entries are dirty (50.00 %), which passes 'dirty>=50%'" err
run contam bench.jsonl -i one.ngidx --chars 20 --fail-on 'dirty>50%' --fail-on 'overlapping>3'
check '--fail-on that does not pass' test "$code" -eq 0
run contam bench.jsonl -i one.ngidx --fail-on 'dirty'
fails '--fail-on without a rule' "'dirty' is not a rule"

run contam bench.jsonl -i one.ngidx --sample 2 --seed 5 --json --chars 20
json '--sample' 0 '.[0] | .parameters.sample == 2 and .parameters.seed == 5 and .benchmarks[0].entries == 5 and
    (.benchmarks[0] | .checked + .skipped) == 2'
cp out first.json
run contam bench.jsonl -i one.ngidx --sample 2 --seed 5 --json --chars 20
check '--sample draws the same again' cmp out first.json
run contam bench.jsonl -i one.ngidx --sample 2 --chars 20 --report drawn
check 'a sample in report.md' grep -q 'entries, of which 2 were drawn' drawn/report.md
run contam bench.jsonl -i one.ngidx --sample 100 --chars 20 --report undrawn
check 'a sample of more entries than there are is none' test "$(grep -c 'were drawn' undrawn/report.md)" -eq 0
check 'nor is one named' test "$(grep -c 'Samples' out)" -eq 0
run contam bench.jsonl -i one.ngidx --sample 2 --chars 20
check 'a sample is named' grep -q 'Samples of 2 entries, seed 1' out

jq -cs 'map({id, context: .question})' bench.jsonl > array.json
jq -rs '["id","text"], (.[] | [.id, .question]) | @csv' bench.jsonl > table.csv
gzip -k bench.jsonl
zstd -q table.csv
for bench in array.json table.csv table.csv.zst bench.jsonl.gz; do
    run contam "$bench" -i one.ngidx --chars 20 --json
    json "$bench" 0 '.[0].benchmarks[0] | [.dirty.entries,.suspicious.entries,.clean.entries] == [2,1,1]'
done
"$NGIDX" contam - -i one.ngidx --chars 20 --json < bench.jsonl.gz > out 2> err
code=$?
json 'standard input, compressed' 0 '.[0].benchmarks[0] | .dirty.entries == 2 and .xxh3_128 == null'

printf '{"question":"fine"}\n{"question":"not\n' > broken.jsonl
run contam broken.jsonl -i one.ngidx --report partial
fails 'a broken benchmark' 'broken\.jsonl:2: '
check 'a failed run leaves no report' test ! -e partial
run contam bench.jsonl -i one.ngidx --field prompt
fails 'a missing field' 'bench\.jsonl:1: no field "prompt"; there are "id", "question", "answer"' '--field NAME'
printf 'text,x\na,b\nc\n' > broken.csv
run contam broken.csv -i one.ngidx
fails 'a broken table' 'broken\.csv:3: the row has 1 cells, the header 2'
run contam none.jsonl -i one.ngidx
fails 'no such benchmark' 'none\.jsonl'
run contam bench.jsonl -i none.ngidx
fails 'no such index' 'none\.ngidx'
run contam
fails 'no benchmark' 'BENCH is missing'
mkdir -p taken/report.html
run contam bench.jsonl -i one.ngidx --chars 20 --report taken
fails 'a folder where the page should go' 'taken/report\.html'
check 'it stays, and nothing else is left' test -d taken/report.html -a "$(ls -A taken)" = $'contaminated-docs.jsonl\nentries.csv\nentries.jsonl\nreport.html\nreport.md\nsummary.csv'
run contam bench.jsonl -i x=one.ngidx -i x=two.ngidx
fails 'two indexes of one name' "two indexes are named 'x'"
run contam bench.jsonl -i one.ngidx --suspicious 0.9
fails 'thresholds the wrong way round' 'suspicious'
run contam bench.jsonl -i one.ngidx --chars 0
fails '--chars 0' '--chars'
run contam bench.jsonl -i one.ngidx --corpus-guard 5
fails 'a guard in the preset paper' 'need --preset folded'
run contam bench.jsonl -i one.ngidx --preset folded
fails 'the preset folded without a folded view' 'has no folded view' 'build --view exact,folded'
run contam bench.jsonl -i one.ngidx --preset other
fails 'an unknown preset' "there is no preset 'other'" 'folded or paper'

run contam --self-test -i one.ngidx --chars 8 --passages 20 --json
json 'the self-test' 0 '.[0].alterations | .[0].dirty == .[0].dirty + .[0].clean and .[0].mean_eta == 1 and length == 9'
run contam --self-test -i one.ngidx --chars 8 --passages 20
check 'the self-test as a table' grep -Eq '^as it stands +100\.0%' out
run contam --self-test -i one.ngidx --chars 5000
fails 'the self-test needs text' 'no document of the index is as long as a passage, 25000 characters'
# Text without spaces, and without letters of one byte: passages begin anywhere, and are altered nonetheless.
python3 - << 'END'
import json, random
random.seed(5)
for name, low, high in (("zh", 0x4e00, 0x9000), ("junk", 97, 122)):
    with open(name + ".jsonl", "w", encoding="utf-8") as to:
        json.dump({"text": "".join(chr(random.randint(low, high)) for _ in range(60000))}, to, ensure_ascii=False)
END
printf '{"text":"%s"}' "$(for word in $(seq 3000); do printf 'Слово%d Ещё ' "$word"; done)" > ru.jsonl
build ru.jsonl -o ru.ngidx
run contam --self-test -i ru.ngidx --passages 30 --json
json 'letters of other scripts have a lower case' 0 '.[0].alterations[] | select(.name == "lower_case") | .mean_eta == 0'
for script in zh junk; do
    build $script.jsonl -o $script.ngidx --view 'exact,folded'
    for preset in paper folded; do
        run contam --self-test -i $script.ngidx --preset $preset --passages 30 --json
        # shellcheck disable=SC2016 # the variable is jq's
        json "the self-test of $script, $preset" 0 '.[0].alterations | (map({key: .name, value: .}) | from_entries) as $a |
            $a.as_it_stands.dirty == 30 and $a.control_shuffled.clean == 30 and $a.one_in_50.mean_eta < 0.95'
    done
done

# What a corpus could do to the page.
mkdir hostile
python3 - << 'END'
import json
evil = '</script><script>window.evil=1</script><img src=x onerror=evil()> <!-- <![CDATA[ ]]> \u202egnp.exe\u2028\u2029 \x00\x1b[31m'
docs = [{"text": "before " + evil + " after the words of the hostile question", "url": "javascript:alert(1)", evil: evil},
        {"text": "x" * (1 << 20) + " a line of a megabyte holds it, too: " + evil}]
with open('hostile/a.jsonl', 'wb') as f:
    for d in docs:
        f.write(json.dumps(d).encode() + b'\n')
    f.write(b'{"text":"broken \xff\xfe bytes stand in the words of the hostile question","m":"\xc0"}\n')
with open('hostile.jsonl', 'wb') as f:
    f.write(json.dumps({"id": evil, "text": evil + " after the words of the hostile question"}).encode() + b'\n')
    f.write(json.dumps({"id": "long", "text": "x" * (1 << 20) + " a line of a megabyte"}).encode() + b'\n')
    f.write(b'{"id":"\xff","text":"broken \xff\xfe bytes stand in the words of the hostile question"}\n')
END
build hostile -o evil.ngidx
mv hostile.jsonl '<img src=x onerror=evil()>.jsonl'
run contam '<img src=x onerror=evil()>.jsonl' -i '<b>=evil.ngidx' --chars 30 --report evil
check 'a hostile corpus: done' test "$code" -eq 0
cat > page.py << 'END'
import html.parser, json, sys
page = open('evil/report.html', encoding='utf-8').read()
class Reader(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.data, self.inside, self.handlers = [], '', False, []
    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.handlers += [name for name, value in attributes if name.startswith('on')]
        self.inside = ('id', 'data') in attributes
    def handle_endtag(self, tag):
        self.inside = False
    def handle_data(self, data):
        if self.inside:
            self.data += data
reader = Reader()
reader.feed(page)
data = json.loads(reader.data)
assert reader.tags.count('script') == 2 and 'img' not in reader.tags and 'b' not in reader.tags, reader.tags
assert not reader.handlers, reader.handlers
assert '<' not in reader.data and '>' not in reader.data and '&' not in reader.data
assert [e['class'] for e in data['entries']] == ['dirty'] * 3, [e['class'] for e in data['entries']]
assert '</script><script>window.evil=1' in data['entries'][0]['texts'][0]
assert len(data['entries'][1]['texts'][0]) <= 20000
END
check 'a hostile corpus: the page holds it as data only' python3 page.py
cp evil/entries.jsonl out
json 'a hostile corpus: entries.jsonl is JSON' 0 'length == 3'
check 'a hostile corpus: all is UTF-8' iconv -f UTF-8 -t UTF-8 -o /dev/null evil/report.html evil/entries.csv evil/report.md
check 'a hostile corpus: no tags in report.md' test "$(grep -c '<img\|<b>' evil/report.md)" -eq 0

run help contam
check 'help' grep -q 'ngidx contam diff' out
