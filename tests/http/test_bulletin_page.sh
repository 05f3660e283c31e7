#!/bin/bash
# A bulletin in Chromium, wide and narrow, light and dark, checked by axe, and without scripts; skipped where there is no
# browser, Node.js, playwright-core or axe-core. PAGE_SHOTS=FOLDER keeps screenshots.
set -u
# shellcheck source=tests/http/lib.sh
. "$HTTP_TESTS/lib.sh"
# shellcheck source=tests/http/browser.sh
. "$HTTP_TESTS/browser.sh"
need_browser bulletin

echo '{"text":"one fish two fish red fish blue fish and so on"}' > corpus.jsonl
echo '{"question":"one fish two fish red fish blue fish and so on"}' > bench.jsonl
"$NGIDX" build -q corpus.jsonl -o one.ngidx &&
    "$NGIDX" contam bench.jsonl -i one.ngidx --chars 20 --report report > contam.log 2>&1 &&
    python3 "$HTTP_TESTS/../cli/many_reports.py" report/report.json many &&
    "$NGIDX" bulletin -q many/* -o site || exit 1
timeout 240 node "$HTTP_TESTS/bulletin.js" "$PWD/site"
