#!/bin/bash
# "make bench": measures ngidx and, side by side, the peer: SDSL's FM-index, from Debian's libsdsl-dev.
# bench.sh [BUILD]. Everything that it writes is in BUILD/bench: results.md, results.json, size-time.svg; texts and
# built indexes are kept there for the next run. In the environment:
#   TEXT=CORPUS         measures this corpus (whatever "ngidx build" takes) instead of the texts below
#   BENCH_TEXTS="..."   which of prose (../shared/corpora, where present), c-source (Debian's linux-source package),
#                       debian (this machine's documentation)
#   BENCH_MEGABYTES=200 most text of each, the peer being slow to build; of c-source, size and build time of the
#                       whole are measured as well
#   BENCH_ROUNDS=5      rounds, ngidx and the peer in turns
#   NGIDX_KERNEL=bmi2   measures these kernels; else the fastest and, where that is avx512, bmi2 beside it
#   BENCH_QUICK=1       20 MB of each, few phrases, no whole c-source: to see that all works
set -eu -o pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
unset MAKEFLAGS MFLAGS
bench=$build/bench
prose=../shared/corpora/prose.jsonl.zst
quick=()
if [ -n "${BENCH_QUICK:-}" ] && [ "$BENCH_QUICK" != 0 ]; then quick=(--quick); fi
if [ ${#quick[@]} -gt 0 ]; then megabytes=${BENCH_MEGABYTES:-20}; else megabytes=${BENCH_MEGABYTES:-200}; fi
mkdir -p "$bench"

# The peer is built here and not by make, so that nothing else can come to depend on a library under the GPL.
peer=$bench/peer
if ! printf '#include <sdsl/suffix_arrays.hpp>\n' | g++ -std=c++17 -x c++ -fsyntax-only - 2> /dev/null; then
    echo "bench: no peer to compare with: g++ and libsdsl-dev are needed (scripts/bootstrap.sh --bench installs them)"
    peer=
elif [ ! -x "$peer" ] || [ tests/bench/peer.cpp -nt "$peer" ] || [ tests/bench/page_trap.h -nt "$peer" ]; then
    echo "bench: compiling the peer"
    g++ -std=c++17 -O3 -march=native -DNDEBUG -o "$peer" tests/bench/peer.cpp -lsdsl -ldivsufsort -ldivsufsort64
fi

measured=()
# measure NAME MEGABYTES CORPUS [OPTION]: 0 megabytes are all, without the peer. A text that cannot be had is left out.
measure() {
    local name=$1 most=$2 corpus=$3 status=0
    shift 3
    local text=$name-$most
    if [ "$most" -eq 0 ]; then text=$name-whole; fi
    local source=()
    if [ -n "$corpus" ]; then source=("$corpus" "$build/ngidx"); fi
    python3 scripts/bench_texts.py "$name" "$bench/$text" "$most" "${source[@]}" || status=$?
    if [ "$status" -eq 3 ]; then return 0; fi
    if [ "$status" -ne 0 ]; then return "$status"; fi
    python3 scripts/bench_run.py --name "$text" --folder "$bench/$text" --ngidx "$build/ngidx" --tests "$build/tests" \
        --peer "$peer" --rounds "${BENCH_ROUNDS:-5}" "${quick[@]}" "$@"
    measured+=("$text")
}

picture=(--picture) # of the first text only
measure_next() {
    local before=${#measured[@]}
    measure "$@" "${picture[@]}"
    if [ ${#measured[@]} -gt "$before" ]; then picture=(); fi
}

if [ -n "${TEXT:-}" ]; then
    measure_next text "$megabytes" "$TEXT"
else
    for name in ${BENCH_TEXTS:-prose c-source debian}; do
        case $name in
            prose) if [ -e "$prose" ]; then measure_next prose "$megabytes" "$prose"; fi ;;
            c-source)
                measure_next c-source "$megabytes" ''
                if [ ${#quick[@]} -eq 0 ]; then measure c-source 0 ''; fi
                ;;
            debian) measure_next debian "$megabytes" '' ;;
            *)
                echo "bench: BENCH_TEXTS has no $name" >&2
                exit 2
                ;;
        esac
    done
fi
if [ ${#measured[@]} -eq 0 ]; then
    echo "bench: there was no text to measure with; name one: make bench TEXT=CORPUS" >&2
    exit 1
fi
echo
python3 scripts/bench_report.py "$bench" "${measured[@]}"
echo "bench: written to $bench: results.md, results.json, size-time.svg"
