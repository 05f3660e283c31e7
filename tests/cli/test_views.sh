#!/bin/bash
# Views: the same documents as they are and folded; built, merged, appended and resumed to the same bytes; counts equal
# those of texts folded by Python.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

# Documents in twelve scripts, with markup; some fold to nothing.
python3 - "$CLI_TESTS/../property" << 'END'
import json, random, sys
sys.path.insert(0, sys.argv[1])
import fold_reference
random.seed(5)
words = '''The quick Größe ﬁnd Straße ΣΊΣΥΦΟΣ Привет мир שלום عربى हिन्दी ภาษาไทย 中文字 テスト カナ 한국어 ქართული
հայերեն ½ Ａｂｃ &amp; &quot;quote&quot; <b>bold</b> \\n \\u00e9 — ... *** café café 12 345 x=1; {} ℌ'''.split()
folded = {}
for part in 1, 2, 3:
    with open(f'{part}.jsonl', 'w') as file:
        for line in range(300):
            count = random.choice([0, 1, 3, 10, 40, 200])
            text = random.choice([' ', '\n', ' > ', '']).join(random.choice(words) for _ in range(count))
            if line % 50 == 7: text = '... --- ***'
            file.write(json.dumps({'text': text, 'id': f'{part}-{line}'}, ensure_ascii=line % 2 == 0) + '\n')
            folded[f'{part}-{line}'] = fold_reference.fold(text)
phrases = [' '.join(random.choice(words) for _ in range(n)) for n in (1, 1, 1, 2, 2, 3) for _ in range(40)]
phrases = [p for p in phrases if fold_reference.fold(p)]
def count(text, phrase):
    return sum(text.startswith(phrase, at) for at in range(len(text)))
with open('phrases', 'w') as file, open('counts', 'w') as counts:
    for phrase in phrases:
        file.write(phrase + '\n')
        wanted = fold_reference.fold(phrase).encode()
        counts.write(f'{sum(count(text.encode(), wanted) for text in folded.values())}\n')
END
check 'there are phrases that occur' test "$(grep -vxc 0 counts)" -gt 50

both=(--view 'exact,folded')
for part in 1 2 3; do
    build $part.jsonl -o $part.ngidx "${both[@]}"
    build $part.jsonl -o $part.folded --view folded
done
build 1.jsonl 2.jsonl 3.jsonl -o whole.ngidx "${both[@]}"
build 1.jsonl 2.jsonl 3.jsonl -o whole.folded --view folded
build 1.jsonl 2.jsonl 3.jsonl -o exact.ngidx
build 1.jsonl 2.jsonl 3.jsonl -o cut.ngidx "${both[@]}" --shard-size 20K --block-size 5K
build 1.jsonl 2.jsonl 3.jsonl -o cut.folded --view folded --shard-size 20K --block-size 5K

check 'the exact view is that of an index without another' cmp whole.ngidx/shard-00000.ngx exact.ngidx/shard-00000.ngx
check 'samples are far apart in a folded view, farther beside an exact one' \
    test "$(jq -c '[.parameters.sa_sample, .fold.sa_sample]' whole.ngidx/index.json whole.folded/index.json | tr '\n' ' ')" = \
    '[128,3072] [512,512] '
check 'an index of exact text alone has format 1' test "$(jq .format_version exact.ngidx/index.json)" -eq 1
check 'shards come in pairs' test "$(find cut.ngidx -name '*.ngf' | wc -l)" -eq "$(find cut.ngidx -name 'shard-*.ngx' | wc -l)" \
    -a "$(find cut.ngidx -name '*.ngf' | wc -l)" -gt 3
for index in whole.ngidx whole.folded cut.ngidx cut.folded; do
    run count -i $index --view folded --queries phrases
    check "$index: counts are those of texts folded by Python" cmp out counts
    run verify -i $index
    check "$index: verify finds it sound" test "$code" -eq 0
done

# Every hit: its place in the original folds to the phrase, and its place in the folded text is the phrase.
locate_all() {
    while IFS= read -r phrase; do
        "$NGIDX" locate -i "$1" --view folded --limit 100000 --json --context "$2" -- "$phrase" 2> /dev/null |
            jq -c --arg phrase "$phrase" '. + {phrase: $phrase}'
    done < <(sort -u phrases | head -40)
}
for index in whole.ngidx cut.ngidx cut.folded; do locate_all $index 9 > $index.hits; done
cat > check_hits.py << 'END'
import itertools, json, sys
sys.path.insert(0, sys.argv[1])
import fold_reference
fold = fold_reference.fold
texts = [json.loads(line) for part in '123' for line in open(f'{part}.jsonl', encoding='utf-8')]
wrong = seen = 0
for line in itertools.islice(open(sys.argv[2], encoding='utf-8'), 0, None, 7):
    hit = json.loads(line)
    record = texts[hit['doc']]
    phrase = fold(hit['phrase']).encode()
    original, folded = record['text'].encode(), fold(record['text']).encode()
    seen += 1
    good = folded[hit['folded_offset']:][:hit['folded_length']] == phrase and hit['metadata'] == {'id': record['id']}
    text = original if hit['text'] == 'original' else folded
    begin, end = hit['offset'], hit['offset'] + hit['length']
    good = good and hit['text'] == ('folded' if sys.argv[3] == 'alone' else 'original')
    if hit['text'] == 'original':
        piece = fold(original[begin:end].decode()).encode()
        # A hit may begin or end amid what one character folds to. What stands before folds to what is before it.
        good = good and phrase in piece and len(piece) - len(phrase) < 8
        good = good and folded.startswith(fold(original[:begin].decode()).encode())
        good = good and abs(len(fold(original[:begin].decode()).encode()) - hit['folded_offset']) < 8
    at, snippet = hit['snippet_offset'], hit['snippet'].encode()
    good = good and text[at:at + len(snippet)] == snippet and at <= begin and at + len(snippet) >= end
    good = good and begin - at <= 9 and at + len(snippet) - end <= 9
    wrong += not good
print(f'{wrong} wrong of {seen}')
sys.exit(wrong > 0 or seen < 100)
END
for index in whole.ngidx cut.ngidx; do
    check "$index: hits in folded text have their places in the original" \
        python3 check_hits.py "$CLI_TESTS/../property" $index.hits beside
done
check 'cut.folded: hits in folded text alone' python3 check_hits.py "$CLI_TESTS/../property" cut.folded.hits alone
check 'and as many as are counted' test "$(wc -l < whole.ngidx.hits)" -eq \
    "$("$NGIDX" count -i whole.ngidx --view folded --queries <(sort -u phrases | head -40) | awk '{ sum += $1 } END { print sum }')"

run build 1.jsonl -o x "${both[@]}" --dry-run --json
both_bytes=$(jq .index_bytes out)
run build 1.jsonl -o x --dry-run --json
check 'the plan of both views is larger' test "$both_bytes" -gt "$(jq .index_bytes out)"
run append whole.ngidx 1.jsonl --dry-run --json
check 'the plan of an append knows the views' test "$(jq .index_bytes out)" -eq "$both_bytes"

run merge 1.ngidx 2.ngidx 3.ngidx -o merged.ngidx -q
check 'merge of both views is one build of everything' diff -r whole.ngidx merged.ngidx
run merge 1.folded 2.folded 3.folded -o merged.folded -q
check 'merge of folded views is one build of everything' diff -r whole.folded merged.folded
run merge 1.ngidx 2.ngidx 3.ngidx -o small.ngidx --shard-size 1K -q
run count -i small.ngidx --view folded --queries phrases
check 'shards that are taken over keep both views' cmp out counts
cp -r 1.ngidx grown.ngidx
run append grown.ngidx 2.jsonl 3.jsonl -q
run count -i grown.ngidx --view folded --queries phrases
check 'append builds the views of the index' cmp out counts
run compact grown.ngidx --full -q
check 'append builds the views of the index: compacted, it is one build of everything' diff -r whole.ngidx grown.ngidx
cp -r 1.folded grown.folded
run append grown.folded 2.jsonl 3.jsonl -q
run count -i grown.folded --view folded --queries phrases
check 'append to a folded view alone' cmp out counts
run compact grown.folded --full -q
check 'append to a folded view alone: compacted, it is one build of everything' diff -r whole.folded grown.folded
run append grown.ngidx 2.jsonl --view folded
fails 'append of another view' 'has the view exact,folded'
run merge 1.ngidx 2.folded -o x.ngidx
fails 'merge of indexes with other views' 'exact,folded' 'folded' '^  try: '
run merge 1.ngidx exact.ngidx -o x.ngidx
fails 'merge with an index of exact text' 'has exact' '^  try: '

run count -i exact.ngidx --view folded find
fails 'a view that is not there' 'no folded view' 'view exact,folded'
run count -i whole.folded --view exact find
fails 'an exact view that is not there' 'no exact view'
run count -i whole.ngidx --view other find
fails 'a view of no name' "not 'other'"
run count -i whole.ngidx --view folded ' ... '
fails 'a phrase that folds to nothing' 'folds to nothing'
run count -i whole.folded QUICK
check 'folded text alone is searched, and that is said' grep -q 'folded text alone' err
check 'and the phrase is folded' test "$out" -gt 0
for command in 'doc 0' 'export'; do
    # shellcheck disable=SC2086 # words
    run $command -i whole.folded
    check "$command of folded text alone says so" grep -q 'folded text alone' err
done
run build 1.jsonl -o x.folded --view folded --json -q
json 'the summary tells the view' 0 '.[0] | .views == ["folded"] and .folded_text_bytes == .text_bytes'
run stats -i whole.ngidx --json
json 'stats tell both views' 0 '.[0] | [.views[].view] == ["exact", "folded"] and .views[1].fold_version == 1 and
    ([.views[].bytes] | add) < .index_bytes and (.shards | length) == 2'
run build 1.jsonl -o x --view exact,other
fails 'a view to build that has no name' "exact, folded or exact,folded"

# Another version of folding, or of Unicode: named. The manifest is sealed anew.
reseal() {
    python3 - "$1" "$2" "$3" << 'END'
import ctypes, sys
path, old, new = sys.argv[1:]
text = open(path).read().replace(old, new)
body = text[:text.rindex('  "checksum"')]
hash64 = ctypes.CDLL('libxxhash.so.0').XXH3_64bits
hash64.restype, hash64.argtypes = ctypes.c_uint64, [ctypes.c_char_p, ctypes.c_size_t]
open(path, 'w').write(body + f'  "checksum": "{hash64(body.encode(), len(body.encode())):016x}"\n}}\n')
END
}
cp -r whole.ngidx other.ngidx
reseal other.ngidx/index.json '"version": 1' '"version": 9'
run count -i other.ngidx --view folded quick
fails 'another version of folding' 'version 9 of folding'
run count -i other.ngidx quick
check 'its exact view is searched all the same' test "$code" -eq 0
run append other.ngidx 1.jsonl
fails 'append to it' 'folded by version 9'
run merge whole.ngidx other.ngidx -o x.ngidx
fails 'merge with it' 'folded by version'
cp -r whole.ngidx old.ngidx
reseal old.ngidx/index.json '"unicode": "' '"unicode": "1'
run count -i old.ngidx --view folded quick
check 'another version of Unicode is told' grep -q 'warning: .*Unicode 1' err

# Damage of a folded shard is found, whichever view is asked for.
cp -r whole.ngidx damaged.ngidx
printf 'x' | dd of=damaged.ngidx/shard-00000.ngf bs=1 seek=20000 conv=notrunc status=none
run verify -i damaged.ngidx
fails 'damage of a folded shard' 'shard-00000\.ngf'
rm damaged.ngidx/shard-00000.ngf
run count -i damaged.ngidx quick
fails 'a folded shard that is missing' 'shard-00000\.ngf'

# After kill -9 at any time the index is the same.
options=("${both[@]}" --block-size 20K --shard-size 60K --threads 2 --memory 512M)
start=$(date +%s%N)
build 1.jsonl 2.jsonl 3.jsonl -o go "${options[@]}"
took_ms=$((($(date +%s%N) - start) / 1000000))
met=0 wrong=0
for _ in 1 2 3 4 5 6 7 8; do
    rm -rf killed killed.building
    "$NGIDX" build -q 1.jsonl 2.jsonl 3.jsonl -o killed "${options[@]}" 2> /dev/null &
    pid=$!
    sleep "$(printf '0.%03d' $((RANDOM * took_ms / 32768 % 1000)))"
    kill -9 "$pid" 2> /dev/null && met=$((met + 1))
    wait "$pid" 2> /dev/null
    [ -e killed ] && continue
    run build -q 1.jsonl 2.jsonl 3.jsonl -o killed "${options[@]}" --resume
    diff -r go killed > diff.out 2>&1 || wrong=$((wrong + 1))
done
check "both views are the same after kill -9 ($met of 8 met a running build)" test $wrong -eq 0 -a $met -gt 0
"$NGIDX" build -q 1.jsonl 2.jsonl 3.jsonl -o killed "${options[@]}" --force 2> /dev/null &
pid=$!
for _ in $(seq 1 1000); do
    grep -q ' fold shard' killed.building/journal.tmp 2> /dev/null && break
    sleep 0.002
done
kill -9 $pid 2> /dev/null
wait $pid 2> /dev/null
if [ -d killed.building ]; then
    sed -i '/ shard shard-00001/,$d' killed.building/journal.tmp
    run build -q 1.jsonl 2.jsonl 3.jsonl -o killed "${options[@]}" --resume --force
    check 'a folded shard without its exact one is no step' diff -r go killed
fi
