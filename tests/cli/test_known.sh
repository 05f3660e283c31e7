#!/bin/bash
# The list of an index's files: append tells which files are in it already, and which have changed.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

mkdir corpus
for n in 1 2 3; do seq "${n}00" "${n}20" | sed 's/.*/{"text": "word &"}/' > corpus/$n.jsonl; done
gzip -k corpus/1.jsonl
echo 'one document' > corpus/a.txt
: > corpus/empty.txt
tar cf corpus/t.tar corpus/a.txt
printf '\0\0\1\2' > corpus/binary
build corpus -o index --memory 256M

# listed: what files.ngx holds, as "bytes hash path", after a line that says whether it is partial.
listed() {
    python3 - "$1/files.ngx" << 'END'
import struct, sys
data = open(sys.argv[1], "rb").read()
offset, length = struct.unpack_from("<QQ", data, 32 + 8)
count, partial = struct.unpack_from("<QQ", data, offset)
at, end = offset + 16, offset + length
lines = [f"partial {partial}"]
while at < end:
    stop = data.index(b"\0", at + 24)
    size, = struct.unpack_from("<Q", data, at)
    lines.append(f"{size} {data[at + 8:at + 24].hex()} {data[at + 24:stop].decode()}")
    at, count = stop + 1, count - 1
assert at == end and count == 0
print("\n".join(lines))
END
}
wanted=$(for file in 1.jsonl 1.jsonl.gz 2.jsonl 3.jsonl a.txt empty.txt t.tar; do echo "$(stat -c %s corpus/$file) corpus/$file"; done)
check 'the list has the files that gave documents' test "$(listed index | cut -d ' ' -f 1,3 | sed 1d)" = "$wanted"
check 'it is whole' test "$(listed index | head -1)" = 'partial 0'
check 'its hashes are those of the stored bytes' python3 - <(listed index | sed 1d) << 'END'
import ctypes, sys
class Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]
library = ctypes.CDLL("libxxhash.so.0")
library.XXH3_128bits.restype = Hash
for line in open(sys.argv[1]):
    size, wanted, path = line.split()
    data = open(path, "rb").read()
    found = library.XXH3_128bits(data, ctypes.c_size_t(len(data)))
    assert f"{found.high:016x}{found.low:016x}" == wanted and len(data) == int(size), path
END

cp -r index before
run append index corpus --skip-known --json
json '--skip-known passes over all' 0 '.[0] | .skipped.known == 7 and .known == 0 and .documents == 87'
check 'the index is as it was' diff -r index before
check 'nothing is left beside it' test ! -e index.building
cp corpus/2.jsonl renamed.jsonl
echo '{"text": "one more"}' >> corpus/3.jsonl
tr 9 8 < corpus/1.jsonl > same_size && mv same_size corpus/1.jsonl
echo '{"text": "new"}' > corpus/4.jsonl
run append index renamed.jsonl corpus --skip-known --json
json 'renamed, changed, and new' 0 '.[0] | .skipped.known == 6 and .changed == 2 and .known == 0 and .documents == 87 + 21 + 22 + 1'
json 'under which name it is known' 0 '.[0].notes | any(. == {"note": "known", "path": "renamed.jsonl", "why": "corpus/2.jsonl"})'
check 'those that changed are listed twice' test "$(listed index | grep -c 'corpus/3.jsonl')" -eq 2
run append index corpus
check 'without it they are added with a warning' test "$code" -eq 0
check 'a count' grep -q '^warning: files that were in the index already .*: 8$' err
check 'the first few' grep -q '^  corpus/1.jsonl.gz$' err
check 'and how to see more' grep -q '  and 3 more (--list-repaired names them all)' err
run append index renamed.jsonl
check 'the other name is told' grep -q '^  renamed.jsonl: corpus/2.jsonl$' err
run append -q index renamed.jsonl
check 'quiet stays quiet' test "$code" -eq 0 -a ! -s err

run append index - --json < corpus/2.jsonl
json 'standard input goes by its content' 0 '.[0] | .known == 1 and (.notes | any(.why == "corpus/2.jsonl"))'
echo '{"text": "other input"}' | run append index - --json
json 'other content there is no change' 0 '.[0] | .known == 0 and .changed == 0'
run verify -i index
check 'verify checks the list, too' test "$code" -eq 0

# Whatever makes an index of others takes the lists over.
files=$(listed index)
run compact index -q
check 'compact keeps the list' test "$(listed index)" = "$files"
run remove index --phrase 'one document' -q
check 'so does remove' test "$code" -eq 0 -a "$(listed index)" = "$files"
build corpus/1.jsonl -o one
build corpus/2.jsonl -o two
run merge one two -o both -q
check 'merge unites lists' test "$(listed both | cut -d ' ' -f 3 | tr '\n' ' ')" = ' corpus/1.jsonl corpus/2.jsonl '
for task in 0 1; do run build corpus/1.jsonl corpus/2.jsonl -o tasks --task $task/2 -q; done
run build -o tasks --finish -q
check 'so do tasks' test "$(listed tasks)" = "$(listed both)"

# A list that is damaged or missing keeps no query from its answer, and is no list.
run count -i index 'word 200'
count=$out
for damage in damaged missing; do
    cp -r index $damage
    if [ $damage = damaged ]; then printf X | dd of=damaged/files.ngx bs=1 seek=4150 conv=notrunc 2> /dev/null; else rm missing/files.ngx; fi
    run count -i $damage 'word 200'
    gives "$damage: queries do without" 0 "$count"
    run verify -i $damage
    fails "$damage: verify tells" 'files.ngx'
    run append $damage corpus
    fails "$damage: append refuses" 'files.ngx' 'ngidx merge'
    run merge $damage -o $damage.new
    check "$damage: merge goes on without it" test "$code" -eq 0 -a ! -e $damage.new/files.ngx
    check "$damage: and warns" grep -q '^warning: a list of files' err
done

# An index of an earlier program has no list.
cp -r "$CLI_TESTS/../golden/v1" old && chmod -R u+w old
run append old corpus/2.jsonl
check 'an old index: it is not known what is in it' grep -q 'does not list all of its files' err
check 'it warns of none' test -z "$(grep warning err)"
check 'its list is partial from then on' test "$(listed old | cut -d ' ' -f 1,3 | tr '\n' ' ')" = "partial $(stat -c %s corpus/2.jsonl) corpus/2.jsonl "
run append old corpus/2.jsonl --skip-known --json
json 'what was added since is known' 0 '.[0] | .unknown_files and .skipped.known == 1'

run build corpus -o none --skip-known
fails 'build has no --skip-known' 'append'
run append index corpus --skip-known --dry-run
fails '--dry-run does not look' 'known'
