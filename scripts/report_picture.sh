#!/bin/bash
# Makes the picture of a report in query/GUIDE.md, scripts/pictures/humaneval.png: the prompts of HumanEval against the
# Python sources of some Debian packages, redacted.
#
# report_picture.sh HUMANEVAL [BUILD]: HUMANEVAL is the benchmark's file (humaneval.jsonl.gz). Needs chromium, and
# apt-get to fetch the packages; everything but the picture goes to a temporary folder.
set -eu -o pipefail
cd "$(dirname "$0")/.."
bench=$(realpath "$1") ngidx=$(realpath "${2:-build}/ngidx")
picture=$PWD/scripts/pictures/humaneval.png
packages=(
    black libpython3.11-stdlib libpython3.11-testsuite mypy pylint python3-django python3-docutils python3-matplotlib
    python3-networkx python3-nltk python3-numpy python3-pandas python3-scipy python3-sklearn python3-sphinx
    python3-sqlalchemy python3-sympy python3-twisted python3-typeshed python3.11-doc
)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir packages corpus
(cd packages && apt-get -q download "${packages[@]}")
for package in packages/*.deb; do dpkg-deb -x "$package" unpacked; done
(cd unpacked && find . -type f \( -name '*.py' -o -name '*.pyi' -o -name '*.rst.txt' \) -print0 | tar cf - --null -T -) |
    tar xf - -C corpus
"$ngidx" build corpus -o debian-python.ngidx
"$ngidx" contam "$bench" -i debian-python=debian-python.ngidx --report report --redact
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --window-size=1100,1900 \
    --screenshot="$picture" "file://$work/report/report.html"
