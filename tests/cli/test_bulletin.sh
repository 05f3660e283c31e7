#!/bin/bash
# bulletin: a site from reports, what it refuses, what a hostile report can do to it, and that a failure leaves the old one.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

cat > corpus.jsonl << 'END_OF_CORPUS'
{"text":"Somebody wrote: alpha beta gamma delta epsilon zeta eta theta iota kappa. Answer: 42 it is."}
{"text":"alpha beta gamma delta epsilon zeta eta theta iota kappa"}
END_OF_CORPUS
cat > bench.jsonl << 'END_OF_BENCH'
{"id":"whole","question":"alpha beta gamma delta epsilon zeta eta theta iota kappa"}
{"id":"half","question":"alpha beta gamma delta epsilon zeta and then it goes on in words of its own"}
{"id":"none","question":"a question that nobody has ever written down anywhere"}
END_OF_BENCH
build corpus.jsonl -o one.ngidx --view exact,folded

# report FOLDER DATE OPTION...
report() {
    local folder=$1 date=$2
    shift 2
    SOURCE_DATE_EPOCH=$(date -ud "$date" +%s) "$NGIDX" contam bench.jsonl -i one=one.ngidx --report "$folder" "$@" > out 2> err ||
        not_ok "report $folder"
}
report a 2026-01-02
report b 2026-03-04
report c 2026-03-04 --preset paper --chars 20

# ---- The site ----

run bulletin a b c -o site --title 'Ours & <theirs>'
gives 'a site' 0 'site/index.html: 3 results of 3 reports'
check 'its files' test "$(ls site)" = $'add.html\nbulletin.csv\nbulletin.json\nindex.html\nreport.schema.json\nreports'
check 'all of each report' test "$(find site/reports -type f | wc -l)" -eq "$(find a b c -type f | wc -l)"
check 'the page is well-formed' python3 - site/index.html site/add.html << 'END_OF_PYTHON'
import html.parser, sys
VOID = {"meta", "link", "input", "line", "circle", "polyline", "br"}
OPTIONAL = {"td", "th"} # which another one ends
class Parser(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links = [], [], []
    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "id" in attributes: self.ids.append(attributes["id"])
        if tag == "a": self.links.append(attributes.get("href", ""))
        if tag in OPTIONAL and self.open[-1] in OPTIONAL: self.open.pop()
        if tag not in VOID: self.open.append(tag)
    def handle_startendtag(self, tag, attributes): pass
    def handle_endtag(self, tag):
        while self.open[-1] in OPTIONAL and self.open[-1] != tag: self.open.pop()
        assert self.open.pop() == tag, (tag, self.getpos())
for path in sys.argv[1:]:
    parser = Parser()
    parser.feed(open(path, encoding="utf-8").read())
    assert not parser.open, parser.open
    assert len(parser.ids) == len(set(parser.ids)), "an id twice"
    missing = [link for link in parser.links if link.startswith("#") and link[1:] not in parser.ids]
    assert not missing, missing
END_OF_PYTHON
check 'the title is text' grep -Fq '<title>Ours &amp; &lt;theirs&gt;</title>' site/index.html
check 'nothing is fetched' test "$(grep -cE '<(script|img|iframe|object|embed)[^>]* src=|@import|url\(|<link[^>]*https?:' site/index.html site/add.html | grep -vc ':0$')" -eq 0
check 'links to cells, reports, files' grep -Fq 'href="#bench--one"' site/index.html
key=$(basename site/reports/2026-01-02-*)
check 'a report by its key' grep -Fq "href=\"reports/$key/report.html\"" site/index.html
cp site/bulletin.json out
json 'bulletin.json' 0 '.[0] | .title == "Ours & <theirs>" and (.reports | length) == 3 and (.results | length) == 3 and
    (.results | map(.method)) == ["folded", "folded", "paper (windows of 20)"] and
    (.results | map(.date[:10])) == ["2026-01-02", "2026-03-04", "2026-03-04"] and
    (.results[0] | .checked == 3 and (.dirty.entries + .suspicious.entries + .common.entries + .clean.entries) == 3)'
json 'bulletin.json: paths of files' 0 "[.[0].reports[].files[]] | index(\"reports/$key/entries.jsonl\") != null"
check 'bulletin.csv' test "$(python3 -c 'import csv; print([(r["benchmark"], r["corpus"], r["date"][:10], r["dirty"]) for r in csv.DictReader(open("site/bulletin.csv"))])')" \
    = "$(jq -r '[.results[] | "(\u0027\(.benchmark)\u0027, \u0027\(.corpus)\u0027, \u0027\(.date[:10])\u0027, \u0027\(.dirty.entries)\u0027)"] | "[" + join(", ") + "]"' site/bulletin.json)"

cp -r site first
run bulletin c b a b -o site --title 'Ours & <theirs>' --json
json 'a report given twice is taken once' 0 '.[0] | .reports == 3 and .duplicates == 1'
check 'the same site, in any order' diff -r first site
report d 2026-05-06
run bulletin site d -o site
gives 'a report more' 0 'site/index.html: 4 results of 4 reports'
check 'the title stays' grep -Fq '<title>Ours &amp; &lt;theirs&gt;</title>' site/index.html
check 'the reports that were there' diff -r first/reports/"$key" site/reports/"$key"
run bulletin d/report.json first -o site
check 'from a file and a site' test "$code" -eq 0 -a "$(jq '.reports | length' site/bulletin.json)" -eq 4
run bulletin site d -o site --data-only
check '--data-only' test "$code" -eq 0 -a "$(find site -name report.html | wc -l)" -eq 0 -a "$(find site -name report.json | wc -l)" -eq 4
rm -rf both && mkdir both && cp -r first both/site
for name in e f g; do report $name "2026-06-0$((RANDOM % 9 + 1))" --sample 2 --seed "$RANDOM"; done
for name in e f g; do "$NGIDX" bulletin -q both/site $name -o both/site & done
wait
check 'several at once: none is lost' test "$(jq '.reports | length' both/site/bulletin.json)" -eq 6
check 'and nothing is left over' test "$(ls both)" = site

# ---- Nine benchmarks, five corpora, four dates ----

python3 "$CLI_TESTS/many_reports.py" a/report.json many
run bulletin many/* -o large
gives 'a large site' 0 'large/index.html: 360 results of 8 reports'
check 'its page is under 1 MB' test "$(stat -c %s large/index.html)" -lt 1000000
check 'with a history of each cell' test "$(grep -c '<details class="cell">' large/index.html)" -eq 45
check 'methods side by side' grep -Fq 'id="beside"' large/index.html
check 'and intervals' grep -Eq '<b>[0-9.]+&#8239;%</b> <small>[0-9.]+–[0-9.]+</small>' large/index.html

# ---- check ----

run bulletin check a/report.json b many/*
check 'check: all is well' test "$code" -eq 0 -a "$(wc -l < out)" -eq 10

# broken NAME FILTER PATTERN: what the filter makes of a report is refused, with the reason, by check and for the site.
broken() {
    mkdir -p "broken/$1"
    jq -c "$2" a/report.json > "broken/$1/report.json"
    run bulletin check "broken/$1/report.json"
    fails "check: $1" "$3"
    run bulletin site "broken/$1" -o site
    fails "bulletin: $1" "$3"
}
rm -rf before && cp -r site before
broken 'a member missing' 'del(.benchmarks[0].dirty)' "benchmarks\[0\] has no member 'dirty'"
broken 'another type' '.benchmarks[0].indexes[0].clean.entries = "3"' \
    'benchmarks\[0\].indexes\[0\].clean.entries is a string, but must be a whole number'
broken 'a fraction of an entry' '.benchmarks[0].checked = 2.5' 'benchmarks\[0\].checked is another number, but must be a whole'
broken 'a negative count' '.cost.windows = -1' "cost.windows is '-1', but must be at least 0"
broken 'a percentage over 100' '.benchmarks[0].dirty.percent = 120' 'dirty.percent .* at most 100'
broken 'an empty name' '.benchmarks[0].name = ""' 'benchmarks\[0\].name is an empty string'
broken 'no benchmark' '.benchmarks = []' 'benchmarks has 0 items, but must have at least 1'
broken 'no hash' '.benchmarks[0].xxh3_128 = "<script>"' 'xxh3_128 .* must match'
broken 'a date of another form' '.date = "yesterday"' "date is 'yesterday', but must match"
broken 'a month 13' '.date = "2026-13-01T00:00:00Z"' "'date' is '2026-13-01T00:00:00Z'"
broken 'another kind of file' '.report = "something else"' 'is not a report'
broken 'a later version' '.report_version = 99' 'reads reports of version 1 and 2, not 99'
broken 'an interval of three' '.benchmarks[0].dirty.interval = [1, 2, 3]' 'dirty.interval has 3 items, but must have at most 2'
broken 'classes that do not add up' '.benchmarks[0].indexes[0].clean.entries += 1 | .benchmarks[0].indexes[0].checked += 0' \
    "its classes have 4 entries, but 3 were checked"
broken 'a wrong percentage' '.benchmarks[0].indexes[0].clean.percent = 1.5' "are .* %, not 1.50 %"
broken 'an interval without the rate' '.benchmarks[0].indexes[0].clean.interval = [0.1, 0.2]' 'does not hold the rate'
broken 'an unknown index' '.benchmarks[0].indexes[0].index = "two"' "figures for index 'two', which 'indexes' does not list"
broken 'an index twice' '.indexes += .indexes' "two indexes have the name 'one'"
broken 'a result twice' '.benchmarks += .benchmarks' "benchmark 'bench' has two results in 'one'"
broken 'more checked than there are' '.benchmarks[0].entries = 2' 'its file has 2 entries, fewer'
broken 'more found than windows' '.benchmarks[0].indexes[0].found = 100000' '100000 windows were found, but it has only'
mkdir -p broken/cut broken/empty broken/text
head -c 500 a/report.json > broken/cut/report.json
: > broken/empty/report.json
echo 'not JSON' > broken/text/report.json
run bulletin check broken/cut
fails 'check: cut short' 'report.json ends in the middle of a JSON value'
run bulletin check broken/empty
fails 'check: empty' 'report.json is empty'
run bulletin check broken/text
fails 'check: not JSON' 'report.json:1: not JSON'
run bulletin check a broken/text nowhere b
check 'check: all are checked' test "$code" -eq 2 -a "$(wc -l < out)" -eq 2 -a "$(grep -c '^ngidx: ' err)" -eq 2
check 'the site is as it was' diff -r before site

# ---- What is not a site, and not a report ----

mkdir mine && echo hello > mine/notes.txt
run bulletin a -o mine
fails 'another folder' "mine holds 'notes.txt', which is not of a bulletin"
check 'is left alone' test "$(cat mine/notes.txt)" = hello
cp -r first guarded && mkdir guarded/.git
run bulletin a -o guarded
fails 'a site with other things in it' "guarded holds '.git'"
run bulletin a -o bench.jsonl
fails 'a file' 'bench.jsonl is not a folder'
run bulletin a -o nowhere/site
fails 'no folder around it' 'cannot use folder nowhere/'
run bulletin mine -o other
fails 'no report' 'mine holds neither report.json nor bulletin.json'
run bulletin nowhere -o other
fails 'nothing there' 'cannot open nowhere'
run bulletin -o other
fails 'no argument' 'REPORT is missing'
run bulletin a
fails 'no output' '-o SITE is missing'
run bulletin check
fails 'check without FILE' 'FILE is missing'
check 'nothing is left over' test ! -e other
mkfifo pipe
run bulletin check pipe
fails 'a pipe' 'pipe is not a regular file'
ln -s "$PWD/first" link
run bulletin first d -o link
check 'a link to a site stays one' test "$code" -eq 0 -a -L link -a "$(jq '.reports | length' first/bulletin.json)" -eq 4

# ---- Hostile reports ----

hostile='</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'"'"'&\u0000\u0007\u202e'
mkdir hostile
jq -c --argjson x "\"$hostile\"" '.benchmarks[0].name = $x | .benchmarks[0].fields = $x | .benchmarks[0].revision = $x |
    .benchmarks[0].url = "javascript:alert(3)" | .indexes[0].name = $x | .indexes[0].version = $x | .indexes[0].url = "https://x/\"><b>" |
    .benchmarks[0].indexes[0].index = $x | .parameters.preset = $x | .parameters.source = $x | .program = $x |
    .command = [$x, "../../etc"] | .method = [$x] | .wording = $x' a/report.json > hostile/report.json
ln -s /etc/passwd hostile/report.html
ln -s /etc/passwd hostile/entries.csv
mkfifo hostile/entries.jsonl
run bulletin a hostile -o strange --title "$hostile"
check 'a hostile report' test "$code" -eq 0
check 'no tag, attribute or link of its own' python3 - strange/index.html strange/add.html << 'END_OF_PYTHON'
import html.parser, re, sys
class Parser(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        assert tag not in {"img", "iframe", "object", "embed", "base", "form"}, tag
        scripts.append(tag) if tag == "script" else None
        for name, value in attributes:
            assert not name.startswith("on"), (tag, name)
            if name == "href":
                assert re.match(r"#|reports/[0-9a-f-]+/[a-z.-]+$|https?://|data:,$|(index|add)\.html|benchmarks$|bulletin\.|report\.schema", value), value
for path in sys.argv[1:]:
    scripts = []
    Parser().feed(open(path, encoding="utf-8").read())
    assert len(scripts) == 1, scripts
END_OF_PYTHON
check 'no control characters' test "$(LC_ALL=C tr -d '\11\12\40-\377' < strange/index.html | wc -c)" -eq 0
cp strange/bulletin.json out
json 'bulletin.json has its names' 0 '.[0].results | map(.benchmark) | any(startswith("</script><script>"))'
check 'no file through a link' test "$(find strange/reports -type f | grep -c 'report.html\|entries')" -eq "$(find a -name 'report.html' -o -name 'entries*' | wc -l)"
check 'folders have plain names' test "$(find strange/reports -mindepth 1 -maxdepth 1 | grep -cvE '/[0-9]{4}-[0-9]{2}-[0-9]{2}-[0-9a-f]{16}$')" -eq 0

# ---- Reports of version 1 ----

mkdir old
jq -c '.report_version = 1 | del(.date, .command, .measured, .self_test) | del(.. | .interval?) |
    del(.indexes[] | .version, .licence, .url, .crawl_date) | del(.benchmarks[] | .revision, .licence, .url)' a/report.json > old/report.json
touch -d '2025-07-08T09:10:11Z' old/report.json
run bulletin old a -o aged
check 'an older report is taken' test "$code" -eq 0 -a "$(jq -r '.reports[0].date' aged/bulletin.json)" = 2025-07-08T09:10:11Z
check 'what it lacks is told' grep -Eq 'old is of version 1: it has no date .*2025-07-08' err
check 'on the page, too' grep -Fq 'An older report, of version 1' aged/index.html
run bulletin aged b -o aged
check 'its date stays' test "$code" -eq 0 -a "$(jq -r '.reports[0] | .date, .date_of_file' aged/bulletin.json)" = $'2025-07-08T09:10:11Z\ntrue'
run bulletin check old
fails 'check: an older version' 'is of version 1, which no schema describes'
jq -c 'del(.parameters.preset)' old/report.json > old/x.json
run bulletin old/x.json -o aged
fails 'an older one that lacks too much' "'parameters' has no member 'preset'"
