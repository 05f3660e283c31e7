#!/bin/bash
# Counts a second over HTTP, beside the most that libevent does with a fixed answer on this machine:
#     bench_http.sh INDEX [BUILD]
# wrk, one thread and 64 connections on loopback, POSTs counts of 20-byte phrases from all over the index's text. Both
# servers are measured in turns, five times, and the medians and their ratio are printed. BENCH_SECONDS (3) a turn.
set -eu -o pipefail
cd "$(dirname "$0")/.."
if [ $# -lt 1 ] || [ ! -d "$1" ]; then
    echo "usage: $0 INDEX [BUILD]" >&2
    exit 2
fi
index=$(realpath "$1") build=${2:-build} seconds=${BENCH_SECONDS:-3}
if ! command -v wrk > /dev/null; then
    echo "bench_http.sh: wrk is missing; scripts/bootstrap.sh --bench installs it" >&2
    exit 1
fi
make --no-print-directory BUILD="$build" all "$build/tests/bench_http_ceiling" > /dev/null
work=$(mktemp -d)
servers=()
trap 'kill "${servers[@]}" 2> /dev/null || true; rm -rf "$work"' EXIT

"$build/ngidx" export -i "$index" | python3 -c '
import json, random, sys
random.seed(1)
for line in sys.stdin:
    text = json.loads(line)["text"].encode()
    for _ in range(min(6, len(text) // 40)):
        at = random.randrange(len(text) - 20)
        print(json.dumps(text[at : at + 20].decode(errors="ignore")))
' | shuf -n 100000 --random-source=<(yes) > "$work/phrases"
cat > "$work/count.lua" << 'LUA'
local phrases = {}
for line in io.lines(os.getenv("PHRASES")) do phrases[#phrases + 1] = line end
local headers = {["Content-Type"] = "application/json"}
request = function()
    local phrase = phrases[math.random(#phrases)]
    return wrk.format("POST", "/", headers, '{"index": "bench", "query_type": "count", "query": ' .. phrase .. "}")
end
LUA

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
ceiling=$(free_port)
"$build/tests/bench_http_ceiling" "$ceiling" &
servers+=($!)
daemon=$(free_port)
"$build/ngidxd" -i "bench=$index" --listen "$daemon" 2> "$work/log" &
servers+=($!)
sleep 1

# load PORT SECONDS: prints requests a second, and the median and 99th percentile of the latency.
load() {
    PHRASES=$work/phrases wrk -t1 -c64 -d"$2" --latency -s "$work/count.lua" "http://127.0.0.1:$1/" > "$work/wrk"
    if grep -q 'Non-2xx' "$work/wrk"; then
        cat "$work/wrk" >&2
        exit 1
    fi
    awk '/^ +50%/ { p50 = $2 } /^ +99%/ { p99 = $2 } /^Requests\/sec/ { print $2, p50, p99 }' "$work/wrk"
}
load "$daemon" 2 > /dev/null # brings the index into memory
for _ in 1 2 3 4 5; do
    load "$ceiling" "$seconds" >> "$work/ceiling"
    load "$daemon" "$seconds" >> "$work/daemon"
done
read -r ceiling_rate p50 p99 < <(sort -n "$work/ceiling" | sed -n 3p)
echo "libevent, a fixed answer: $ceiling_rate requests/s, p50 $p50, p99 $p99"
read -r daemon_rate p50 p99 < <(sort -n "$work/daemon" | sed -n 3p)
echo "ngidxd, counts:           $daemon_rate requests/s, p50 $p50, p99 $p99"
awk -v a="$daemon_rate" -v b="$ceiling_rate" 'BEGIN { printf "ratio:                    %.2f\n", a / b }'
