#!/bin/bash
# contam --preset folded: forms of copies that must be dirty, text that must not, and the labelled set where it is there.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

# A small labelled set: an entry's id is its wanted class and its form.
cat > make.py << 'END'
import html, json, random, textwrap
rng = random.Random(7)
syllables = 'ba ke li mo nu ra si to vu za fe gi ho ju ka le mi no pu re'.split()
words = [''.join(rng.choices(syllables, k=rng.randint(1, 4))) for _ in range(2000)]
def sentence(n): return ' '.join(rng.choices(words, k=n)).capitalize() + '.'
def text(): return ' '.join(sentence(rng.randint(5, 12)) for _ in range(5))
def chinese(n=160): return ''.join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(n))
def thai(n=160): return ''.join(chr(rng.randrange(0x0E01, 0x0E2F)) for _ in range(n))
def edited(t, step):
    t = list(t)
    for at in range(step // 2, len(t), step):
        t[at] = 'q' if t[at] != 'q' else 'x'
    return ''.join(t)
forms = {
    'verbatim': lambda t: t,
    'wrapped': lambda t: textwrap.fill(t, 40),
    'quoted': lambda t: textwrap.fill(t, 40, initial_indent='> ', subsequent_indent='> '),
    'lower': str.lower,
    'upper': str.upper,
    'html': lambda t: '<div><p>' + html.escape(t).replace('. ', '.</p>\n<p class="x">') + '</p></div>',
    'json': lambda t: json.dumps({'q': t, 'n': 1}),
    'markdown': lambda t: '* **' + t.replace('. ', '.**\n* **') + '**',
    'edited': lambda t: edited(t, 70),
}
documents, entries = [], []
def entry(wanted, form, t): entries.append({'id': f'{wanted} {form}', 'question': t})
def document(t): documents.append({'text': sentence(9) + '\n' + t + '\n' + sentence(7)})
for form, make in forms.items():
    for _ in range(4):
        t = text()
        entry('dirty', form, t)
        document(make(t))
for script in (chinese, thai):
    for _ in range(3):
        t = script()
        entry('dirty', 'unspaced', t)
        document('\n'.join(t[i:i + 30] for i in range(0, len(t), 30)))
        entry('clean', 'unspaced', script()[:20] + t[:12] + script())
popular = text()
entry('dirty', 'popular', popular)
for _ in range(150):
    document(popular)
famous = sentence(20)
entry('common', 'famous', text() + ' ' + famous + ' ' + text())
for _ in range(150):
    document(famous)
template = 'Read the following passage and choose the best of the answers that are given below it:'
for _ in range(8):
    entry('common', 'template', template + ' ' + text())
document(template)
for _ in range(5):
    t = text()
    document(t)
    parts = t.split()
    rng.shuffle(parts)
    entry('clean', 'shuffled', ' '.join(parts))
    entry('clean', 'other', text())
half = text()
document(half)
entry('suspicious', 'half', half + ' ' + text())
entry('short', 'short', 'To be?')
entry('skipped', 'blank', ' \n')
rng.shuffle(documents)
with open('corpus.jsonl', 'w') as f:
    for d in documents: f.write(json.dumps(d) + '\n')
with open('bench.jsonl', 'w') as f:
    for e in entries: f.write(json.dumps(e) + '\n')
END
python3 make.py
build corpus.jsonl -o both.ngidx --view exact,folded
build corpus.jsonl -o folded.ngidx --view folded

export SOURCE_DATE_EPOCH=1700000000
run contam bench.jsonl -i both.ngidx --report report
check 'the default where there is a folded view' grep -Fq 'Preset folded (ngidx ' out
cp report/entries.jsonl out
json 'each form has its class' 0 'map(select(.class != (.id | split(" ")[0]))) | map([.id, .class, .coverage]) == []'
json 'the best document of a copy' 0 'map(select(.id == "dirty wrapped")) | all(.document_coverage >= 0.9 and .document_coverage <= .coverage)'
json 'evidence is original text' 0 'map(select(.id == "dirty quoted"))[0].evidence[0].snippet | contains("\n> ")'
json 'its place, too' 0 'map(select(.id == "dirty html"))[0].evidence[0] | .snippet[.overlap_begin_char:.overlap_end_char] | contains("</p>\n<p class=")'
json 'spans are places in the entry' 0 'map(select(.id == "dirty lower")) | all(.spans[0].begin_byte == 0 and .covered_share > 0.9)'
cp report/report.json out
json 'the preset is told' 0 '.[0].parameters | .preset == "folded" and .measure == "coverage" and .chars == 30 and .benchmark_guard == 4 and
    .corpus_guard == 100 and .minimum_units == 20 and (.source | startswith("ngidx"))'
json 'the classes are counted' 0 '.[0].benchmarks[0] | [.common.entries, .too_short, .skipped] == [9, 1, 1]'
check 'report.md tells it' grep -Eq '^Preset folded .* coverage 0.67 on, suspicious from 0.30' report/report.md
check 'entries.csv has it' grep -q '^"bench","common famous",.*,common,' report/entries.csv

run contam bench.jsonl -i both.ngidx --report naive --naive
check 'naive: the same entries' cmp report/entries.jsonl naive/entries.jsonl
run contam bench.jsonl -i both.ngidx --report again --threads 3
check 'any number of threads' same_report report again
build corpus.jsonl -o shards.ngidx --view exact,folded --shard-size 20K
figures='map([.id, .class, .eta, .coverage, .document_coverage, .common, .found, .spans])'
run contam bench.jsonl -i both=shards.ngidx --report shards
check 'any shards' cmp <(jq -sc "$figures" report/entries.jsonl) <(jq -sc "$figures" shards/entries.jsonl)
run contam bench.jsonl -i folded.ngidx --report folded
check 'a folded view alone' cmp <(jq -sc "$figures" report/entries.jsonl) <(jq -sc "$figures" folded/entries.jsonl)
"$NGIDX" contam - -i both.ngidx --json < bench.jsonl > out 2> err
code=$?
json 'standard input: the guard sees all entries' 0 '.[0].benchmarks[0].common.entries == 9'
run contam bench.jsonl -i both.ngidx --sample 30 --seed 3 --report sample
check 'a sample: the same verdicts' cmp <(jq -c '[.id, .number, .class, .coverage]' sample/entries.jsonl) \
    <(jq -c '[.id, .number, .class, .coverage]' report/entries.jsonl | grep -Fxf <(jq -c '[.id, .number, .class, .coverage]' sample/entries.jsonl))
run contam bench.jsonl -i both.ngidx --json --benchmark-guard 0 --corpus-guard 0
json 'without guards nothing is common' 0 '.[0].benchmarks[0].common.entries == 0'
run contam bench.jsonl -i both.ngidx --preset paper --report paper
check 'preset paper: text without spaces is told' grep -Eq 'bench: 12 entries are text without spaces' err
cp paper/entries.jsonl out
json 'and flagged' 0 '(map(select(.unspaced)) | length) == 12 and all(.document_coverage == null)'
run contam --self-test -i both.ngidx --passages 30 --json
json 'the self-test' 0 '.[0] | .preset == "folded" and (.alterations | map({(.name): .dirty}) | add |
    [.as_it_stands, .re_wrapped, .lower_case, .quoted, .html] == [30, 30, 30, 30, 30])'

# The labelled set, which is no part of the project.
labelled=$CLI_TESTS/../../../shared/labelled
if [ ! -d "$labelled" ]; then
    echo 'skip labelled: ../shared is not there'
else
    zstd -dc "$labelled/corpus.jsonl.zst" > labelled.jsonl
    mkdir labelled
    build labelled.jsonl -o labelled.ngidx --view folded
    for bench in math short es mcq zh passage code; do
        run contam "$labelled/$bench.jsonl" -i labelled.ngidx --report "labelled/$bench" --limit 0
        check "labelled: $bench" test "$code" -eq 0
    done
    python3 "$labelled/score.py" "$labelled/truth.jsonl" labelled --by-class --json > out
    code=$?
    json 'labelled: precision and recall' 0 '.[0].total.dirty | .precision >= 0.995 and .recall >= 0.985'
    json 'labelled: every contaminated form' 0 '.[0].rows | map(select(.label == "contaminated" and
        .dirty < (if .form == "edit_50" then 0.8 else 0.95 end))) == []'
    json 'labelled: text that is no copy' 0 '.[0].rows | map(select(.label == "not" and (.dirty > 0.03 or .flagged > 0.2))) == []'
    json 'labelled: halves' 0 '.[0].rows | map(select(.form == "first_half"))[0].flagged >= 0.95'
fi
