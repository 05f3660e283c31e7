#!/bin/bash
# contam --task and gather: the report of the parts is, byte for byte, that of one run; a part that is missing, damaged or
# of another check is an error.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
export SOURCE_DATE_EPOCH=1700000000

# texts SEED: a random corpus, and a benchmark that copies from it.
texts() {
    awk -v seed="$1" 'BEGIN {
        srand(seed)
        for (d = 0; d < 60; d++) {
            text = d % 7 == 0 ? "This passage stands in many documents and is common text for that reason. " : ""
            for (w = 0; w < 200; w++) text = text sprintf("w%d ", int(rand() * rand() * 4000))
            docs[d] = text
            printf "{\"id\": \"d%d\", \"text\": \"%s\"}\n", d, text > "corpus.jsonl"
        }
        for (e = 0; e < 80; e++) {
            text = e % 9 == 0 ? "This passage stands in many documents and is common text for that reason. " : ""
            for (p = int(rand() * 4); p > 0; p--)
                text = text substr(docs[int(rand() * 60)], 1 + int(rand() * 600), 20 + int(rand() * 200)) " "
            for (w = int(rand() * 30); w > 0; w--) text = text sprintf("v%d ", int(rand() * 4000))
            printf "{\"id\": \"e%d\", \"question\": \"%s\", \"answer\": \"w%d\"}\n", e, text, rand() * 50 > "bench.jsonl"
        }
    }'
    rm -rf index one two
    build corpus.jsonl -o index --view exact,folded --shard-size "$2"
}

# tasks N OPTION...: one run, and N tasks, the last first; one and two are the reports.
tasks() {
    local count=$1 task
    shift
    rm -rf one report
    "$NGIDX" contam bench.jsonl -i index "$@" --report report > out 2> err
    mv report one
    rm -rf attributes
    for task in $(seq $((count - 1)) -1 0); do run contam bench.jsonl -i index "$@" --report report --task "$task/$count"; done
    run contam gather report
    rm -rf two
    mv report two
}

sizes='64K 32K 24K 16K' # for one to five shards
case $NGIDX in */asan/* | */tsan/*) sizes=16K ;; esac
same=0 rounds=0
for size in $sizes; do
    texts $((rounds + 1)) "$size"
    for options in '--preset paper' '--preset folded --answer-field answer' '--preset folded --chars 12 --minimum 0 --limit 2' \
        '--preset paper --chars 9 --sample 40 --stride 2' '--preset folded --benchmark-guard 0 --corpus-guard 3 --redact'; do
        # shellcheck disable=SC2086
        tasks $((rounds % 5 + 1)) $options
        rounds=$((rounds + 1))
        if diff -r one two > differences && [ "$code" -eq 0 ]; then same=$((same + 1)); else not_ok "$size $options"; fi
    done
    rounds=$((rounds + 1)) # the next index has other numbers of tasks
done
check "reports of tasks are those of one run ($same)" test "$same" -eq $((rounds * 5 / 6))
check 'there are several shards' test "$(find index -name 'shard-*.ngx' | wc -l)" -gt 1

# Several indexes, and files beside the report.
head -n 20 corpus.jsonl > some.jsonl
build some.jsonl -o some --view exact,folded
tasks 5 -i some=some --attributes attributes --fail-on 'dirty>0'
check 'over several indexes' diff -r one two
check 'a limit that is exceeded counts when parts are gathered' test "$code" -eq 3
check 'attributes are written when parts are gathered' test -d attributes

# A task that is repeated, and parts that were not finished.
rm -rf report
run contam bench.jsonl -i index --report report --json --task 1/2
check 'a task tells what it did as JSON' jq -e '.task == 1 and .tasks == 2 and .shards > 0 and (.was_there | not)' out
run contam bench.jsonl -i index --report report --task 1/2 --json
check 'a task whose part is there does nothing' jq -e .was_there out
check 'there is no report yet' test ! -e report/report.json
touch report/parts/part-00000.0123456789abcdef.tmp
cp report/parts/part-00001 report/parts/part-1
run contam gather report
fails 'a missing part is named' '1 of 2 parts are missing, the first of them that of task 0'
check 'parts stay if they cannot be gathered' test -f report/parts/part-00001
run contam bench.jsonl -i index --report report --json --task 0/2
mkdir elsewhere
(cd elsewhere && "$NGIDX" contam gather ../report > /dev/null)
check 'parts are gathered from any folder' test -f report/report.json
check 'parts are removed then' test ! -e report/parts
run contam gather report
fails 'without parts there is nothing to gather' 'no task has left a part there'

# Parts that do not belong together.
for task in 0 1; do run contam bench.jsonl -i index --report report --task $task/2; done
cp report/parts/part-00001 sound
check 'parts that belong together need no word' test ! -s err
run contam bench.jsonl -i index --report report --task 1/2 --chars 20
check 'a task warns that its options are others' grep -q 'warning: .*part-00000 is the part of another check: .*this task' err
run contam gather report
fails 'a part with other options is named' 'part-00001 is the part of another check: command ngidx contam bench.jsonl'
cp report/parts/part-00000 report/parts/part-00001
run contam gather report
fails 'so is one of another task' 'part-00001: it is the part of another task'
head -c 5000 sound > report/parts/part-00001
run contam gather report
fails 'one that is cut' 'part-00001'
{ head -c 4500 sound; printf 'x'; tail -c +4502 sound; } > report/parts/part-00001
run contam gather report
fails 'one that is damaged' 'part-00001'
cp sound report/parts/part-00001
run contam bench.jsonl -i index --report report --task 2/3
check 'and that it is one of others' grep -q 'warning: .*is of 2 tasks, this task is of 3' err
run contam gather report
fails 'one that is left from other tasks' 'part-00002 is of 3 tasks'
rm report/parts/part-00002
sed -i 's/w1 /w2 /' bench.jsonl
run contam gather report
fails 'another benchmark is noticed' 'part-00000 is the part of another check: benchmark bench'
run contam bench.jsonl -i index --report report --task 0/2
check 'a task whose part is of another check makes it anew' grep -q searched out
run contam gather report
fails 'the part of the old benchmark is named' 'part-00001 is the part of another check: benchmark bench'
run contam bench.jsonl -i index --report report --task 1/2
build some.jsonl -o index --view exact,folded --force
run contam gather report
fails 'another index is noticed' 'part-00000 is the part of another check: index index'

# What tasks do not do.
run contam bench.jsonl -i index --task 0/2
fails 'a task needs a folder' '--task needs --report'
run contam bench.jsonl -i index --report report --task 2/2
fails 'a task has a number' '--task is I/N'
run contam bench.jsonl -i index --report report --task 0/2 --preset llama3
fails 'recipes are not shared' '--task goes with --preset folded or paper'
run contam - -i index --report report --task 0/2
fails 'standard input is not shared' 'standard input'
run contam bench.jsonl -i index --report report --task 0/2 --naive
fails 'nor is the naive method' '--naive'
run contam gather nowhere
fails 'a folder that is not there' 'nowhere'
