#!/bin/bash
# Makes a contamination report and a bulletin of text that every Debian machine has: example_report.sh [BUILD]. They end
# up in BUILD/example/report and BUILD/example/bulletin.
#
# The corpora are the Python library, the licences and other texts of Debian's packages, and the notes of a study group in
# scripts/example/notes, which quote some entries. The benchmarks, scripts/example/*.jsonl, are in the form of HumanEval and
# GSM8K, written for this purpose, with the notes' quotes: what the report finds can be checked by reading.
set -eu -o pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:-build}")
ngidx=$build/ngidx here=$PWD/scripts/example work=$build/example
if [ ! -x "$ngidx" ]; then
    echo "example_report.sh: there is no program $ngidx; run make first" >&2
    exit 2
fi
rm -rf "$work"
mkdir -p "$work"
cd "$work"

# build NAME FOLDER... OPTION...: an index of what there is of these folders.
build() {
    local name=$1
    shift
    echo "index $name"
    "$ngidx" build -q "$@" -o "$name.ngidx" --view exact,folded --skip-bad-files
}

# package_version NAME: of an installed package.
package_version() {
    dpkg-query -W -f '${Version}' "$1" 2> /dev/null || echo unknown
}

shopt -s nullglob
python=(/usr/lib/python3.[0-9]*)
if [ ${#python[@]} -eq 0 ]; then
    echo 'example_report.sh: there is no /usr/lib/python3.*; install the package python3' >&2
    exit 2
fi
build debian-python "${python[@]}" --include '*.py'
build debian-texts /usr/share/common-licenses /usr/share/doc --include 'copyright' --include '*.txt' --include '*.md' --include '*.rst' \
    --include '*GPL*' --include 'Apache*' --include 'Artistic' --include 'MPL*' --include 'GFDL*' --include 'BSD' --include 'CC0*'
build study-notes "$here/notes"

cat > corpora.json << END
{"debian-python": {"version": "python3 $(package_version python3)", "licence": "PSF-2.0", "url": "https://packages.debian.org/python3"},
 "debian-texts": {"version": "base-files $(package_version base-files)", "url": "https://packages.debian.org/base-files"},
 "study-notes": {"version": "1", "licence": "MIT"}}
END
cat > benchmarks.json << END
{"code-mini": {"revision": "1", "licence": "MIT"}, "sums-mini": {"revision": "1", "licence": "MIT"}}
END

# report FOLDER OPTION...
report() {
    local folder=$1
    shift
    "$ngidx" contam "$here/code-mini.jsonl" "$here/sums-mini.jsonl" -i debian-python=debian-python.ngidx \
        -i debian-texts=debian-texts.ngidx -i study-notes=study-notes.ngidx --corpus-info corpora.json \
        --benchmark-info benchmarks.json --answer-field auto --report "$folder" "$@"
}
report report
report report-paper --preset paper
"$ngidx" bulletin report report-paper -o bulletin --title 'Two small benchmarks and three small corpora'
echo "see $work/report/report.html and $work/bulletin/index.html"
