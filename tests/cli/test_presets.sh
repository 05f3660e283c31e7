#!/bin/bash
# contam --preset with the recipes of publications: verdicts, refusals, limited verdicts, several indexes, every file of the
# report, and all presets at once.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

export SOURCE_DATE_EPOCH=1700000000
cat > make.py << 'END'
import json, os
whole = ('alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi '
         'psi omega')
often = ('one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen '
         'nineteen twenty')
half = ' '.join(whole.split()[:12] + ['w%d' % i for i in range(14)])
none = 'a question that nobody has ever written down anywhere on this earth so far as anyone who was asked knows of it all'
def write(path, rows):
    with open(path, 'w') as file:
        for row in rows:
            file.write(json.dumps(row) + '\n')
os.mkdir('corpus')
os.mkdir('other')
write('corpus/a.jsonl', [{'text': f'Somebody wrote: {whole}. Answer: 42 it is.'}] +
      [{'text': f'copy {i}: {often} and so on {i}'} for i in range(300)])
write('other/b.jsonl', [{'text': f'{none} it stands'}])
texts = {'whole': whole, 'often': often, 'half': half, 'none': none, 'few': 'nothing much', 'empty': ' \n'}
write('bench.jsonl', [{'id': k, 'question': t, 'answer': 'forty-two'} for k, t in texts.items()])
write('more.jsonl', [{'id': 'again', 'question': often, 'answer': 'forty-two'}])
END
python3 make.py
build corpus --view exact -o exact.ngidx
build corpus --view folded -o folded.ngidx
build corpus --view exact,folded -o both.ngidx
build other --view exact,folded -o other.ngidx
recipes='gpt3 palm gpt4 llama2 llama3 tulu3 qwen deepseek open-r1 decon contam'

# classes: of the entries, as first letters.
classes() {
    jq -sr 'map(.class[0:2]) | join(" ")' report/entries.jsonl
}

# ---- Each recipe ----

for recipe in $recipes; do
    run contam bench.jsonl -i both.ngidx --preset "$recipe" --report report
    case $recipe in # whole, often, half, none, few, empty
        gpt3 | deepseek | open-r1) wanted='di di di cl sh sk' ;;
        gpt4) wanted='di di di cl cl sk' ;;
        llama2) wanted='di di su cl sh sk' ;;
        *) wanted='di di cl cl sh sk' ;;
    esac
    check "$recipe: classes" test "$code" -eq 0 -a "$(classes)" = "$wanted"
    check "$recipe: the terminal says which" grep -q "^Preset $recipe (.*)\.$" out
    cp report/report.json out
    json "$recipe: the report cites it" 0 ".[0].parameters | .preset == \"$recipe\" and .windows == \"folded\" and
        .presets[0].preset == \"$recipe\" and .presets[0].rule != \"\" and .presets[0].source == .source"
    check "$recipe: in report.md" grep -q "^Preset $recipe (" report/report.md
    check "$recipe: in summary.csv" grep -q ",$recipe," report/summary.csv
    check "$recipe: in entries.csv" grep -q ",class $recipe,share $recipe,limited $recipe$" report/entries.csv
    check "$recipe: on the page" grep -q "\"preset\":\"$recipe\"" report/report.html
    check "$recipe: what to take out" test -s report/contaminated-docs.jsonl
done
check 'tokens are told' grep -Fq 'Words stand in for the tokens of a tokenizer.' report/report.md

# ---- Refusals ----

for recipe in gpt3 gpt4 qwen open-r1 decon; do
    run contam bench.jsonl -i exact.ngidx --preset "$recipe"
    fails "$recipe needs the folded view" "index 0 has no folded view, which the preset $recipe searches" 'ngidx build --view'
done
for recipe in palm llama2 llama3 tulu3 qwen deepseek open-r1 decon contam; do
    run contam bench.jsonl -i both.ngidx -i folded.ngidx --preset "$recipe"
    fails "$recipe needs the exact view" "index 1 has no exact view, which the preset $recipe searches"
done
run contam bench.jsonl -i both.ngidx --preset gpt5
fails 'no such preset' 'gpt5'
run contam bench.jsonl -i both.ngidx --preset gpt3 --dirty 0.5
fails 'no threshold to set' '--dirty: in the preset gpt3 anything found'
run contam bench.jsonl -i both.ngidx --preset palm --suspicious 0.5
fails 'no suspicious entries' '--suspicious: the preset palm has no suspicious entries'
run contam bench.jsonl -i both.ngidx --preset llama2 --suspicious 0.9
fails 'suspicious over dirty' '--suspicious 0.9 is over --dirty 0.8'
run contam bench.jsonl -i both.ngidx --preset all --dirty 0.5
fails 'all have their own thresholds' 'do not go with --preset all'
run contam --self-test -i both.ngidx --preset gpt3
fails 'no self-test by a recipe' '--preset folded or paper'

# ---- Thresholds ----

run contam bench.jsonl -i both.ngidx --preset llama3 --dirty 0.4 --report report
check '--dirty of a recipe' test "$(classes)" = 'di di di cl sh sk'
check '--dirty is told' grep -Fq 'Here: dirty from 0.40 on.' out
run contam bench.jsonl -i both.ngidx --preset llama2 --suspicious 0.5 --report report
check '--suspicious of a recipe' test "$(classes)" = 'di di cl cl sh sk'
run contam bench.jsonl -i both.ngidx --preset palm --fail-on 'dirty>1'
check '--fail-on goes by the recipe' test "$code" -eq 3

# ---- Limited verdicts ----

# An answer is looked for in documents, and those of an entry with 300 copies are not read.
run contam more.jsonl bench.jsonl -i both.ngidx --preset decon --answer-field answer --report report
check 'limited: the terminal counts all benchmarks' \
    grep -Fq 'Limited verdicts, which documents that were left out might make worse: 2.' out
check 'limited: in report.md' grep -Fq 'which documents that were left out might make worse: 2.' report/report.md
check 'limited: in entries.csv' grep -Eq '"again".*,clean,0\.[0-9]+,true$' report/entries.csv
cp report/entries.jsonl out
json 'limited: in entries.jsonl' 0 'map(select(.presets.decon.limited)) | map([.id, .class]) == [["again","clean"],["often","clean"]]'
cp report/report.json out
json 'limited: in report.json' 0 '.[0].benchmarks | map(.presets[0].limited) == [1,1]'

# ---- Several indexes ----

run contam bench.jsonl -i both.ngidx -i other.ngidx --preset deepseek --report report
cp out out.table
check 'a class from all indexes' test "$(classes)" = 'di di di di sh sk'
cp report/entries.jsonl out
json 'a class from each' 0 'map([.indexes[].class]) | .[0] == ["dirty","clean"] and .[3] == ["clean","dirty"]'
check 'a row for each' grep -Eq '^bench +all corpora +4 +4 100.0%' out.table

# ---- All at once ----

run contam bench.jsonl -i both.ngidx --preset all --report report
cp out out.table
cp report/entries.jsonl out
json 'all: thirteen verdicts of an entry' 0 'all(.presets | length == 13) and
    (.[0].presets | all(.class == "dirty")) and (.[1].presets | all(.class == "dirty")) and (.[3].presets | all(.class == "clean"))'
json 'all: classes are those of folded' 0 'all(.class == .presets.folded.class)'
for recipe in $recipes; do
    run contam bench.jsonl -i both.ngidx --preset "$recipe" --report one
    jq -c ".presets | {\"$recipe\"}" report/entries.jsonl > all.txt
    jq -c ".presets" one/entries.jsonl > one.txt
    check "all: $recipe as alone" cmp -s all.txt one.txt
done
cp report/report.json out
code=0
json 'all: a row for each' 0 '.[0].benchmarks[0].presets | length == 13 and map(select(.preset == "llama2"))[0].dirty.entries == 2'
json 'all: agreement, pair by pair' 0 '.[0].benchmarks[0].agreement | length == 78 and
    (map(select(.first == "gpt3" and .second == "palm"))[0] | [.entries, .same, .both_dirty, .only_first_dirty, .percent] == [4,3,2,1,75])'
check 'all: agreement on the terminal' grep -Eq '^gpt3 +75\.0 +75\.0 +75\.0 +100\.0' out.table
check 'all: agreement in report.md' grep -Eq '^\| gpt3 \| 75\.0 \(0\.50\) ' report/report.md
check 'all: columns of entries.csv' test "$(head -n 1 report/entries.csv | grep -o ',limited [a-z0-9-]*' | wc -l)" -eq 11
printf '{"text":"coffee with milk and a croissant"}\n' > little.jsonl
run contam little.jsonl -i both.ngidx --preset all --report report
check 'all: no agreement where no entry is judged by both' grep -Eq '^llama2( +-){12} *$' out
check 'all: nor in report.md' grep -Eq '^\| llama2( \| -){5} \| ( \| -){7} \|$' report/report.md
run contam bench.jsonl -i exact.ngidx --preset all --report report
check 'all: what is missing is told' grep -Fq 'not answered: index 0 has no folded view, which the preset gpt3 searches' out
cp report/report.json out
json 'all: and in the report' 0 '.[0] | (.parameters.presets | map(select(.not_answered)) | length == 6) and (.benchmarks[0].presets | length == 7)'
