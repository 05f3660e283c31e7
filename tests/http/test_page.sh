#!/bin/bash
# The page in Chromium, driven by playwright-core and checked by axe; skipped where there is no browser, Node.js,
# playwright-core or axe-core. PAGE_SHOTS=FOLDER keeps screenshots.
set -u
# shellcheck source=tests/http/lib.sh
. "$HTTP_TESTS/lib.sh"
# shellcheck source=tests/http/browser.sh
. "$HTTP_TESTS/browser.sh"
need_browser page

python3 "$HTTP_TESTS/page_indexes.py" || exit 1
"$NGIDX" contam bench.jsonl.gz -i birds=birds.ngidx --report report > contam.log 2>&1 || exit 1
start_daemon "$NGIDXD" --describe 'fish=Fish, counted and coloured' --example 'fish=red fish' -i fish=fish.ngidx -i birds=birds.ngidx -i both=both.ngidx -i scripts=scripts.ngidx
timeout 400 node "$HTTP_TESTS/page.js" "$url" "$PWD"
status=$?
stop_daemon || status=1
check 'contam diff reads the report that the page saved' "$("$NGIDX" contam diff report saved.json 2>&1 | tail -1)" '0 of 3 entries before and 3 now differ'
exit "$status"
