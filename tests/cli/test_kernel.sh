#!/bin/bash
# NGIDX_KERNEL: every kernel gives the same index and answers, and one that cannot run is an error, named.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

# A leaf and more, with cells of every encoding.
seq 1 3000 | sed 's/.*/{"text": "line & of the corpus, and a few more words: & & &"}/' > corpus.jsonl
seq -f '%.0f of the corpus' 1 4 > queries

tried=0
for kernel in portable bmi2 avx512; do
    NGIDX_KERNEL=$kernel run --version
    if [ "$code" -ne 0 ]; then
        check "$kernel, which this processor lacks, is named" grep -q "^ngidx: .*NGIDX_KERNEL=$kernel: this processor lacks" err
        continue
    fi
    tried=$((tried + 1))
    check "--version says that $kernel runs" grep -q "(kernel $kernel)" out
    NGIDX_KERNEL=$kernel run build -q corpus.jsonl -o "$kernel.ngidx"
    check "$kernel builds" test "$code" -eq 0
    NGIDX_KERNEL=$kernel run count -i "$kernel.ngidx" --queries queries
    check "$kernel counts" test "$code" -eq 0
    cp out "$kernel.counts"
    check "$kernel counts as portable does" cmp -s portable.counts "$kernel.counts"
    check "$kernel builds the same shard" cmp -s portable.ngidx/shard-00000.ngx "$kernel.ngidx/shard-00000.ngx"
done
check 'the portable kernels run everywhere' test "$tried" -ge 1

NGIDX_KERNEL=sse9 run count -i portable.ngidx corpus
check 'an unknown name is an error' test "$code" -eq 2
check 'and is named' grep -q 'NGIDX_KERNEL=sse9: there is no such kernel' err
check 'with those that there are' grep -q 'portable, bmi2 or avx512' err
NGIDX_KERNEL='' run --version
check 'so is an empty one' test "$code" -eq 2
