#!/bin/bash
# "make demo": builds ngidx, indexes text that every Debian machine has or can get, and searches it.
# demo.sh [BUILD [JOBS]]. Everything that it writes is in BUILD. DEMO_MEGABYTES is about how much text it takes.
set -eu -o pipefail
cd "$(dirname "$0")/.."
build=${1:-build} jobs=${2:-$(nproc)}
megabytes=${DEMO_MEGABYTES:-100}
unset MAKEFLAGS MFLAGS
demo=$build/demo corpus=$build/demo/corpus index=$build/demo/index.ngidx
ngidx=$build/ngidx
all_start=$EPOCHREALTIME

# seconds_since START: with three decimals. EPOCHREALTIME has six, so that without its point it is microseconds.
seconds_since() {
    local milliseconds=$(((${EPOCHREALTIME//[!0-9]/} - ${1//[!0-9]/}) / 1000))
    printf '%d.%03d' $((milliseconds / 1000)) $((milliseconds % 1000))
}

# announce WHAT COMMAND...: says what the command is for, and how one types it.
announce() {
    printf '\n# %s\n$' "$1"
    shift
    local word
    for word in "$@"; do
        case $word in
            *' '*) printf ' "%s"' "$word" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
}

# show WHAT COMMAND...: announces the command, runs it, shows a screen of its output and says how long it took.
show() {
    local start took lines status=0
    announce "$@"
    shift
    start=$EPOCHREALTIME
    "$@" > "$demo/output" 2> "$demo/notes" || status=$?
    took=$(seconds_since "$start")
    head -n 24 "$demo/output"
    lines=$(wc -l < "$demo/output")
    if [ "$lines" -gt 24 ]; then echo "[... $lines lines in all]"; fi
    cat "$demo/notes"
    echo "($took s)"
    if [ "$status" -ne 0 ]; then
        echo "demo: the command above failed with exit status $status" >&2
        exit 1
    fi
}

# What documentation files are worth searching: no pictures, programs or archives, and no JSON, of which ngidx takes
# each line for a document where documentation spreads one over many lines. Prints "size path", sorted within each
# folder.
list_texts() {
    local folder
    for folder in "$@"; do list_texts_of "$folder"; done
}

list_texts_of() {
    find "$1" -type f -size -8M -readable ! -name '*[[:space:]]*' ! -name '*json*' \
        \( -name '*.txt' -o -name '*.txt.gz' -o -name '*.html' -o -name '*.html.gz' -o -name '*.md' -o -name '*.md.gz' \
        -o -name 'README*' -o -name 'NEWS*' -o -name 'changelog*' -o -name copyright \
        -o -path '*/man/man[1-8]/*' -o -path '*/common-licenses/*' \) \
        -printf '%s %p\n' | LC_ALL=C sort -k 2
}

# sum_text: bytes of text in what list_texts prints. Documentation shrinks to about a third under gzip.
sum_text() {
    awk '{ bytes += /\.gz$/ ? 3 * $1 : $1 } END { printf "%d\n", bytes }'
}

download() {
    (cd "$demo/packages" && apt-get -qq -o APT::Sandbox::User=root download "$@")
}

# A container image may have been stripped of its documentation. Then it is taken out of packages, which are
# unpacked below BUILD and not installed.
fetch_texts() {
    local packages=(perl-doc manpages manpages-dev debian-policy developers-reference)
    echo "This machine has little documentation; unpacking ${packages[*]} below $demo"
    mkdir -p "$demo/packages" "$demo/unpacked"
    if ! download "${packages[@]}" &&
        ! { [ "$(id -u)" -eq 0 ] && apt-get -qq update && download "${packages[@]}"; }; then
        echo "demo: the packages cannot be downloaded. Run apt-get update as root, or see to the network." >&2
        return 1
    fi
    local package
    for package in "$demo"/packages/*.deb; do dpkg-deb -x "$package" "$demo/unpacked"; done
}

echo "ngidx demo: set-up and build"
scripts/bootstrap.sh --build-only
rm -rf "$demo"
mkdir -p "$corpus"
start=$EPOCHREALTIME
if ! make --no-print-directory -j "$jobs" BUILD="$build" all > "$demo/make.log" 2>&1; then
    cat "$demo/make.log" >&2
    exit 1
fi
echo "built $ngidx ($(seconds_since "$start") s)"

folders=()
for folder in /usr/share/common-licenses /usr/share/man/man[1-8] /usr/share/doc; do
    if [ -d "$folder" ]; then folders+=("$folder"); fi
done
list_texts "${folders[@]}" > "$demo/texts"
if [ "$(sum_text < "$demo/texts")" -lt 10000000 ] && fetch_texts; then
    list_texts "${folders[@]}" "$demo/unpacked" > "$demo/texts"
fi
if [ ! -s "$demo/texts" ]; then
    echo "demo: there is no text to index. Index some of your own: $ngidx build FOLDER" >&2
    exit 1
fi
awk -v most=$((megabytes * 1000000)) '{ bytes += /\.gz$/ ? 3 * $1 : $1 } bytes <= most { print $2 }' "$demo/texts" |
    xargs -d '\n' cp --parents -t "$corpus"
echo "the corpus is $(find "$corpus" -type f | wc -l) files of Debian's documentation, copied to $corpus"

build_it=("$ngidx" build "$corpus" -o "$index") # not shown by show, which would keep back the progress
announce "Build the index: every file is a document, .gz files are unpacked on the way." "${build_it[@]}"
"${build_it[@]}"
export NGIDX_INDEX=$index
printf '\nFrom here on the index need not be named: NGIDX_INDEX=%s\n' "$index"
show "How often does a phrase occur? It may be any bytes, not only words." \
    "$ngidx" count "GNU General Public License"
show "Where? The document's number, the offset in it, its file, and the text around." \
    "$ngidx" locate "This program is free software" --limit 3 --context 30
show "The same for programs." \
    "$ngidx" locate "This program is free software" --limit 1 --context 30 --json
document=$(sed -n 's/.*"doc": *\([0-9]*\).*/\1/p' "$demo/output" | head -n 1)
show "The document of that hit, out of the index, byte for byte." \
    "$ngidx" doc "${document:?the hit names no document}"
show "Of what is the index made?" "$ngidx" stats
show "Is it undamaged?" "$ngidx" verify

printf '\nThe demo took %s s, set-up included. The index stays; try\n' "$(seconds_since "$all_start")"
echo "    $ngidx locate \"your phrase\" -i $index"
echo "    $ngidx serve -i $index                 and open http://127.0.0.1:8642/ in a browser"
