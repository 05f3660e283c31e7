#!/bin/bash
# The same 1,000 documents in many ways: their indexes are the same, byte for byte, but for what tells where documents
# come from.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

cat > make.py << 'SCRIPT'
import bz2, gzip, io, json, lzma, tarfile
texts = [f"document {i} of the twins\nthe heron number {i * i} waits, café 𝄞\n" * (i % 7) for i in range(1000)]
lines = "".join(json.dumps({"text": t, "n": i}) + "\n" for i, t in enumerate(texts)).encode()
write = lambda name, data: open(name, "wb").write(data)
write("plain", lines)
write("gz", gzip.compress(lines))
write("bz2", bz2.compress(lines))
write("xz", lzma.compress(lines))
write("utf16", lines.decode().encode("utf-16"))
write("array", b"[" + b",\n".join(lines.splitlines()) + b"]")
write("cr", lines.replace(b"\n", b"\r"))
write("columns.json", json.dumps({"text": texts, "n": list(range(1000))}).encode())
with tarfile.open("tar", "w") as tar:
    for half in range(2):
        part = b"".join(lines.splitlines(True)[500 * half:500 * half + 500])
        member = tarfile.TarInfo(f"part{half}.jsonl")
        member.size = len(part)
        tar.addfile(member, io.BytesIO(part))
def record(text):
    return (f"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: {len(text.encode())}\r\n\r\n{text}\r\n\r\n").encode()
write("wet", gzip.compress(b"".join(map(record, texts))))
SCRIPT
cat > same.py << 'SCRIPT'
import sys
sys.path.insert(0, sys.argv[1])
import decode
parts = [decode.sections(open(f"{index}.ngidx/shard-00000.ngx", "rb").read()) for index in sys.argv[2:]]
names = ["META", "DOCS", "JUMP", "RDAT", "RDIR", "MARK", "SAMP", "SINV", "DORD", "HEAD"]
different = [name for name, a, b in zip(names, *parts) if bytes(a) != bytes(b)]
sys.exit(f"{different} differ" if set(different) - {"META", "DOCS"} else 0)
SCRIPT
python3 make.py
zstd -q plain -o zst
zstd -q tar -o tar.zst
build plain -o plain.ngidx
for twin in gz bz2 xz zst utf16 array cr columns.json tar tar.zst wet; do
    build "$twin" -o "$twin.ngidx"
    check "$twin: the same index" python3 same.py "$CLI_TESTS/../golden" plain "$twin"
    if [ $twin != wet ]; then
        check "$twin: the same documents" cmp -s <("$NGIDX" export -i plain.ngidx | jq -c .) <("$NGIDX" export -i "$twin.ngidx" | jq -c .)
    fi
done
# Under one name nothing tells them apart.
for twin in plain gz bz2 xz zst; do
    mkdir "in-$twin"
    cp $twin "in-$twin/x"
    (cd "in-$twin" && "$NGIDX" build -q x -o index)
    check "$twin: the same shard, all of it" cmp -s in-plain/index/shard-00000.ngx "in-$twin/index/shard-00000.ngx"
done
# A library reads archives, which is loaded when the first one is met.
mkdir broken && echo nothing > broken/libarchive.so.13
LD_LIBRARY_PATH=$PWD/broken run build tar -o none.ngidx
fails 'no library for archives' 'cannot load the library that reads archives: .*broken/libarchive' libarchive13
check 'and no index' test ! -e none.ngidx
LD_LIBRARY_PATH=$PWD/broken run build tar -o none.ngidx --skip-bad-files
fails 'an archive is not bad for that' 'cannot load the library that reads archives'
check 'other files do without it' env LD_LIBRARY_PATH="$PWD/broken" "$NGIDX" build -q gz -o none.ngidx
