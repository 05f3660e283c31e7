#!/bin/bash
# Checks the promise of each folder from its #include lines, and names the lines that break it:
#   common/   includes nothing but common/
#   indexer/  common/ and indexer/; it alone uses libdivsufsort
#   query/    common/ and query/; main.c also indexer/, to run "ngidx build"
#   server/   common/, server/ and the public header query/ngidx.h; it alone uses libevent
# Includes are written from the top folder: #include "common/err.h".
set -eu
cd "${1:-$(dirname "$0")/..}"

offences=0

# may_include ALLOWED FILE...: ALLOWED is a regular expression of what may stand in quotes.
may_include() {
    local allowed=$1 found
    shift
    found=$(grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$@" | grep -vE "\"($allowed)\"" || true)
    if [ -n "$found" ]; then
        echo "$found"
        offences=1
    fi
}

# may_not_use HEADER FILE...: HEADER is a regular expression of what may not stand in angle brackets.
may_not_use() {
    local header=$1
    shift
    if grep -nHE "^[[:space:]]*#[[:space:]]*include[[:space:]]*<$header" "$@"; then offences=1; fi
}

shopt -s nullglob
common=(common/*.[ch]) indexer=(indexer/*.[ch]) query=() server=(server/*.[ch]) tests=(tests/*/*.[ch])
for file in query/*.[ch]; do
    if [ "$file" != query/main.c ]; then query+=("$file"); fi
done
main=(query/main.[c])

may_include 'common/[^"]*' /dev/null "${common[@]}"
may_include '(common|indexer)/[^"]*' /dev/null "${indexer[@]}"
may_include '(common|query)/[^"]*' /dev/null "${query[@]}"
may_include '(common|indexer|query)/[^"]*' /dev/null "${main[@]}"
may_include '(common|server)/[^"]*|query/ngidx\.h' /dev/null "${server[@]}"
may_include '(common|indexer|query|server|tests)/[^"]*' /dev/null "${tests[@]}"
may_not_use 'divsufsort' /dev/null "${common[@]}" "${query[@]}" "${main[@]}" "${server[@]}"
may_not_use '(event2/|event\.h|evhttp\.h)' /dev/null "${common[@]}" "${indexer[@]}" "${query[@]}" "${main[@]}"

if [ "$offences" -ne 0 ]; then
    echo "The includes above break a folder's promise; scripts/check_includes.sh lists what each may include." >&2
    exit 1
fi
