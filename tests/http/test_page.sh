#!/bin/bash
# The page in Chromium, driven by playwright-core; skipped where there is no browser, Node.js or playwright-core.
# PAGE_SHOTS=FOLDER keeps screenshots.
set -u
# shellcheck source=tests/http/lib.sh
. "$HTTP_TESTS/lib.sh"
# shellcheck source=tests/http/browser.sh
. "$HTTP_TESTS/browser.sh"
need_browser page

python3 "$HTTP_TESTS/page_indexes.py" || exit 1
start_daemon "$NGIDXD" -i fish=fish.ngidx -i birds=birds.ngidx -i both=both.ngidx
timeout 240 node "$HTTP_TESTS/page.js" "$url" "$PWD"
status=$?
stop_daemon || status=1
exit "$status"
