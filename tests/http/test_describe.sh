#!/bin/bash
# --describe and --example: what an index holds, told by /v1/indexes.
set -u
# shellcheck source=tests/http/lib.sh
. "$HTTP_TESTS/lib.sh"

printf '{"text":"one fish"}\n' > corpus.jsonl
"$NGIDX" build -q corpus.jsonl -o fish.ngidx || exit 1
printf '%s\n' 'index = fish=fish.ngidx' 'describe = fish=Fish, "counted" = listed' 'example = fish=one' > settings
start_daemon "$NGIDXD" --config settings --example 'fish=שלום fish'
check 'a description and examples' "$(curl -s "${url}v1/indexes" | jq -c '.indexes[0] | [.description, .examples]')" \
    '["Fish, \"counted\" = listed",["one","שלום fish"]]'
stop_daemon || exit 1

# refused NAME MESSAGE ARGUMENT...
refused() {
    local name=$1 message=$2 code seen
    shift 2
    seen=$(timeout 10 "$NGIDXD" --listen 127.0.0.1:0 -i fish=fish.ngidx "$@" 2>&1)
    code=$?
    check "$name" "$code $(grep -c -e "$message" <<< "$seen")" '2 1'
}
refused 'an index that there is not' "no index 'birds' to describe" --describe birds=Birds
refused 'no name' "is no NAME=TEXT" --describe Fish
refused 'no text' "is no NAME=TEXT" --describe fish=
refused 'not UTF-8' "is no NAME=TEXT" --describe fish=$'\xff'
refused 'too long' "is no NAME=TEXT" --example "fish=$(printf 'x%.0s' $(seq 1001))"
refused 'two descriptions' "described twice" --describe fish=a --describe fish=b
many=()
for i in $(seq 21); do many+=(--example "fish=$i"); done
refused 'too many examples' 'more than 20 examples' "${many[@]}"
