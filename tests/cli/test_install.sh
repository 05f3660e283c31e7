#!/bin/bash
# What "make install" puts in place: programs outside the tree use the library by its public headers alone.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
root=$CLI_TESTS/../..
build=$(dirname "$NGIDX")

if grep -q fsanitize "$build/flags"; then
    echo "skip: a library with sanitizers does not link into plain programs"
    exit 0
fi
# Jobs and flags of the make that runs this test are not for this one; its compiler and warnings are, so that nothing is
# compiled again.
unset MAKEFLAGS MFLAGS
settings=(BUILD="$build" CC="$(cut -d ' ' -f 1 "$build/flags")" WERROR="$(grep -o -m 1 Werror "$build/flags")")
installed=$PWD/root/usr
check 'make install' make -C "$root" --no-print-directory -s "${settings[@]}" DESTDIR="$PWD/root" PREFIX=/usr install > log 2>&1
cat log
export PKG_CONFIG_SYSROOT_DIR=$PWD/root PKG_CONFIG_LIBDIR=$installed/lib/pkgconfig PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1 \
    PKG_CONFIG_ALLOW_SYSTEM_LIBS=1 LD_LIBRARY_PATH=$installed/lib

check 'a system learns of its new library' grep -q ldconfig \
    <(make -C "$root" --no-print-directory -n "${settings[@]}" DESTDIR= PREFIX=/usr install)

cat > use.c << 'END'
#include <inttypes.h>
#include <ngidx.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
    struct ng_err err;
    struct ng_index *index;
    if (argc != 3) return 2;
    if (ng_index_open(&index, argv[1], &err)) return fprintf(stderr, "%s\n%s\n", err.text, err.hint), 2;
    struct ng_bytes phrase = {(const uint8_t *)argv[2], strlen(argv[2])};
    struct ng_hit hits[10];
    size_t count;
    uint64_t total;
    if (ng_index_count(index, phrase, &total, &err)) return fprintf(stderr, "%s\n", err.text), 2;
    printf("%s: %" PRIu64 "\n", NGIDX_VERSION, total);
    if (ng_index_locate(index, phrase, 0, hits, 10, &count, &total, &err)) return fprintf(stderr, "%s\n", err.text), 2;
    for (size_t i = 0; i < count; i++) printf("%" PRIu64 " %" PRIu64 "\n", hits[i].doc, hits[i].offset);
    ng_index_close(index);
    return 0;
}
END
mkdir corpus && printf 'to be or not to be' > corpus/a && printf 'be' > corpus/b
run build corpus -o x.ngidx -q
gives 'an index' 0 ''
version=$("$NGIDX" --version | cut -d ' ' -f 2)
printf '%s: 3\n' "$version" > wanted
printf '0 16\n0 3\n1 0\n' >> wanted

# uses NAME: runs ./use and looks at its answer, hits in any order.
uses() {
    ./use x.ngidx be > answer && { head -n 1 answer && tail -n +2 answer | sort; } > sorted
    check "$1" cmp wanted sorted
}

read -ra flags <<< "$(pkg-config --cflags --libs ngidx)"
check 'a program outside the tree, shared' gcc -Wall -Werror use.c "${flags[@]}" -o use
uses 'it counts and locates'
rm -f use
read -ra flags <<< "$(pkg-config --static --cflags --libs ngidx)"
check 'and static' gcc -Wall -Werror use.c "${flags[@]/-lngidx/$installed/lib/libngidx.a}" -o use
uses 'it counts and locates, too'

for header in "$installed"/include/*.h; do printf '#include <%s>\n' "$(basename "$header")"; done > headers.cpp
echo 'int main() { return ng_index_close(nullptr), 0; }' >> headers.cpp
compiler=$(command -v g++ || command -v clang++)
read -ra flags <<< "$(pkg-config --cflags --libs ngidx)"
check 'C++ compiles and links with every header' "$compiler" -Wall -Wextra -Wpedantic -Werror headers.cpp "${flags[@]}" -o headers
for header in "$installed"/include/*.h; do
    check "$(basename "$header") stands alone" gcc -Wall -Werror -fsyntax-only "-I$installed/include" "$header"
done

nm -D --defined-only "$installed/lib/libngidx.so" | awk '{ print $3 }' | sort > exported
nm --defined-only --extern-only "$installed/lib/libngidx.a" | awk 'NF == 3 { print $3 }' | sort > exported.a
grep -hv '^typedef' "$installed"/include/*.h | grep -oE '\bng_[a-z_0-9]+\(' | tr -d '(' | sort -u > declared
check 'the shared library exports what the headers declare and nothing else' diff exported declared
check 'so does the archive' diff exported.a declared
check 'its soname' grep -q 'SONAME.*libngidx\.so\.0' <(readelf -d "$installed/lib/libngidx.so")

for page in ngidx ngidxd ngidx-count ngidx-contam; do
    if command -v help2man > /dev/null; then
        check "a man page: $page" grep -q '^\.SH SYNOPSIS' "$installed/share/man/man1/$page.1"
    fi
done
if command -v help2man > /dev/null; then
    grep -E '^\\fB\\-\\-[a-z\\-]+\\fR( [A-Z][^ ]*)? +([a-z]+ [a-z]|\\fB)' "$installed"/share/man/man1/*.1 > run_in
    check 'an option stands on a line of its own' test ! -s run_in
    check 'and so does every command' test "$(grep -A1 '^\.TP' "$installed/share/man/man1/ngidx.1" | grep -cE '^[a-z]+$')" -ge 18
fi
check 'the unit starts the program that was installed' grep -q '^ExecStart=/usr/bin/ngidxd ' "$installed/lib/systemd/system/ngidxd.service"

# complete WORD...: what bash offers for the last word.
complete_words() {
    PATH=$installed/bin:$PATH bash -c '. /usr/share/bash-completion/bash_completion; . "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
        _ngidx; printf "%s\n" "${COMPREPLY[@]}"' _ "$installed/share/bash-completion/completions/ngidx" "$@"
}
if [ -f /usr/share/bash-completion/bash_completion ]; then
    check 'bash completes a command' grep -qx count <(complete_words ngidx co)
    check 'and its options' grep -qx -- --queries <(complete_words ngidx count --q)
    check 'and what comes before files' grep -qx gather <(complete_words ngidx contam ga)
    check 'and those of the daemon' grep -qx -- --listen <(complete_words ngidxd --li)
else
    echo "skip: bash-completion is not installed"
fi
