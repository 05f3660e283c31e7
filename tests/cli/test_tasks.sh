#!/bin/bash
# build --task I/N and --finish: the parts are the same bytes however they are built, and the index answers as one
# built in one go.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

mkdir corpus corpus/deep
for part in 1 2 3 4 5 6 7 8 9; do
    awk -v seed=$part 'BEGIN { srand(seed); for (l = 0; l < 300 * seed; l++) {
        printf "{\"text\": \""; for (w = 0; w < 30; w++) printf "w%d ", int(rand() * rand() * 3000);
        printf "\", \"id\": %d}\n", l } }' > corpus/$part.jsonl
done
printf 'a plain file\n' > corpus/deep/plain.txt
: > corpus/zz-empty.jsonl
options=(--view 'exact,folded' --shard-size 400K)
tasks=4

build corpus -o whole "${options[@]}"
for task in $(seq 0 $((tasks - 1))); do build corpus -o first "${options[@]}" --task "$task/$tasks" --memory 512M -t 1; done
cp -r first parts
build -o first --finish
check 'after --finish only the index is left' \
    test "$(find first -type f | grep -vcE '/(shard-[0-9]{5}\.ng[xf]|(index\.json|files\.ngx))$')" -eq 0

# All at a time, in another order, with other memory and threads, some of them killed.
pids=()
for task in $(seq $((tasks - 1)) -1 0); do
    "$NGIDX" build -q corpus -o second "${options[@]}" --task "$task/$tasks" --memory 700M -t 2 2> "task$task.err" &
    pids+=($!)
done
sleep 0.0$((RANDOM % 9))
kill -9 "${pids[0]}" "${pids[2]}" 2> /dev/null
wait "${pids[@]}" 2> /dev/null
run build -o second --finish
if [ "$code" -ne 0 ]; then fails 'missing parts are named' 'of 4 parts are missing: [0-3]' '--task I/4'; fi
for task in 3 1; do build corpus -o second "${options[@]}" --task "$task/$tasks"; done
for task in 0 2; do build corpus -o second "${options[@]}" --task "$task/$tasks"; done # nothing, or what failed for lack of luck
build -o second --finish
check 'the index depends on no order, memory, thread or kill' diff -r first second

for index in whole first; do
    "$NGIDX" export -i $index > $index.jsonl
    for view in exact folded; do
        for phrase in w1 'w12 w7' 'plain file' 'w0 w0'; do "$NGIDX" count "$phrase" --view $view -i $index; done
    done > $index.counts
done
check 'documents are those of one build' cmp whole.jsonl first.jsonl
check 'counts are those of one build' cmp whole.counts first.counts
run verify -i first -q
check 'verify finds nothing' test "$code" -eq 0

# Killed while it finishes: before index.json, and after it.
cp -r parts third
: > third/tasks.a1b2c3 # of a task that was killed while it wrote the list
cp first/shard-00000.ngx third/shard-00000.ngx
build -o third --finish
check 'a half finished folder is finished' diff -r first third
cp -r parts fourth
cp first/* fourth/
rm -r fourth/part-00001
build -o fourth --finish
check 'only the parts were left to remove' diff -r first fourth

run build corpus -o second2 "${options[@]}" --task 1/4 --json
json 'a part tells which it is' 0 '.[0].index == "second2" and .[0].part == 1 and .[0].parts == 4 and (.[0].was_there | not)'

# More tasks than files.
mkdir few
printf '{"text":"one"}\n' > few/1.jsonl
printf '{"text":"two"}\n' > few/2.jsonl
for task in $(seq 0 6); do build few -o few.ngidx --task "$task/7"; done
build -o few.ngidx --finish
run stats -i few.ngidx --json
json 'parts may be empty' 0 '.[0].documents == 2'
mkdir none
: > none/a.jsonl
build none -o none.ngidx --task 0/1
run build -o none.ngidx --finish
fails 'nothing at all is an error' 'corpus is empty'

# What the tasks passed over, repaired and found bad: the last one tells it as one build tells it.
mkdir -p odd/.hidden
: > odd/.hidden/file
ln -s /nowhere odd/link
head -c 3000 /dev/zero > odd/zeros
for file in 1 2 3 4; do
    for line in $(seq 40); do printf '{"text":"document %d of %d"}\n' "$line" "$file"; done > odd/$file.jsonl
done
for _ in 1 2 3 4 5 6 7; do printf 'no JSON\n'; done >> odd/2.jsonl
printf '{"text":"not \xFF UTF-8"}\n{"text":""}\n{"text":\n' >> odd/4.jsonl
odd=(--skip-bad-lines --id-field key)
told='.[] | {documents, files, input_bytes, bad_lines, invalid_documents, no_ids, read, skipped, empty, repaired, notes}'
"$NGIDX" build odd -o odd.whole "${odd[@]}" --json 2> /dev/null | jq -cs "$told" > whole.told
for task in 0 1 2 3 4; do build odd -o odd.ngidx "${odd[@]}" --task $task/5; done
cp -r odd.ngidx odd.lost
cp -r odd.ngidx odd.list
run build odd -o odd.ngidx "${odd[@]}" --task 0/5
check 'a task that has nothing to do tells what its part tells' grep -q 'no document has an id' err
"$NGIDX" build -o odd.ngidx --finish --json 2> /dev/null | jq -cs "$told" > parts.told
check 'the sums and names are those of one build' cmp whole.told parts.told
check 'and there are some' grep -q '"bad_lines":8.*"no_ids":true.*"hidden":1.*"repaired":1.*4.jsonl' parts.told
rm odd.lost/part-00002.tally
printf x >> odd.lost/tasks.tally
run build -o odd.lost --finish
check 'what is lost is told' grep -q 'of 1 of 5 parts what was .* is not known' err
check 'of the listing, too' grep -q 'when the corpus was listed is not known' err

run build odd -o odd.list "${odd[@]}" --finish --list-skipped
check 'a list that is not whole says so' test "$code" -eq 0 -a "$(grep -c 'and 3 more (--list-skipped of their tasks' err)" -eq 1

# Again, when all is done: a job that is queued again has nothing to do, unless the index is another.
again=(corpus "${options[@]}")
cp -r first before
for arguments in '--task 2/4' '--finish' '--task 0/7' '--resume'; do
    # shellcheck disable=SC2086 # two words
    run build "${again[@]}" -o first $arguments
    check "$arguments of a finished index does nothing" test "$code" -eq 0 -a "$(grep -c '^first (it was there): ' err)" -eq 1
    # shellcheck disable=SC2086
    run build "${again[@]}" -o first $arguments --json
    json "$arguments: programs are told" 0 '.[0] | .was_there and .documents > 0 and .files == 11'
done
check 'nor changes it' diff -r before first
run build -o first --finish
fails 'without the corpus it cannot be compared' 'is an index already' 'CORPUS and options'
cp -p corpus/4.jsonl saved
sed -i 's/w1 /w2 /' corpus/4.jsonl
failed=0
for task in 0 1 2 3; do
    "$NGIDX" build "${again[@]}" -o first --task $task/4 2> err || failed=$((failed + 1))
    if [ -s err ] && grep -q 'corpus/4.jsonl has changed' err; then found=$task; fi
done
check 'each task reads its share of the files' test "$failed" -eq 1 -a -n "${found-}"
run build "${again[@]}" -o first --finish
fails 'and --finish all of them' 'first is an index already, and not that of this build: corpus/4.jsonl has changed'
cp -p saved corpus/4.jsonl
cp -r parts seventh
run build few -o seventh "${options[@]}" --finish
fails 'the corpus that --finish is given is compared' 'CORPUS=corpus.*CORPUS=few'
build corpus -o seventh "${options[@]}" --finish --list-skipped
check 'and the options' diff -r first seventh

# What the corpus has gained, lost and changed since the first task listed it.
mkdir later
for file in 1 2 3 4 5 6; do printf '{"text":"document %d"}\n' $file > later/$file.jsonl; done
for task in 0 1; do build later -o later.ngidx --include '*.jsonl' --task $task/2; done
cp -r later.ngidx elsewhere.ngidx
run build -o later.ngidx --finish --json
json 'nothing has changed' 0 '.[0].since_listing == {gained: 0, lost: 0, changed: 0, files: []}'
check 'and no word of it' test ! -s err -o "$(grep -c 'since\|after the tasks' err)" -eq 0
cp -r elsewhere.ngidx later2.ngidx
for file in 1 2 3 4 5 6 7; do printf '{"text":"new"}\n' > later/new-$file.jsonl; done
: > later/not-included.txt
rm later/2.jsonl
touch -d '2001-01-01' later/3.jsonl
printf '{"text":"another"}\n' > later/4.jsonl
run build -o later2.ngidx --finish
check 'gained files are counted and the first named' test "$code" -eq 0 -a "$(grep -A6 'not in the index .*: 7$' err | tr -d '\n')" = \
    "$(grep 'not in the index' err)  later/new-1.jsonl  later/new-2.jsonl  later/new-3.jsonl  later/new-4.jsonl  later/new-5.jsonl  and 2 more"
check 'a lost one is named' grep -q '^  later/2.jsonl$' <(grep -A1 'gone from the corpus .*: 1$' err)
check 'and changed ones' test "$(grep -A2 'have changed since .*: 2$' err | tail -2 | tr -d '\n')" = '  later/3.jsonl  later/4.jsonl'
check 'the index is that of the listing' diff -r later.ngidx later2.ngidx
cp -r elsewhere.ngidx later3.ngidx
run build -o later3.ngidx --finish --json
json 'programs are told' 0 '.[0].since_listing | .gained == 7 and .lost == 1 and .changed == 2 and .files[5] == {change: "lost", path: "later/2.jsonl"}'
mkdir away
(cd away && "$NGIDX" build -o ../elsewhere.ngidx --finish 2> ../err)
check 'a corpus that cannot be seen is no error' diff -r later.ngidx elsewhere.ngidx
check 'but told' grep -q 'is not known: cannot read corpus later: No such file' err

# Mistakes.
run build corpus -o fifth "${options[@]}" --task 0/2 -q
run build corpus -o fifth "${options[@]}" --task 1/3 -q
fails 'another number of tasks' 'begun by 2 tasks, not 3' 'try: run --task I/2'
run build corpus -o fifth --view exact --shard-size 400K --task 1/2 -q
fails 'other options are named' 'folded=1.*folded=0'
run build few -o fifth "${options[@]}" --task 1/2 -q
fails 'another corpus is named' 'CORPUS=corpus.*CORPUS=few'
cp -p corpus/9.jsonl saved
printf '{"text":"more"}\n' >> corpus/9.jsonl
run build corpus -o fifth "${options[@]}" --task 1/2 -q
fails 'a changed file is named' 'corpus/9.jsonl has changed'
rm corpus/9.jsonl
run build corpus -o fifth "${options[@]}" --task 1/2 -q
fails 'a lost file is named' 'corpus/9.jsonl: No such file' 'start all tasks anew'
cp -p saved corpus/9.jsonl
run build corpus -o fifth "${options[@]}" --task 1/2 -q
check 'the file put back' test "$code" -eq 0
printf 'x' | dd of=fifth/tasks bs=1 seek=60 conv=notrunc status=none
run build -o fifth --finish
fails 'a damaged list is told' 'tasks: wrong checksum'
run build corpus -o whole --task 0/2
fails 'an index is not built into' 'is an index already'
mkdir other
: > other/file
run build corpus -o other --task 0/2
fails 'other folders are left alone' 'holds file'
run build -o nowhere --finish
fails 'no folder' 'nowhere'
for task in 2/2 -1/2 1 a/b 0/0 1/99999999; do
    run build corpus -o sixth --task=$task
    fails "--task $task" 'task is I/N'
done
run build - -o sixth --task 0/2 < /dev/null
fails 'standard input' 'cannot share standard input'
run build corpus -o sixth --task 0/2 --finish
fails 'both' 'exclude each other'
run build corpus -o sixth --task 0/2 --force
fails 'force' '--force does not apply'
run build -o fifth --finish --view folded
fails 'options of the build to finish' 'takes options of the build only with the corpus'
run build -o fifth --finish --list-skipped
fails 'names of the tasks' '--list-skipped .* of the tasks'
run build corpus -o sixth --finish
fails 'a corpus to finish, and no task' 'no task has begun'
check 'mistakes leave nothing but an empty folder' test "$(find sixth -type f 2> /dev/null | wc -l)" -eq 0
