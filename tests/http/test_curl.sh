#!/bin/bash
# The calls of the peer's API documentation, with another host; and curl's ways of sending a body.
set -u
# shellcheck source=tests/http/lib.sh
. "$HTTP_TESTS/lib.sh"
printf '{"text": "the University of Washington, and again the University of Washington"}\n' > corpus.jsonl
"$NGIDX" build -q corpus.jsonl -o corpus.ngidx || exit 1

start_daemon "$NGIDXD" -i v2_cc-2025-05=corpus.ngidx
out=$(curl -s -X POST -H "Content-Type: application/json" \
    -d '{"index": "v2_cc-2025-05", "query_type": "count", "query": "University of Washington"}' "$url")
check 'the documented call' "$(jq -c 'keys' <<< "$out") $(jq .count <<< "$out")" '["count","latency"] 2'
count=${url}v1/v2_cc-2025-05/count
check 'a percent in a URL' "$(curl -s "$count?query=University%20of" | jq .count)" 2
check 'a body in chunks' "$(curl -s -H 'Transfer-Encoding: chunked' --json '{"query": "the"}' "$count" | jq .count)" 2
head -c 3000000 /dev/zero | tr '\0' x > large
check 'a body with Expect: 100-continue' \
    "$(curl -s -o /dev/null -w '%{http_code}' -H 'Expect: 100-continue' -H 'Content-Type: application/json' --data-binary @large "$count")" 400
stop_daemon
check 'the daemon ends well' $? 0

start_daemon "$NGIDX" serve -i one=corpus.ngidx
check 'ngidx serve is the same' "$(curl -s "${url}v1/one/count?query=Washington" | jq .count)" 2
stop_daemon
check 'ngidx serve ends well' $? 0
