#!/bin/bash
# report.html in Chromium, wide and narrow, light and dark, checked by axe, redacted, and without scripts; skipped where
# there is no browser, Node.js, playwright-core or axe-core. PAGE_SHOTS=FOLDER keeps screenshots.
set -u
# shellcheck source=tests/http/lib.sh
. "$HTTP_TESTS/lib.sh"
# shellcheck source=tests/http/browser.sh
. "$HTTP_TESTS/browser.sh"
need_browser report

words='one fish two fish red fish blue fish black fish blue fish old fish new fish'
printf '{"text":"Somebody said: %s, this one has a little star, this one has a little car, and so it goes on for a while."}\n' "$words" > corpus.jsonl
entry() {
    printf '{"id":"%s","question":"%s"}\n' "$1" "$2"
}
{
    entry whole "$words"
    entry half "one fish two fish red fish blue fish and then it goes on in words of its own, and on"
    entry none "a question that nobody has ever written down anywhere 👩‍👩‍👦 می‌خواهم hid$(printf '\u200d')den"
} > a.jsonl
cp a.jsonl b.jsonl
entry more "another question that nobody has ever written down" >> b.jsonl
echo '{"one":{"version":"7","licence":"MIT","url":"https://example.org/corpus","crawl_date":"2024-05"}}' > corpus.json
echo '{"a":{"revision":"r1","url":"https://example.org/a"},"b":{"licence":"MIT"}}' > benchmarks.json
export SOURCE_DATE_EPOCH=1700000000
"$NGIDX" build -q corpus.jsonl -o one.ngidx &&
    "$NGIDX" contam a.jsonl b.jsonl -i one.ngidx --chars 20 --report report --sample 3 --self-test --passages 5 \
        --corpus-info corpus.json --benchmark-info benchmarks.json > contam.log 2>&1 &&
    "$NGIDX" contam a.jsonl -i one.ngidx --chars 20 --report redacted --redact > contam.log 2>&1 || exit 1
timeout 240 node "$HTTP_TESTS/report.js" "$PWD/report"
