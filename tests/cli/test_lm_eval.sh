#!/bin/bash
# contam --lm-eval: the samples that lm-evaluation-harness saved, as benchmarks. What is read of each file is in
# tests/unit/test_benchmark.c.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
samples=$CLI_TESTS/../inputs/lm-eval

jq -cn '{text: "Mira packs nine crates of plums, and each crate holds fourteen plums. How many plums does she pack? Nine crates of fourteen are <<9*14=126>>126 plums.\n#### 126"},
        {text: "Tip: to keep a wooden boat from drying out over the summer, sink it in shallow water."},
        {text: "Question: Oskar owns three kites and buys two more. How many kites has he now?"}' > c.jsonl
build c.jsonl -o c.ngidx --view exact,folded
export NGIDX_INDEX=$PWD/c.ngidx

run contam --lm-eval "$samples" --report r
check 'a folder of results' test "$code" -eq 0
check 'tells which file is left out' grep -q '^ngidx: left out: .*org__model-a/samples_gsm8k_2025.*newer file of the task gsm8k$' err
check 'and which samples' grep -q 'samples_gsm8k_2026.*: doc.question; entries as in GSM8K; left out: 2 samples of other filters than "strict-match"' err
cp r/report.json out
json 'a benchmark for each task, in order' 0 \
    '.[0] | [.benchmarks[].name] == ["blimp_agreement", "gsm8k", "mmlu_folklore", "piqa", "wikitext", "winogrande"]'
json 'the fields of each' 0 '.[0].benchmarks | map({(.name): .fields}) | add | [.gsm8k, .piqa] == ["doc.question", "doc.goal"]'
cp r/entries.jsonl out
json 'verdicts, without the examples of prompts; answers by themselves' 0 \
    'map(select(.class == "dirty") | [.benchmark, .id, .answer_near]) == [["gsm8k", "0", true], ["piqa", "0", true]]'

run contam --lm-eval "$samples/org__model-a" --json
json 'one model' 0 '.[0].benchmarks | map([.name, .entries]) == [["gsm8k", 1]]'
run contam "$samples/org__model-b/samples_piqa_2026-03-04T05-06-07.891011.jsonl" --json
json 'a file by its name' 0 '.[0].benchmarks | map([.name, .dirty.entries]) == [["piqa", 1]]'
run contam --lm-eval "$samples" --field winogrande:doc.sentence --answer-field gsm8k:doc.answer --report own
cp own/report.json out
json 'fields for one task' 0 '[.[0].benchmarks[] | select(.name == "winogrande").fields] | flatten == ["doc.sentence"]'
cp own/entries.jsonl out
json 'and an answer' 0 'map(select(.class == "dirty") | .answer_near) == [true, true]'
run contam c.jsonl --lm-eval "$samples" --json
json 'beside other benchmarks' 0 '.[0].benchmarks | length == 7 and .[0].name == "c"'
check 'which need no answers' test "$code" -eq 0
run contam --lm-eval "$samples" --fail-on 'dirty>=1'
check 'a rule applies to tasks' test "$code" -eq 3
run contam --lm-eval "$samples" --report redacted --redact
check 'a redacted report tells no path' bash -c '! grep -rqE "org__model|inputs/lm-eval" redacted'

mkdir -p more/deep packed
ln -s nowhere more/samples_gone_2026-01-01T00-00-00.jsonl
echo '{"text": "no sample"}' > more/notes.jsonl
run contam --lm-eval more
fails 'no samples' 'more: there is no samples_TASK_DATE.jsonl in it' 'lm_eval --log_samples'
run contam --lm-eval nowhere
fails 'no folder' 'nowhere'
gzip -c "$samples/org__model-b/samples_gsm8k_2026-03-04T05-06-07.891011.jsonl" > packed/samples_a_b_2026-03-04T05-06-07.jsonl.gz
cp packed/*.gz packed/samples_a_b_2026-03-04T05-06-08.jsonl.gz
cp "$samples/org__model-a/"*.jsonl packed/samples_undated.jsonl
run contam --lm-eval packed --json
json 'compressed; a name with underscores; without a date' 0 \
    '.[0].benchmarks | map([.name, .entries]) == [["a_b", 2], ["undated", 1]]'
check 'the newest, to the second' grep -q 'left out: packed/samples_a_b_2026-03-04T05-06-07.jsonl.gz' err
echo '{"question": "this is what it is"}' > packed/samples_c.jsonl
run contam --lm-eval packed
fails 'a file without samples' 'samples_c.jsonl:1: entries have not the shape'
