#!/bin/bash
# Makes the man pages from what --help prints: man.sh BUILD. They go to BUILD/man. Uses help2man.
set -euo pipefail
build=$(realpath "$1")
man=$build/man
mkdir -p "$man"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$("$build/ngidx" --version | cut -d ' ' -f 2)

# page NAME SUMMARY COMMAND...: NAME.1, from the output of COMMAND.
page() {
    local name=$1 summary=$2
    shift 2
    # Further lines of usage, and names that reach up to their text, as help2man knows them.
    "$@" | sed -E -e '/^Usage:/,/^$/s/^       ngidx/  or:  ngidx/' -e '/^Commands:/,/^$/s/^  [a-z]+ /& /' \
        -e 's/^( +(-[A-Za-z0-9], )?--[a-z0-9-]+( [A-Z][^ ]*)?) ([a-z]+ [a-z])/\1  \4/' > "$work/help"
    printf '%s\n' '#!/bin/sh' "if [ \"\$1\" = --version ]; then echo '$name $version'; else cat '$work/help'; fi" > "$work/$name"
    chmod +x "$work/$name"
    # Examples keep their lines.
    help2man --no-info --section=1 --name="$summary" "$work/$name" |
        awk '/^\.S[HS]/ { if (kept) print ".fi"; kept = 0 }
            { print }
            /^\.S[HS] (EXAMPLES|"Start here:")/ { print ".nf"; kept = 1 }' > "$man/$name.1"
}

page ngidx "exact search of any string in a huge text" "$build/ngidx" --help
page ngidxd "serve indexes of ngidx over HTTP" "$build/ngidxd" --help
"$build/ngidx" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\)  *\(.*\)/\1 \2/p' | while read -r command summary; do
    page "ngidx-$command" "$summary" "$build/ngidx" help "$command"
done
