#!/bin/bash
# NGIDX_KERNEL: the daemon does not start with a kernel that cannot run, and says why.
set -u
# shellcheck source=tests/http/lib.sh
. "$HTTP_TESTS/lib.sh"

echo '{"text": "one fish"}' > fish.jsonl
"$NGIDX" build -q fish.jsonl -o fish.ngidx || exit 1

for name in sse9 ''; do
    NGIDX_KERNEL=$name timeout 20 "$NGIDXD" --listen 127.0.0.1:0 -i fish=fish.ngidx > out 2> err
    check "a daemon with the kernel '$name' ends" $? 2
    check "and names '$name'" "$(head -1 err)" "ngidxd: NGIDX_KERNEL=$name: there is no such kernel"
    check 'with those that there are' "$(grep -c 'portable, bmi2 or avx512' err)" 1
done

export NGIDX_KERNEL=portable
start_daemon "$NGIDXD" -i fish=fish.ngidx
check 'the portable kernel answers' "$(curl -s "${url}v1/fish/count?query=fish" | jq .count)" 1
stop_daemon
