#!/bin/bash
# Makes the pictures of a report and of a bulletin in README.md, scripts/pictures/report.png and bulletin.png, of what
# scripts/example_report.sh made: example_pictures.sh [BUILD]. Needs chromium.
set -eu
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build}")
scripts/example_report.sh "$build"

# picture NAME HEIGHT PAGE
picture() {
    chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --force-color-profile=srgb --window-size="1240,$2" \
        --virtual-time-budget=3000 --screenshot="$PWD/scripts/pictures/$1.png" "file://$build/example/$3"
}
picture report 1000 report/report.html
picture bulletin 940 bulletin/index.html
