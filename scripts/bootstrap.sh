#!/bin/bash
# Installs the Debian packages that ngidx is built and tested with, those of them that are missing.
#
# bootstrap.sh               all of them
# bootstrap.sh --build-only  only those that building and running need
# bootstrap.sh --libraries   installs nothing: prints the libraries that programs and tests are linked with
# bootstrap.sh --bench       all of them, and those of "make bench": the peer to compare with, and a text
#
# Without --build-only it also tries to install what some tests need (a browser, Slurm, HAProxy); that may fail.
set -eu

build_packages=(
    binutils gcc libc6-dev make pkg-config
    libarchive-dev    # tar
    libbz2-dev liblzma-dev
    libdivsufsort-dev # suffix sorting of blocks over 2 GB
    libevent-dev      # HTTP
    liburing-dev      # many pages of a file at once
    libutf8proc-dev   # Unicode
    libxxhash-dev     # checksums
    libyajl-dev       # JSON
    libzstd-dev zlib1g-dev
)
test_packages=(
    check                                # unit tests
    clang libclang-rt-dev                # second compiler, sanitizers, fuzzing
    clang-tidy cppcheck shellcheck       # lint
    bash-completion bzip2 curl file gzip help2man jq python3 python3-jsonschema xz-utils zstd # command line and HTTP tests
    python3-setuptools python3-venv python3-wheel # "make wheel", and its test
)
bench_packages=(
    g++ libsdsl-dev                      # the peer
    linux-source-6.1 xz-utils            # a text: C source
    wrk                                  # load for the daemon
)

# Some tests need these, and are skipped without them.
optional_packages=(
    chromium nodejs   # the web page
    munge slurm-wlm   # builds by job arrays
    haproxy iproute2  # an index served by several machines
    nginx-light       # the daemon behind a proxy
)
if ! command -v npm > /dev/null; then optional_packages+=(npm); fi # Node.js from elsewhere may bring its own

case ${1:-} in
    '') packages=("${build_packages[@]}" "${test_packages[@]}") ;;
    --build-only) packages=("${build_packages[@]}") optional_packages=() ;;
    --bench) packages=("${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}") ;;
    --libraries)
        printf '%s\n' "${build_packages[@]}" check | grep -E -- '-dev$|^check$'
        exit
        ;;
    *)
        echo "usage: $0 [--build-only | --libraries | --bench]" >&2
        exit 2
        ;;
esac

# list_missing PACKAGE...: sets missing to those that are not installed.
list_missing() {
    local package status
    missing=()
    for package; do
        status=$(dpkg-query -W -f ' ${db:Status-Status} ' "$package" 2> /dev/null || true)
        case $status in
            *' installed '*) ;;
            *) missing+=("$package") ;;
        esac
    done
}

list_missing "${optional_packages[@]}"
missing_optional=("${missing[@]}")
list_missing "${packages[@]}"
if [ ${#missing[@]} -eq 0 ] && [ ${#missing_optional[@]} -eq 0 ]; then exit 0; fi

# give_up WHY: tells what to do where this script may not install.
give_up() {
    echo "These packages are missing, and $1:" >&2
    echo "    ${missing[*]}" >&2
    echo "On Debian, run this as root, then try again:" >&2
    echo "    apt-get update && apt-get install ${missing[*]}" >&2
    exit 1
}

# give_up_optional WHY: the rest goes on without.
give_up_optional() {
    echo "Some tests will be skipped ($1): ${missing_optional[*]} missing" >&2
    exit 0
}

as_root=()
if ! command -v apt-get > /dev/null; then
    if [ ${#missing[@]} -eq 0 ]; then give_up_optional "there is no apt-get"; fi
    give_up "there is no apt-get to install them with"
fi
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null; then
        if [ ${#missing[@]} -eq 0 ]; then give_up_optional "you are not root"; fi
        give_up "you are not root and there is no sudo to install them with"
    fi
    as_root=(sudo)
    # Without a terminal nobody can type a password.
    if [ ! -t 0 ]; then as_root=(sudo -n); fi
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)

# install PACKAGE...
install() {
    echo "Installing $# Debian packages and what they need: $*"
    { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "$@"; } > "$log" 2>&1
}

if [ ${#missing[@]} -gt 0 ] && ! install "${missing[@]}"; then
    cat "$log" >&2
    give_up "installing them failed (see above)"
fi
if [ ${#missing_optional[@]} -gt 0 ] && ! install "${missing_optional[@]}"; then
    tail -n 3 "$log" >&2
    give_up_optional "installing them failed"
fi
echo "Installed ($SECONDS s)"
