#!/bin/bash
# Makes the picture of the page in README.md, scripts/pictures/page.png: a search in the licences and copyright files of this
# Debian machine. page_picture.sh [BUILD]. Needs chromium; everything but the picture goes to a temporary folder.
set -eu -o pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build}") picture=$PWD/scripts/pictures/page.png
work=$(mktemp -d)
daemon=
clean_up() {
    if [ -n "$daemon" ]; then kill "$daemon"; fi
    rm -rf "$work"
}
trap clean_up EXIT
cd "$work"
mkdir corpus
for file in /usr/share/common-licenses/* /usr/share/doc/*/copyright; do
    name=${file#/usr/share/}
    if [ -f "$file" ]; then cp -L "$file" "corpus/${name//\//-}.txt"; fi
done
"$build/ngidx" build -q corpus -o debian-licences.ngidx --view exact,folded
"$build/ngidxd" --listen 127.0.0.1:0 -i debian-licences.ngidx 2> log &
daemon=$!
for ((i = 0; i < 100; i++)); do
    url=$(grep -o -m 1 'http://127.0.0.1:[0-9]*/' log || true)
    if [ -n "$url" ]; then break; fi
    sleep 0.1
done
chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --virtual-time-budget=5000 --window-size=1100,760 \
    --screenshot="$picture" "$url#q=WITHOUT+ANY+WARRANTY%3B+without"
