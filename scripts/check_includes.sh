#!/bin/bash
# Checks the promise of each folder: what it may include, that no files include each other in a circle, and that it
# stays small enough to survey. Names the lines that break it. check_includes.sh [ROOT]
#
# Includes are written from the top folder: #include "common/base/err.h".
set -eu
cd "${1:-$(dirname "$0")/..}"

# Folder, then the folders and files it may include beside itself. Arrows lead to lines above, never below.
table='
query/include     ngidx_base.h ngidx.h ngidx_contam.h
common/base       query/include/ngidx_base.h
common/os         common/base
common/cpu        common/base
common/json       common/base query/include/ngidx.h query/include/ngidx_contam.h
common/cli        common/base
common/text       common/base
common/convert    common/base common/os
common/benchmark  common/base common/os common/json common/convert query/include/ngidx.h
common/container  common/base common/cpu common/os
common/rank       common/base common/cpu common/os common/container
common/files      common/base common/container
common/shard      common/base common/os common/json common/container common/rank query/include/ngidx.h
indexer/record    common/base common/os common/json
indexer/corpus    common/base common/os common/json common/convert common/files indexer/record
indexer/spool     common/base common/os common/container common/files common/shard indexer/corpus
indexer/pages     common/base common/os
indexer/sort      common/base common/os common/container common/shard indexer/pages indexer/spool
indexer/bwt       common/base common/cpu common/os common/shard indexer/pages indexer/spool
indexer/merge     common/base common/cpu common/os common/container common/rank common/shard indexer/pages indexer/sort indexer/bwt
indexer/write     common/base common/os common/container common/rank common/shard indexer/sort indexer/bwt indexer/merge
indexer/plan      common/base common/os common/rank common/shard indexer/pages indexer/corpus indexer/sort indexer/bwt indexer/merge indexer/write
indexer/build     query/include/ngidx_base.h common/base common/os common/json common/text common/container common/rank common/files common/shard indexer
indexer/done      common/base common/os common/files common/shard indexer/corpus indexer/build
indexer/task      query/include/ngidx_base.h common/base common/os common/files common/shard indexer/corpus indexer/build indexer/done
indexer/remove    common/base common/os common/container common/rank common/shard indexer/build
query/lib         common/base common/os common/text common/container common/rank common/shard query/include
query/explore     common/base common/os common/text common/rank common/shard query/include query/lib
query/verify      common/base common/os common/container common/rank common/files common/shard query/include query/lib
query/match       common/base common/text common/shard query/include query/lib
query/contam      common/base common/os common/text query/include query/lib query/match
query/trace       common/base common/os common/text common/rank common/shard query/include query/lib query/match query/contam
query/holders     common/base common/os common/text query/include query/lib query/match query/contam
query/compare     common/base query/include query/lib
query/preset      common/base common/os common/text query/include query/lib query/match
query/parts       common/base common/shard query/include query/lib query/explore query/match query/contam query/trace
query/remote      common/base common/json query/include
query/cite        common/base common/os common/json common/cli query/include
query/report      common/base common/os common/json common/cli common/text/html.h query/include common/benchmark query/cite
query/shares      common/base common/os common/container query/include
query/schema      common/base common/os common/json common/benchmark/tree.h
query/bulletin    common/base common/os common/json common/text/html.h query/include query/schema
query/args        common/base common/os common/json common/cli query/include common/benchmark query/report query/remote/remote.h
query/cli         common query/include query/cite query/report query/args
query/cli_contam  common/base common/os common/json common/cli common/text query/include common/benchmark query/cite query/report query/bulletin/bulletin.h query/args query/shares query/cli/cmd.h
query/cli_build   common indexer/build indexer/done indexer/remove indexer/task indexer/corpus query/include query/args query/cli/cmd.h
server/assets     -
server/state      common/base common/os common/json query/include query/remote/remote.h
server/bulletin   common/base common/os common/json server/state
server/fields     common/base common/json query/include
server/api        common/base common/json common/benchmark query/include server/assets server/state server/bulletin server/fields
server/http       common/base common/os common/json server/state server/api
server/run        common/base common/cpu common/os common/cli common/json query/include query/remote/remote.h server/state server/bulletin server/api server/http
'

# Libraries that one folder alone uses: a regular expression of the header in angle brackets, then one of the folder.
owners='
divsufsort   indexer/sort
archive      indexer/corpus
bzlib        common/os
lzma         common/os
zlib         common/os
yajl/        common/json
utf8proc     common/text
liburing     common/container
event2/      server/http|query/remote
'

max_files=20                             # of .c and .h files in a folder
large='^common/rank$'                    # folders that may have more
templates='(_impl|_sweeps|_avx512|_portable)\.h$' # included in the middle of a file, for what stands above them there

shopt -s nullglob
offences=0
complain() {
    echo "$1"
    offences=1
}

quoted='^[[:space:]]*#[[:space:]]*include[[:space:]]*"'
known=
while read -r folder allowed; do
    if [ -z "$folder" ]; then continue; fi
    known+=" $folder"
    files=("$folder"/*.[ch])
    if [ ${#files[@]} -eq 0 ]; then complain "$folder: named in the table, but has no file"; fi
    if [ ${#files[@]} -gt $max_files ] && [[ ! $folder =~ $large ]]; then
        complain "$folder: ${#files[@]} files, more than $max_files"
    fi
    promise=
    for entry in $folder $allowed; do
        case $entry in
            *.h) promise+="|$entry" ;;
            *) promise+="|$entry/[^\"]*" ;;
        esac
    done
    found=$(grep -nHE "$quoted" /dev/null "${files[@]}" | grep -vE "\"(${promise#|})\"" || true)
    if [ -n "$found" ]; then complain "$found"; fi
done <<< "$table"

for file in common/*.[ch] indexer/*.[ch] query/*.[ch] server/*.[ch] {common,indexer,query,server}/*/*.[ch]; do
    if [[ " $known " != *" $(dirname "$file") "* ]]; then complain "$file: its folder is not in the table"; fi
done

while read -r header folder; do
    if [ -z "$header" ]; then continue; fi
    found=$(grep -nHE "^[[:space:]]*#[[:space:]]*include[[:space:]]*<$header" {common,indexer,query,server}/*/*.[ch] |
        grep -vE "^($folder)/" || true)
    if [ -n "$found" ]; then complain "$found"; fi
done <<< "$owners"

# A .c file and its header are one. tsort names the files of a circle.
circles=$(grep -HoE "${quoted}[^\"]+" {common,indexer,query,server}/*/*.[ch] | grep -vE "$templates" |
    grep -vE "^[^:]*(_impl|_sweeps|_avx512|_portable)\.h:" | sed -E 's/\.[ch]:[^"]*"/ /; s/\.h$//' |
    awk '$1 != $2' | tsort 2>&1 > /dev/null || true)
if [ -n "$circles" ]; then complain "$circles"; fi

if [ "$offences" -ne 0 ]; then
    echo "The lines above break a folder's promise; scripts/check_includes.sh lists what each may include." >&2
    exit 1
fi
