#!/bin/bash
# Installs the Debian packages that ngidx is built and tested with, those of them that are missing.
#
# bootstrap.sh               all of them
# bootstrap.sh --build-only  only those that building and running need
# bootstrap.sh --bench       all of them, and those of "make bench": the peer to compare with, and a text
set -eu

build_packages=(
    gcc libc6-dev make pkg-config
    libdivsufsort-dev # suffix sorting
    libevent-dev      # HTTP
    libxxhash-dev     # checksums
    libyajl-dev       # JSON
    libzstd-dev zlib1g-dev
)
test_packages=(
    check                                # unit tests
    clang libclang-rt-dev                # second compiler, sanitizers, fuzzing
    clang-tidy cppcheck shellcheck       # lint
    curl file gzip jq python3 zstd       # command line and HTTP tests
)
bench_packages=(
    g++ libsdsl-dev                      # the peer
    linux-source-6.1 xz-utils            # a text: C source
)

case ${1:-} in
    '') packages=("${build_packages[@]}" "${test_packages[@]}") ;;
    --build-only) packages=("${build_packages[@]}") ;;
    --bench) packages=("${build_packages[@]}" "${test_packages[@]}" "${bench_packages[@]}") ;;
    *)
        echo "usage: $0 [--build-only | --bench]" >&2
        exit 2
        ;;
esac

missing=()
for package in "${packages[@]}"; do
    status=$(dpkg-query -W -f ' ${db:Status-Status} ' "$package" 2> /dev/null || true)
    case $status in
        *' installed '*) ;;
        *) missing+=("$package") ;;
    esac
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

# give_up WHY: tells what to do where this script may not install.
give_up() {
    echo "These packages are missing, and $1:" >&2
    echo "    ${missing[*]}" >&2
    echo "On Debian, run this as root, then try again:" >&2
    echo "    apt-get update && apt-get install ${missing[*]}" >&2
    exit 1
}

as_root=()
if ! command -v apt-get > /dev/null; then give_up "there is no apt-get to install them with"; fi
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null; then give_up "you are not root and there is no sudo to install them with"; fi
    as_root=(sudo)
    # Without a terminal nobody can type a password.
    if [ ! -t 0 ]; then as_root=(sudo -n); fi
fi

echo "Installing ${#missing[@]} Debian packages and what they need: ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
    cat "$log" >&2
    give_up "installing them failed (see above)"
fi
echo "Installed ($SECONDS s)"
