#!/bin/bash
# The page in Chromium, driven by playwright-core; skipped where there is no browser, Node.js or playwright-core.
# PAGE_SHOTS=FOLDER keeps screenshots.
set -u
# shellcheck source=tests/http/lib.sh
. "$HTTP_TESTS/lib.sh"
playwright=1.65.1
modules=$HTTP_TESTS/../../build/node

skip() {
    echo "skip page $1"
    exit 0
}

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip 'there is no Chromium'
command -v node > /dev/null || skip 'there is no Node.js'
mkdir -p "$modules"
exec 9> "$modules/lock" && flock 9 # several builds are tested at a time
if ! grep -qs "\"$playwright\"" "$modules/node_modules/playwright-core/package.json"; then
    command -v npm > /dev/null || skip 'there is no npm to fetch playwright-core with'
    timeout 120 npm install --prefix "$modules" --no-save --no-audit --no-fund --ignore-scripts \
        "playwright-core@$playwright" > npm.log 2>&1 || skip "playwright-core cannot be fetched: $(tail -n 1 npm.log)"
fi
flock -u 9

python3 "$HTTP_TESTS/page_indexes.py" || exit 1
start_daemon "$NGIDXD" -i fish=fish.ngidx -i birds=birds.ngidx -i both=both.ngidx
NODE_PATH=$modules/node_modules BROWSER=$browser timeout 240 node "$HTTP_TESTS/page.js" "$url" "$PWD"
status=$?
stop_daemon || status=1
exit "$status"
