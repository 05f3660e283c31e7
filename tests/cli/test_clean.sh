#!/bin/bash
# From a verdict to a cleaned corpus: contaminated-docs.jsonl, --attributes, export --without, and the report of what is left.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
export SOURCE_DATE_EPOCH=1700000000

cat > make.py << 'END'
import gzip, json, os, random
rng = random.Random(7)
words = [''.join(rng.choice('abcdefghijklmnopqrstuvwxyz') for _ in range(rng.randint(3, 9))) for _ in range(600)]
def text(n=40): return ' '.join(rng.choice(words) for _ in range(n))
questions = [text() for _ in range(12)]
documents = [{"text": text(120) + " é€😀", "id": f"d{i}", "url": f"https://example.org/{i}", "source": "made"} for i in range(60)]
def plant(i, s): documents[i]["text"] = "Überschrift 😀\n" + text(20) + " " + s + " " + text(20)
plant(3, questions[0])                                   # as it is
plant(17, questions[1].upper())                          # in another form
plant(31, '"' + questions[2].replace(' ', '\n> ') + '"')
half = len(questions[3]) // 2
plant(8, questions[3][:half]); plant(44, questions[3][half:])  # in two documents
plant(50, questions[0] + "\n" + questions[4])            # two of them
plant(21, questions[5][:len(questions[5]) // 8])         # too little of it
documents[30] = {"text": "<p>" + questions[6].replace(' ', '&nbsp;') + "</p>"} # without an id
os.makedirs('corpus/sub')
with open('corpus/a.jsonl', 'w') as f:
    for n, d in enumerate(documents[:25]):
        if n == 10: f.write('\n')                        # a line that is no document
        f.write(json.dumps(d) + '\n')
with gzip.open('corpus/sub/b.jsonl.gz', 'wt') as f:
    for d in documents[25:]: f.write(json.dumps(d, ensure_ascii=False) + '\n')
with open('bench.jsonl', 'w') as f:
    for i, q in enumerate(questions): f.write(json.dumps({"id": f"q{i}", "question": q}) + '\n')
END
python3 make.py
build corpus -o both.ngidx --view exact,folded
build corpus -o exact.ngidx
build corpus -o folded.ngidx --view folded

run contam bench.jsonl -i web=both.ngidx --report report --attributes attributes
check 'done' test "$code" -eq 0
check 'how many documents is told' grep -Fq 'report/contaminated-docs.jsonl: 7 documents to take out, 11.67 % of 60' out
check 'a line of the corpus without a row is told' grep -Fq '1 lines of the corpus are no documents' err
cp report/contaminated-docs.jsonl out
json 'the documents, in order' 0 'map(.doc) == [3, 8, 17, 30, 31, 44, 50] and all(.index == "web" and .class == "dirty")'
json 'their ids, addresses, files and lines' 0 '(.[0] | [.id, .url, .source, .line]) == ["d3", "https://example.org/3", "corpus/a.jsonl", 4] and
    (.[2].line == 19) and (.[3] | [.id, .url, .source, .line]) == [null, null, "corpus/sub/b.jsonl.gz", 6]'
json 'the entries, and how much of them' 0 '(.[6].entries | map([.id, .share])) == [["q0", 1], ["q4", 1]] and
    (.[1].entries | map(.id) == ["q3"] and .[0].share > 0.4 and .[0].share < 0.6)'
cat > spans.py << 'END'
import gzip, json, sys, unicodedata
def rows(name, opener): return [json.loads(line) for line in opener(name, 'rt', encoding='utf-8') if line.strip()]
corpus = rows('corpus/a.jsonl', open) + rows('corpus/sub/b.jsonl.gz', gzip.open)
attributes = rows('attributes/a.jsonl.gz', gzip.open) + rows('attributes/sub/b.jsonl.gz', gzip.open)
assert len(attributes) == len(corpus), (len(attributes), len(corpus))
questions = {e['id']: e['question'] for e in rows('bench.jsonl', open)}
fold = lambda s: ''.join(c for c in unicodedata.normalize('NFKC', s.replace('&nbsp;', ' ')).casefold() if unicodedata.category(c)[0] in 'LMN')
listed = {d['doc']: d for d in rows('report/contaminated-docs.jsonl', open)}
for number, (document, row) in enumerate(zip(corpus, attributes)):
    assert row['id'] == document.get('id', 'sub/b.jsonl.gz:6'), row
    assert row.get('source') == document.get('source')
    spans = row['attributes']['ngidx__contamination__overlap']
    assert bool(spans) == (number in listed), (number, spans)
    for (begin, end, score), span in zip(spans, listed.get(number, {'spans': []})['spans'], strict=True):
        piece = document['text'][begin:end]
        assert [begin, end, score] == [span['begin_char'], span['end_char'], span['score']]
        assert piece == document['text'].encode()[span['begin_byte']:span['end_byte']].decode()
        assert len(fold(piece)) > 30 and any(fold(piece) in fold(questions[e['id']]) for e in listed[number]['entries']), piece
END
check 'spans are where the text of the entries is' python3 spans.py 2>&1

# The cleaned corpus.
run export -i web=both.ngidx --without report/contaminated-docs.jsonl
check 'export --without' test "$code" -eq 0 -a "$(wc -l < out)" -eq 53
check 'how many documents is told' grep -Fqx 'ngidx: wrote 53 of 60 documents' err
check 'all others as they were' cmp <(jq -cS . out) <({ cat corpus/a.jsonl; zcat corpus/sub/b.jsonl.gz; } | grep . | jq -cS . |
    sed '4d;9d;18d;31d;32d;45d;51d')
run export -i web=both.ngidx --only report/contaminated-docs.jsonl
check 'export --only is the rest' cmp <(jq -c .id out) <(jq -c .id report/contaminated-docs.jsonl)
run export -i web=both.ngidx --without report/contaminated-docs.jsonl --to clean
check 'as files under their names' test "$code" -eq 0 -a ! -s out -a "$(cd clean && find . -type f | sort)" = $'./a.jsonl\n./sub/b.jsonl.gz'
build clean -o clean.ngidx --view exact,folded
places() { "$NGIDX" export -i "$1" --source-field where | jq -c "$2"; }
check 'built again: text, id, metadata, file and line of every other document' cmp \
    <(places both.ngidx '.where.path |= ltrimstr("corpus/")' | sed '4d;9d;18d;31d;32d;45d;51d') \
    <(places clean.ngidx '.where.path |= ltrimstr("clean/")')
run contam bench.jsonl -i web=clean.ngidx --report again
cp again/entries.jsonl out
json 'nothing dirty or suspicious is left' 0 'map(select(.class == "dirty" or .class == "suspicious")) == []'
check 'and nothing to take out' test ! -s again/contaminated-docs.jsonl
run export -i web=both.ngidx --without again/contaminated-docs.jsonl
check 'an empty list leaves nothing out' grep -Fqx 'ngidx: wrote 60 of 60 documents' err
run export -i web=both.ngidx --only again/contaminated-docs.jsonl
gives '--only with an empty list' 1 ''

# Other lists.
printf '3\r\n\n "d17" \nd8\n{"id":"d44"}\n' | "$NGIDX" export -i both.ngidx --only - > out 2> err
code=$?
json 'numbers and ids' 0 'map(.id) == ["d3", "d8", "d17", "d44"]'
printf 'a:1\nb:2\n' > list
run export -i a=both.ngidx -i b=exact.ngidx --only list --source-field from
json 'of several indexes' 0 'map(.id) == ["d1", "d2"] and .[0].from == {"path": "corpus/a.jsonl", "line": 2}'
list() {
    printf '%b' "$1" > list
    run export -i both.ngidx --only list
}
list '60\n'
fails 'a number too large' "list:1: there is no document 60: those of index 'both' are numbered up to 59"
list 'd1\nnobody\n'
check 'an id that no document has' test "$code" -eq 2
check 'is named' grep -Fq "list: no document has the id 'nobody'" err
list '{"index":"other","doc":1}\n'
fails 'documents of other indexes' 'its 1 document is of an index with another name' '-i NAME=INDEX'
list '{"text":"x"}\n'
fails 'an object without a document' 'list:1: '
list '"open\n'
fails 'no JSON string' 'list:1: not a JSON string'
run export -i both.ngidx --without none
fails 'no such list' 'none'
run export -i both.ngidx --without list --only list
fails 'both' 'one of them'
run export -i both.ngidx --to clean
fails 'a folder that is not empty' '--to: the folder clean is not empty'
run export -i both.ngidx --source-field id
check 'a source field that the metadata has' grep -Fq "the name that the source would get" err
echo 1 > list
run export -i a=both.ngidx -i b=exact.ngidx --only list
fails 'a number among several indexes' 'document 1 of which of the indexes' 'NAME:1'

# The exact view alone, by the preset paper; the folded view alone.
run contam bench.jsonl -i web=exact.ngidx --report exact --attributes exact-attributes
cp exact/contaminated-docs.jsonl out
json 'preset paper: verbatim copies' 0 'map(.doc) == [3, 8, 44, 50]'
"$NGIDX" export -i web=exact.ngidx --without exact/contaminated-docs.jsonl 2> err | "$NGIDX" build -q - -o verbatim.ngidx
run contam bench.jsonl -i web=verbatim.ngidx --json
json 'preset paper: nothing is left' 0 '.[0].benchmarks[0] | .dirty.entries + .suspicious.entries == 0'
run contam bench.jsonl -i web=folded.ngidx --report folded
check 'the folded view: the same documents' cmp <(jq -c '[.doc, .entries]' report/contaminated-docs.jsonl) \
    <(jq -c '[.doc, .entries]' folded/contaminated-docs.jsonl)
run contam bench.jsonl -i web=folded.ngidx --report r --attributes a
fails 'attributes need the original text' 'no exact view' '--view exact,folded'
run contam bench.jsonl -i web=both.ngidx --attributes a
fails 'attributes need a report' '--attributes needs --report'
run contam bench.jsonl -i web=both.ngidx --report r --attributes attributes
fails 'attributes: a folder that is not empty' 'the folder attributes is not empty'
check 'a failed run leaves nothing' test ! -e a -a ! -e a.tmp -a ! -e r
run contam bench.jsonl -i one=both.ngidx -i two=exact.ngidx --preset paper --report two --attributes two-attributes
check 'attributes of several indexes' test "$(cd two-attributes && find . -type f | sort)" = \
    $'./one/a.jsonl.gz\n./one/sub/b.jsonl.gz\n./two/a.jsonl.gz\n./two/sub/b.jsonl.gz'
cp two/contaminated-docs.jsonl out
json 'documents of several indexes' 0 'map([.index, .doc]) == [["one",3],["one",8],["one",44],["one",50],["two",3],["two",8],["two",44],["two",50]]'
run contam bench.jsonl -i web=both.ngidx --report report-3 --threads 3
check 'any number of threads' cmp report/contaminated-docs.jsonl report-3/contaminated-docs.jsonl

# A corpus given by its full path, and a redacted report.
build "$PWD/corpus" -o full.ngidx --view exact,folded
mkdir elsewhere
(cd elsewhere && "$NGIDX" contam ../bench.jsonl -i web="$OLDPWD/full.ngidx" --report shown > out 2> err)
check 'paths are relative' test "$(grep -lF "$PWD" elsewhere/shown/* | wc -l)" -eq 0
check 'and tell the file' grep -q '"source":"a.jsonl","line":4' elsewhere/shown/contaminated-docs.jsonl
run contam bench.jsonl "$PWD/elsewhere/../bench.jsonl" -i web="$PWD/full.ngidx" -i more=both.ngidx --report redacted --redact \
    --corpus-info /dev/null
fails 'an empty file of facts' '/dev/null'
run contam bench.jsonl "$PWD/elsewhere/../bench.jsonl" -i web="$PWD/full.ngidx" -i more=both.ngidx --report redacted --redact
check 'redacted' test "$code" -eq 0
cat > redacted.py << 'END'
import glob, json, os, re
files = {name: open(name, encoding='utf-8').read() for name in glob.glob('redacted/*')}
page = files['redacted/report.html']
files['redacted/report.html'] = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1]
assert len(files) == 7, sorted(files)
texts = [json.loads(line)['question'] for line in open('bench.jsonl')]
paths = [os.getcwd(), 'a.jsonl', 'b.jsonl', 'bench.jsonl', 'both.ngidx', 'full.ngidx', 'elsewhere', 'corpus/', 'example.org', '"d3"']
for name, content in files.items():
    for text in texts:
        words = text.split()
        for i in range(len(words) - 2):
            assert ' '.join(words[i:i + 3]) not in content, (name, words[i:i + 3])
    for path in paths:
        assert path not in content, (name, path)
END
check 'redacted: no text of an entry, no path, no id of a document' python3 redacted.py
