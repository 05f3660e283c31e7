#!/usr/bin/env bash
# A build that is killed, or whose disk is full, leaves no index that opens and does no harm to the old one.
set -u

ok() { echo "ok $1"; }
not_ok() { echo "not ok $1"; }

# Some 4 MB: enough for kills to meet every stage.
make_corpus() {
    mkdir -p corpus
    local i
    for i in $(seq 1 6); do
        awk -v seed="$i" 'BEGIN { srand(seed); for (l = 0; l < 7000; l++) {
            printf "{\"text\": \"";
            for (w = 0; w < 16; w++) printf "w%d ", int(rand() * rand() * 5000);
            printf "\", \"id\": %d}\n", l } }' > "corpus/$i.jsonl"
    done
}

make_corpus
mkdir old && printf 'the old text is here' > old/a.txt
# The second build tells how long one takes: the first may have waited for the disk.
for _ in 1 2; do
    start=$(date +%s%N)
    if ! "$NGIDX" build -q corpus -o whole.ngidx --force 2> err; then
        not_ok "build of the test corpus: $(cat err)"
        exit 1
    fi
done
took_ms=$((($(date +%s%N) - start) / 1000000))
want=$("$NGIDX" count -i whole.ngidx 'w1 ')

# Whether an index is whole, and answers as the old one or as the new one does.
is_whole() {
    local got_old got_new
    got_old=$("$NGIDX" count -i "$1" 'old text' 2> /dev/null)
    got_new=$("$NGIDX" count -i "$1" 'w1 ' 2> /dev/null)
    { [ "$got_old" = 1 ] || [ "$got_new" = "$want" ]; } && "$NGIDX" verify -i "$1" > /dev/null 2>&1
}

# Twenty kills, spread over the time that a build takes: every other one with an old index in place. Programs that a
# sanitizer makes slow get six; for them it is a try, the full number is for the others.
kills=20
[ "$took_ms" -lt 4000 ] || kills=6
harmed=0
opened=0
wrong=0
interrupted=0
for i in $(seq 1 $kills); do
    target=new.ngidx
    rm -rf new.ngidx new.ngidx.building
    if ((i % 2)); then
        target=kept.ngidx
        "$NGIDX" build -q old -o kept.ngidx --force 2> err || harmed=$((harmed + 1))
    fi
    "$NGIDX" build -q corpus -o "$target" --force 2> /dev/null &
    pid=$!
    delay_ms=$((RANDOM * took_ms / 32768))
    sleep "$(printf '%d.%03d' $((delay_ms / 1000)) $((delay_ms % 1000)))"
    kill -9 "$pid" 2> /dev/null && interrupted=$((interrupted + 1))
    wait "$pid" 2> /dev/null
    # A folder of a build may hold a whole index, but for moments: the new one, sealed and not yet in place, or the old
    # one, on its way out. What is not whole does not open.
    if "$NGIDX" count -i "$target.building" w1 > /dev/null 2>&1; then
        is_whole "$target.building" || opened=$((opened + 1))
    fi
    if [ -e "$target" ]; then
        is_whole "$target" || wrong=$((wrong + 1))
    elif [ "$target" = kept.ngidx ]; then
        harmed=$((harmed + 1))
    fi
done
if [ $harmed = 0 ]; then ok "kill -9 never harms the old index"; else not_ok "kill -9 harmed the old index $harmed times"; fi
if [ $opened = 0 ]; then ok "kill -9 leaves no partial index that opens"; else not_ok "a partial index opened $opened times"; fi
if [ $wrong = 0 ]; then ok "what stands after a kill answers right"; else not_ok "wrong answers after $wrong kills"; fi
if [ $interrupted -ge $((kills / 4)) ]; then ok "kills met running builds ($interrupted of $kills)"; else not_ok "only $interrupted kills met a build"; fi
"$NGIDX" build -q corpus -o kept.ngidx --force 2> err
if [ "$("$NGIDX" count -i kept.ngidx 'w1 ')" = "$want" ] && [ ! -e kept.ngidx.building ]; then
    ok "the next build clears what a killed one left"
else
    not_ok "build after kills: $(cat err)"
fi

# A full disk: a tmpfs of 1 MB, in a mount namespace of our own. The old index is on the same disk.
cat > full.sh << 'END'
set -u
mkdir -p disk && mount -t tmpfs -o size=1m tmpfs disk || exit 77
"$NGIDX" build -q old -o disk/index.ngidx || exit 3
"$NGIDX" build -q corpus -o disk/index.ngidx --force 2> full.err
code=$?
[ $code = 2 ] || { echo "exit $code"; exit 4; }
grep -qi 'no space left' full.err || { echo "message: $(cat full.err)"; exit 5; }
[ "$("$NGIDX" count -i disk/index.ngidx 'old text')" = 1 ] || { echo "old index harmed"; exit 6; }
[ ! -e disk/index.ngidx.building ] || { echo "files left behind"; exit 7; }
"$NGIDX" verify -i disk/index.ngidx > /dev/null 2>&1 || exit 8
END
said=$(NGIDX=$NGIDX unshare -rm bash full.sh 2>&1)
code=$?
case $code in
0) ok "full disk: clear error, old index untouched, nothing left behind" ;;
1 | 77) echo "skip full disk: no tmpfs may be mounted here ($said)" ;;
*) not_ok "full disk ($code): $said $(cat full.err 2> /dev/null)" ;;
esac
