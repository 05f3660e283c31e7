#!/bin/bash
# build --resume: after kill -9 and after a full disk the index is, byte for byte, that of a build in one go.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

mkdir corpus
for part in 1 2 3; do
    awk -v seed=$part 'BEGIN { srand(seed); for (l = 0; l < 4000; l++) {
        printf "{\"text\": \""; for (w = 0; w < 40; w++) printf "w%d ", int(rand() * rand() * 5000);
        printf "\", \"id\": %d}\n", l } }' > corpus/$part.jsonl
done
options=(--block-size 200K --shard-size 1200K --threads 2 --memory 512M)
start=$(date +%s%N)
build corpus -o whole "${options[@]}"
took_ms=$((($(date +%s%N) - start) / 1000000))

kills=8
[ "$took_ms" -lt 4000 ] || kills=3
wrong=0
met=0
for _ in $(seq 1 $kills); do
    rm -rf killed killed.building
    "$NGIDX" build -q corpus -o killed "${options[@]}" 2> /dev/null &
    pid=$!
    delay_ms=$((RANDOM * took_ms / 32768))
    sleep "$(printf '%d.%03d' $((delay_ms / 1000)) $((delay_ms % 1000)))"
    kill -9 "$pid" 2> /dev/null && met=$((met + 1))
    wait "$pid" 2> /dev/null
    [ -e killed ] && continue
    run build -q corpus -o killed "${options[@]}" --resume
    diff -r whole killed > diff.out 2>&1 || wrong=$((wrong + 1))
done
check 'after kill -9 the index is the same' test $wrong -eq 0
check "kills met running builds ($met of $kills)" test $met -gt 0

# A journal of some steps only, files of unfinished ones beside, and a line that was cut.
"$NGIDX" build -q corpus -o killed2 "${options[@]}" 2> /dev/null &
pid=$!
for _ in $(seq 1 1000); do
    [ "$(grep -c ' block ' killed2.building/journal.tmp 2> /dev/null)" -ge 4 ] 2> /dev/null && break
    sleep 0.01
done
kill -9 $pid 2> /dev/null
wait $pid 2> /dev/null
if [ -d killed2.building ]; then
    : > killed2.building/run-0-1.tmp
    printf '0123456789abcdef block 0 9' >> killed2.building/journal.tmp
    cp -r killed2.building spare
    run build corpus -o killed2 "${options[@]}" --resume
    check 'a line that was cut off is no step' diff -r whole killed2
    check 'what the first run has read is told as not named' grep -Eq '^resumed after [0-9]+ documents, ' err
    mv spare damaged.building
    file=$(find damaged.building -name 'block-*' | sort | head -1)
    [ -n "$file" ] && printf 'x' | dd of="$file" bs=1 seek=1000 conv=notrunc status=none
    run build -q corpus -o damaged "${options[@]}" --resume
    if [ "$code" -eq 0 ]; then check 'a damaged block is sorted again' diff -r whole damaged
    else fails 'a damaged block is told' 'damaged'; fi
fi

mkdir changed.building
cp -r whole old
"$NGIDX" build -q corpus -o changed "${options[@]}" 2> /dev/null &
pid=$!
for _ in $(seq 1 1000); do
    grep -q ' block ' changed.building/journal.tmp 2> /dev/null && break
    sleep 0.01
done
kill -9 $pid 2> /dev/null
wait $pid 2> /dev/null
if [ -e changed.building/journal.tmp ]; then
    run build -q corpus -o changed "${options[@]}" --sa-sample 64 --resume
    fails 'other options do not go on' 'other options' 'without --resume'
    printf '{"text":"more"}\n' >> corpus/3.jsonl
    run build -q corpus -o changed "${options[@]}" --resume
    fails 'another corpus does not go on' 'another corpus'
    check 'what there was stays' test -e changed.building/journal.tmp
    run build -q corpus -o changed "${options[@]}"
    check 'without --resume it starts anew' test "$code" -eq 0 -a ! -e changed.building
fi
run build -q corpus -o fresh "${options[@]}" --resume
check '--resume where there is nothing to go on from' diff -r changed fresh
check 'nothing is left in an index' test "$(find fresh -type f ! -name 'shard-*.ngx' ! -name index.json ! -name files.ngx | wc -l)" -eq 0

# An index that is finished: nothing to do if it is of the same corpus and options, else an error that says what differs.
mkdir few few/.hidden
printf '{"text":"one","id":"a","body":"x"}\n{"text":"two","body":"y"}\n' > few/1.jsonl
printf '{"text":"three","id":"c","body":"z"}\n' > few/2.jsonl
printf 'plain\n' > few/plain.txt
: > few/empty.jsonl
printf 'a\0\0\0b' > few/binary
build few -o done.ngidx --resume
cp -r done.ngidx before
run build few -o done.ngidx --resume
check 'a finished index is told' test "$code" -eq 0 -a "$(grep -c '^done.ngidx (it was there): 4 documents' err)" -eq 1
check 'with what is passed over' grep -q 'few/binary: no text' err
run build -q few -o done.ngidx --resume
check 'and not with --quiet' test "$code" -eq 0 -a ! -s err
run build few -o done.ngidx --resume --json
json 'programs are told' 0 '.[0] | .was_there and .documents == 4 and .files == 5'
run build few -o done.ngidx --resume --memory 512M -t 1 --skip-bad-lines
check 'memory, threads and what is skipped do not count' test "$code" -eq 0
run build few -o done.ngidx
fails 'without --resume it is an error' 'is an index already'
run build few -o done.ngidx --resume --force
check '--force builds anew' test "$code" -eq 0 -a "$(grep -c 'was there' err)" -eq 0
differs() { # NAME PATTERN ARGUMENT...
    local name=$1 pattern=$2
    shift 2
    run build -o done.ngidx --resume "$@"
    fails "$name" "done.ngidx is an index already, and not that of this build: $pattern"
}
differs 'another text field' '--text-field is text there, and body here' few --text-field body
differs 'another id field' '--id-field is \(the default\) there, and body here' few --id-field body
differs 'another view' '--view is exact there, and exact,folded here' few --view exact,folded
differs 'another sample' '--sa-sample is 128 there, and 64 here' few --sa-sample 64
differs 'another shard size' '--shard-size is 0 there, and 1000 here' few --shard-size 1000
differs 'another policy' '--invalid-utf8 is replace there, and skip here' few --invalid-utf8 skip
differs 'another way of reading JSON' '--json-as is \(the default\) there, and text here' few --json-as text
differs 'fewer files' 'few/plain.txt is in it, and not in the corpus' few --exclude plain.txt
build -q few/2.jsonl few/1.jsonl -o order.ngidx
run build few/1.jsonl few/2.jsonl -o order.ngidx --resume
fails 'the same files in another order' 'few/1.jsonl is in it, and not in the corpus, or not at that place'
differs 'standard input' 'standard input cannot be compared' - < few/1.jsonl
printf '{"text":"new"}\n' > few/0.jsonl
differs 'a new file' 'few/0.jsonl is not in it' few
mv few/0.jsonl few/9.jsonl
differs 'a new one behind the others' 'few/9.jsonl is not in it' few
rm few/9.jsonl
cp -p few/2.jsonl saved
sed -i 's/three/fours/' few/2.jsonl
touch -r saved few/2.jsonl
differs 'a change of neither size nor time' 'few/2.jsonl has changed' few
printf '{"text":"more"}\n' >> few/2.jsonl
differs 'a longer file' 'few/2.jsonl had [0-9]+ bytes then, and has [0-9]+ now' few
cp -p saved few/2.jsonl
printf '{"text":"x"}\n' > few/binary
differs 'a file that held nothing then' 'few/binary is not in it' few
printf 'a\0\0\0b' > few/binary
run build few -o done.ngidx --resume
check 'put back, all is well' test "$code" -eq 0
build few -o text.ngidx --json-as text
run build few -o text.ngidx --resume
fails 'how JSON was read is recorded' '--json-as is text there, and \(the default\) here'
run build few -o text.ngidx --resume --json-as text
check 'the same way is the same' test "$code" -eq 0
run append text.ngidx few/1.jsonl -q
run build few few/1.jsonl -o text.ngidx --resume --json-as text
fails 'after an append in another way' '--json-as is mixed there'
"$NGIDX" remove done.ngidx --phrase three > /dev/null 2>&1
differs 'after a removal' 'documents were removed from it' few

# A full disk half-way, in a mount namespace of our own; then room is made.
cat > full.sh << 'END'
set -u
mkdir -p disk && mount -t tmpfs -o size=3m tmpfs disk || exit 77
"$NGIDX" build -q corpus -o disk/index "$@" --dry-run 2> full.err | grep -q '^free on that disk  *3\.1 MB$' || exit 2
grep -q '^warning: the disk of disk/index may be too small: 3\.1 MB are free$' full.err || exit 3
"$NGIDX" build -q corpus -o disk/index "$@" 2> full.err
[ $? = 2 ] || exit 4
grep -qi 'no space left' full.err || exit 5
grep -q -- '--resume' full.err || exit 6
grep -q ' block ' disk/index.building/journal.tmp || exit 7
mount -o remount,size=64m disk || exit 77
"$NGIDX" build -q corpus -o disk/index "$@" --resume 2> full.err || exit 8
diff -r fresh disk/index || exit 9
END
said=$(NGIDX=$NGIDX unshare -rm bash full.sh "${options[@]}" 2>&1)
code=$?
case $code in
0) ok 'a full disk: clear error, and --resume goes on once there is room' ;;
1 | 77) echo "skip full-disk: no tmpfs may be mounted here ($said)" ;;
*) not_ok "full disk ($code): $said $(cat full.err 2> /dev/null)" ;;
esac
