#!/bin/bash
# Many of everything: more files and shards than file descriptors, more threads than processors.
# NGIDX_MANY_FILES and NGIDX_MANY_SHARDS: how many, in larger tests.
# shellcheck disable=SC2154
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
files=${NGIDX_MANY_FILES:-10000}
shards=${NGIDX_MANY_SHARDS:-1000}
sanitized=false
if grep -q fsanitize "$(dirname "$NGIDX")/flags"; then sanitized=true; fi
if $sanitized; then files=$((files / 10)); fi
ulimit -n 64

# Files: in folders, and a few hundred named one by one, compressed or not.
python3 - "$files" <<'EOF'
import os
import sys

for number in range(int(sys.argv[1])):
    folder = f"files/{number // 1000:05}"
    if number % 1000 == 0:
        os.makedirs(folder)
    with open(f"{folder}/{number % 1000:03}", "w") as file:
        file.write(f"This is file number {number}.\n")
EOF
options=(--threads 2 --memory 512M)
measure=()
if command -v /usr/bin/time > /dev/null; then measure=(/usr/bin/time -o peak -f '%M %e'); fi
"${measure[@]}" "$NGIDX" build files -o files.ngidx --json "${options[@]}" > out 2> err
code=$?
json "$files files make $files documents" 0 ".[0].documents == $files"
if [ ${#measure[@]} -eq 0 ]; then
    echo 'skip memory of many files: GNU time is not installed'
elif $sanitized; then
    echo 'skip memory of many files: a sanitizer takes more'
else
    # 64 MB, and a name and a few bytes for each file.
    peak_mb=$(($(cut -d ' ' -f 1 peak) / 1024))
    check "they take $peak_mb MB of memory" test $peak_mb -le $((64 + files / 2000))
fi
run locate -i files.ngidx "number $((files - 1))."
check 'the last of them is found' grep -q "^$((files - 1))"$'\t.*\tfiles/' out
run append -q files.ngidx files "${options[@]}"
run count -i files.ngidx 'This is file number'
gives 'as many are appended' 0 $((2 * files))
for file in files/00000/[0-2]??; do
    case $file in
    *[02468]) gzip -c "$file" > "${file##*/}.gz" ;;
    *) cp "$file" . ;;
    esac
done
build ./??? ./???.gz -o named.ngidx
cat ./??? > wanted
zcat ./???.gz >> wanted
check 'more files can be named than may be open' cmp wanted <("$NGIDX" export -i named.ngidx | jq -j .text)
rm -rf files files.ngidx [0-9][0-9][0-9]*

# Shards: the same dozen or so, joined so often that there are many. whole is what one build makes of all their text.
awk 'BEGIN { srand(3); for (l = 0; l < 150; l++) {
    printf "{\"text\": \""; for (w = 0; w < 15; w++) printf "W%d, ", int(rand() * rand() * 99);
    printf "%s\", \"id\": \"%d\"}\n", l == 77 ? "marker" : "", l } }' > part.jsonl
head -n 9 part.jsonl > few.jsonl
limit=(--shard-size 800)
build part.jsonl -o part.ngidx --view exact,folded "${limit[@]}"
times=$((shards / $(find part.ngidx -name 'shard-*.ngx' | wc -l) + 1))
mapfile -t parts < <(yes part.ngidx | head -n $times)
mapfile -t corpus < <(yes part.jsonl | head -n $times; echo few.jsonl)
run merge -q "${parts[@]}" -o many.ngidx "${limit[@]}"
check "merge of $times indexes" test "$code" -eq 0
run append many.ngidx few.jsonl -q "${limit[@]}"
check 'append to them' test "$code" -eq 0
count=$(find many.ngidx -name 'shard-*.ngx' | wc -l)
check "there are $count shards" test "$count" -gt "$shards"
build "${corpus[@]}" -o whole.ngidx --view exact,folded
sed 's/.*"\(W[0-9]*, W[0-9]*\).*/\1/' few.jsonl > phrases
printf 'W1\nW49\nnothing\n' >> phrases

# same NAME ARGUMENT...: prints the same of both indexes.
same() {
    run "${@:2}" -i whole.ngidx
    cp out wanted
    run "${@:2}" -i many.ngidx
    if [ "$code" -eq 0 ] && cmp -s wanted out; then ok "$1"; else not_ok "$1"; fi
}
# answers WHEN
answers() {
    same "count ($1)" count --queries phrases --threads 2
    same "count in folded text ($1)" count --queries phrases --view folded
    same "count --docs ($1)" count --docs 'W49'
    same "export ($1)" export --threads 2
    same "doc ($1)" doc 1234
    same "next ($1)" next 'W49, '
    run locate -i whole.ngidx 'W49, W1' --all
    sort out > wanted
    run locate -i many.ngidx 'W49, W1' --all
    check "locate ($1)" cmp wanted <(sort out)
    for index in many whole; do
        "$NGIDX" contam few.jsonl -i x=$index.ngidx --report $index.report > out 2> err
    done
    check "contam ($1)" cmp whole.report/entries.jsonl many.report/entries.jsonl
    check "its documents ($1)" cmp whole.report/contaminated-docs.jsonl many.report/contaminated-docs.jsonl
    run verify -i many.ngidx -q
    check "verify ($1)" test "$code" -eq 0
}
answers 'many shards'

# Served: more indexes' shards, and more clients at once, than descriptors.
cat > clients.py <<'EOF'
import concurrent.futures
import json
import resource
import subprocess
import sys
import urllib.request

daemon = subprocess.Popen([sys.argv[1], "serve", "-i", "many.ngidx", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
try:
    address = daemon.stderr.readline().split()[-1]

    def count(_):
        with urllib.request.urlopen(address + "v1/many/count?query=W49", timeout=30) as answer:
            return json.load(answer)["count"]

    with concurrent.futures.ThreadPoolExecutor(30) as clients:
        print(*set(clients.map(count, range(300))))
finally:
    daemon.terminate()
    daemon.wait()
EOF
run count -i whole.ngidx W49
wanted=$out
out=$(python3 clients.py "$NGIDX" 2> err)
code=$?
gives 'serve' 0 "$wanted"

# More mappings than the system allows. A sanitizer takes terabytes.
if ! $sanitized; then
    (ulimit -v 100000 && exec "$NGIDX" count -i many.ngidx W1) > out 2> err
    code=$?
    fails 'too many shards to map' 'cannot map many\.ngidx/shard-' 'vm\.max_map_count'
fi

# Threads: as many as on a large machine, on however few processors.
ulimit -S -n "$(ulimit -H -n)"
for threads in 1 128; do
    build "${corpus[@]}" -o threads.ngidx -f --view exact,folded --threads $threads --block-size 64K --memory 2G
    check "build with $threads threads" diff -r whole.ngidx threads.ngidx
    {
        "$NGIDX" count --queries phrases -i many.ngidx --threads $threads
        "$NGIDX" count --docs --queries phrases -i many.ngidx --threads $threads
        "$NGIDX" export -i many.ngidx --threads $threads
    } > answers.$threads 2> err
    SOURCE_DATE_EPOCH=1 "$NGIDX" contam part.jsonl -i many.ngidx --threads $threads --report report.$threads > /dev/null 2> err
done
check 'answers with 128 threads are those with 1' cmp answers.1 answers.128
check 'so is the report of contam' same_report report.1 report.128

# Removed from many shards, these written anew, then all merged.
for index in many whole; do
    run remove $index.ngidx --phrase marker -q
    check "remove from $index" test "$code" -eq 0
done
answers 'documents removed'
run compact whole.ngidx -q
run compact many.ngidx -q "${limit[@]}"
check 'compact: shards anew' test "$code" -eq 0 -a -z "$(find many.ngidx -name 'removed-*')"
check 'there are as many shards' test "$(find many.ngidx -name 'shard-*.ngx' | wc -l)" -eq "$count"
answers 'compacted'
run compact many.ngidx --full --shard-size 1G -q
check 'compact to one shard' test "$code" -eq 0
for file in whole.ngidx/shard-*; do
    check "byte for byte a build of everything (${file##*.})" cmp "$file" "many.ngidx/${file##*/}"
done
