#!/bin/bash
# The upload page of a bulletin in Chromium, wide and narrow, light and dark, checked by axe; skipped where there is no
# browser, Node.js, playwright-core or axe-core. PAGE_SHOTS=FOLDER keeps screenshots.
set -u
# shellcheck source=tests/http/lib.sh
. "$HTTP_TESTS/lib.sh"
# shellcheck source=tests/http/browser.sh
. "$HTTP_TESTS/browser.sh"
need_browser upload

echo '{"text":"one fish two fish red fish blue fish and so on"}' > corpus.jsonl
echo '{"question":"one fish two fish red fish blue fish and so on"}' > bench.jsonl
printf '{"question":"one caf\xe9 two caf\xe9 red caf\xe9 blue caf\xe9 and so on"}\n' > latin.jsonl
echo '<img src=x onerror=alert(1)>' > broken.jsonl
"$NGIDX" build -q corpus.jsonl -o fish.ngidx --view exact,folded &&
    "$NGIDX" contam bench.jsonl -i fish=fish.ngidx --report report > contam.log 2>&1 &&
    "$NGIDX" bulletin -q report -o site || exit 1
start_daemon "$NGIDXD" -i fish=fish.ngidx --bulletin site --accept-benchmarks
timeout 240 node "$HTTP_TESTS/upload.js" "$url" "$PWD"
status=$?
stop_daemon || status=1
exit "$status"
