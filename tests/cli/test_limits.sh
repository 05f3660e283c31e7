#!/bin/bash
# What the system and --memory allow is kept to: open files, sizes of files, memory, processors.
# Memory is measured, as the largest resident set, with GNU time.
# shellcheck disable=SC2034,SC2154
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

awk 'BEGIN { srand(1); for (l = 0; l < 8000; l++) {
    printf "{\"text\": \""; for (w = 0; w < 40; w++) printf "w%d ", int(rand() * rand() * 5000);
    printf "\", \"id\": %d}\n", l } }' > corpus.jsonl

# with LIMIT VALUE ARGUMENT...: as run, under a limit of ulimit.
with() {
    (ulimit "$1" "$2" && exec "$NGIDX" "${@:3}") > out 2> err
    code=$?
    out=$(cat out)
    err=$(cat err)
}

# Open files: hundreds of blocks, where only a few files may be open.
small=(--block-size 6K --threads 2 --memory 512M)
build corpus.jsonl -o whole --threads 2 --memory 512M
with -n 64 build -q corpus.jsonl -o many "${small[@]}"
check 'a merge of hundreds of blocks needs few open files' diff -r whole many
"$NGIDX" build -q corpus.jsonl -o again "${small[@]}" 2> /dev/null &
pid=$!
for _ in $(seq 1 1000); do
    [ "$(grep -c ' block ' again.building/journal.tmp 2> /dev/null)" -ge 100 ] 2> /dev/null && break
    sleep 0.01
done
kill -9 $pid 2> /dev/null
wait $pid 2> /dev/null
with -n 64 build -q corpus.jsonl -o again "${small[@]}" --resume
check 'so does --resume' diff -r whole again
with -n 64 append -q again corpus.jsonl "${small[@]}"
check 'and append' test "$code" -eq 0
with -n 64 merge -q whole many -o merged --memory 512M --threads 2
check 'and merge' test "$code" -eq 0
cp -r again compacted
with -n 64 compact -q compacted --full --memory 512M --threads 2
check 'and compact' diff merged/shard-00000.ngx compacted/shard-00000.ngx

# The size of files. SIGXFSZ would kill without a word.
with -f 100 build -q corpus.jsonl -o large
fails 'a file that gets too large is an error' 'large\.building/.*: File too large' 'ulimit -f'
check 'and leaves nothing' test ! -e large -a ! -e large.building
with -f 100 append -q whole corpus.jsonl
fails 'also for append' 'File too large'
check 'which leaves nothing but the index' test "$(find . -name 'whole.*' | wc -l)" -eq 0
check 'and that as it was' diff -r whole many
steps=(--block-size 150K --threads 2 --memory 512M)
with -f 600 build -q corpus.jsonl -o large "${steps[@]}"
fails 'after finished steps it says how to go on' 'shard-00000\.ngx: File too large' '--resume'
run build -q corpus.jsonl -o large "${steps[@]}" --resume
check '--resume goes on' diff -r whole large
with -f 600 append -q large corpus.jsonl "${steps[@]}"
fails 'append says so, too' 'File too large' '--resume'
run append -q large corpus.jsonl "${steps[@]}" --resume
check 'and goes on' diff -r large again
check 'and leaves nothing' test "$(find . -name 'large.*' | wc -l)" -eq 0
with -f 1 export -i whole
check 'standard output that gets too large is an error' grep -q 'standard output: File too large' err

# Memory. A sanitizer takes some of its own.
cap_mb=256
measures=true
if ! command -v /usr/bin/time > /dev/null; then measures=false; echo 'skip memory: GNU time is not installed'; fi
if grep -q fsanitize "$(dirname "$NGIDX")/flags"; then measures=false; echo 'skip memory: a sanitizer takes more'; fi

# within MB ARGUMENT...: as run, and the program takes no more memory.
within() {
    /usr/bin/time -o peak -f '%M' "$NGIDX" "${@:2}" > out 2> err
    code=$?
    out=$(cat out)
    err=$(cat err)
    peak_mb=$(($(tail -n 1 peak) / 1024))
    check "${*:2}: $peak_mb MB of memory, at most $1" test "$peak_mb" -le "$1"
}

# letters COUNT
letters() {
    head -c "$1" /dev/zero | tr '\0' 'a'
}

if $measures; then
    { printf '{"text": "'; letters 150000000; printf '"}\n{"text": "behind it"}\n'; } > long.jsonl
    gzip -1 -c long.jsonl > packed.jsonl.gz
    zstd -q -1 long.jsonl -o packed.jsonl.zst
    letters 150000000 > plain.txt
    options=(--memory "${cap_mb}M" --threads 2)
    for file in long.jsonl packed.jsonl.gz packed.jsonl.zst; do
        within $cap_mb build -q $file -o long -f "${options[@]}"
        fails "$file: a line that does not fit the memory" "$file:1: line over [0-9]+ bytes" '--memory' '--skip-bad-lines'
        within $cap_mb build --json -q $file -o long -f "${options[@]}" --skip-bad-lines
        json "$file: it can be passed over" 0 '.[0].documents == 1 and .[0].bad_lines == 1'
    done
    /usr/bin/time -o peak -f '%M' "$NGIDX" build -q - -o long -f "${options[@]}" < packed.jsonl.gz > out 2> err
    code=$?
    fails 'and on standard input' '-:1: line over' '--memory'
    check 'in as little memory' test "$(tail -n 1 peak)" -le $((cap_mb << 10))
    zstd -q -1 --long=27 -c long.jsonl > window.zst
    "$NGIDX" build -q - -o long -f "${options[@]}" --skip-bad-lines < window.zst > out 2> err
    code=$?
    fails 'nor is a zstd window there that does not fit' '-: zstd window over 2\^' '--long'
    within $cap_mb build -q plain.txt -o long -f "${options[@]}"
    fails 'a plain file that does not fit the memory' 'plain\.txt: over [0-9]+ bytes' '--memory'
    check 'has no line' test "$(grep -c 'txt:[0-9]' err)" -eq 0

    # The longest that fit, all copies of them made: escapes, and bytes that are not UTF-8.
    for _ in 1 2 3; do
        cat corpus.jsonl
        printf '{"text": "'
        letters 23000000 | sed 's/a\{5\}\(a\{5\}\)/\\n\xff\1/g'
        printf '"}\n'
    done > copies.jsonl
    within $cap_mb build --json -q copies.jsonl -o long -f "${options[@]}"
    json 'lines that just fit are read' 0 '.[0].documents == 24003'
fi
mkdir folder
printf '%s' "$(letters 2000)" > folder/file.txt
run build -q folder -o short --shard-size 1K
fails 'a plain file has no line' 'file\.txt: a document of 2000 bytes does not fit into a shard' 'give a larger --shard-size$'
check 'nor line 0' test "$(grep -c ':0\|line 0' err)" -eq 0

# Processors: those that the process may run on.
processor=$(taskset -pc $$ | sed 's/.*[ ,-]//')
taskset -c "$processor" "$NGIDX" build corpus.jsonl -o plan --dry-run --json > out 2> err
code=$?
json 'threads are the processors of the process' 0 '.[0].threads == 1'

# The forecast of processor time is of the right size: measured, not assumed. On a quiet machine it is right within a
# third; here other tests run beside.
awk 'BEGIN { srand(5); for (l = 0; l < 4000; l++) { printf "{\"text\": \""
    for (w = 0; w < 300; w++) printf "w%d ", int(rand() * rand() * 30000); print "\"}" } }' > prose.jsonl
run build prose.jsonl -o plan --dry-run --json --threads 2
forecast=$(jq .cpu_seconds out)
TIMEFORMAT='%U %S'
used=$({ time "$NGIDX" build prose.jsonl -o plan -q -f --threads 2; } 2>&1)
check "processor time: a forecast of $forecast s, $used s used" \
    awk -v f="$forecast" -v used="$used" 'BEGIN { split(used, t); u = t[1] + t[2]; exit !(f > u / 2.5 && f < u * 2.5) }'

# A bad line in the middle of a file would get the number of another.
for _ in 1 2 3 4; do cat prose.jsonl; done > late.jsonl
for _ in 1 2 3; do echo 'no JSON' && cat prose.jsonl; done >> late.jsonl
run build late.jsonl -o plan --dry-run --json
json 'a forecast passes over bad lines behind the start' 0 '.[0].text_bytes > 40e6 and .[0].text_bytes < 70e6'
rm late.jsonl

# The forecast of text: the start of a file is not compressed as its rest.
{
    head -c 22000000 /dev/urandom | base64 -w 100
    yes "$(letters 100)" | head -n 500000
} | sed 's/.*/{"text": "&"}/' | zstd -q -1 > rest.jsonl.zst
run build rest.jsonl.zst -o plan --dry-run --json --threads 1
rm rest.jsonl.zst
json 'text further on in a compressed file' 0 '.[0].text_bytes > 70e6 and .[0].text_bytes < 90e6'

# A control group of our own, below that of the tests. Only this script's own subshell moves into it.
in_group() {
    group=$(sed -n "s|^[0-9]*:\(.*,\)\?$1\(,.*\)\?:\(.*\)|/sys/fs/cgroup/$1\3|p" /proc/self/cgroup)/ngidx-test-$$
    mkdir "$group" 2> /dev/null && printf '%s' "$3" > "$group/$2" 2> /dev/null || return 77
    (echo "$BASHPID" > "$group/cgroup.procs" 2> /dev/null || exit 77
        exec "$NGIDX" build corpus.jsonl -o plan --dry-run --json) > out 2> err
    code=$?
    rmdir "$group"
    return $code
}
in_group memory memory.limit_in_bytes 314572800
case $? in
77) [ -d "$group" ] && rmdir "$group"; echo 'skip memory-group: no control group (version 1, memory) may be made here' ;;
*) json 'the plan keeps to the memory of the control group' 0 '.[0].memory_bytes <= 314572800' ;;
esac
in_group cpu cpu.cfs_quota_us 50000
case $? in
77) [ -d "$group" ] && rmdir "$group"; echo 'skip cpu-group: no control group (version 1, cpu) may be made here' ;;
*) json 'threads keep to the quota of the control group' 0 '.[0].threads == 1' ;;
esac
