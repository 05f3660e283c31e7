#!/bin/bash
# The calls of the peer's API documentation, with another host.
set -u
printf '{"text": "the University of Washington, and again the University of Washington"}\n' > corpus.jsonl
"$NGIDX" build -q corpus.jsonl -o corpus.ngidx || exit 1
"$NGIDXD" -i v2_cc-2025-05=corpus.ngidx -l 0 2> log &
daemon=$!
for _ in $(seq 600); do
    if grep -q 'listening on' log; then break; fi
    sleep 0.05
done
url=$(sed -n 's/.*listening on //p' log)
check() {
    if [ "$2" = "$3" ]; then echo "ok $1"; else printf 'not ok %s\n    seen: %s\n    wanted: %s\n' "$1" "$2" "$3"; fi
}
out=$(curl -s -X POST -H "Content-Type: application/json" \
    -d '{"index": "v2_cc-2025-05", "query_type": "count", "query": "University of Washington"}' "$url")
check 'the documented call' "$(jq -c 'keys' <<< "$out") $(jq .count <<< "$out")" '["count","latency"] 2'
check 'ngidxd takes a URL with a percent' "$(curl -s "${url}v1/v2_cc-2025-05/count?query=University%20of" | jq .count)" 2
check 'a body in chunks' "$(curl -s -H 'Transfer-Encoding: chunked' -d '{"query": "the"}' \
    "${url}v1/v2_cc-2025-05/count" | jq .count)" 2
head -c 3000000 /dev/zero | tr '\0' x > large
check 'a body with Expect: 100-continue' "$(curl -s -o /dev/null -w '%{http_code}' -H 'Expect: 100-continue' \
    --data-binary @large "${url}v1/v2_cc-2025-05/count")" 400
kill "$daemon"
wait "$daemon"
check 'the daemon ends well' $? 0

"$NGIDX" serve -i one=corpus.ngidx --listen 0 2> log2 &
daemon=$!
for _ in $(seq 600); do
    if grep -q 'listening on' log2; then break; fi
    sleep 0.05
done
url=$(sed -n 's/.*listening on //p' log2)
check 'ngidx serve is the same' "$(curl -s "${url}v1/one/count?query=Washington" | jq .count)" 2
kill "$daemon"
wait "$daemon"
check 'ngidx serve ends well' $? 0
