#!/bin/bash
# The Debian packages and the wheel in a Debian system that has nothing else: installed, used, removed. It takes minutes,
# the network and root: NGIDX_PACKAGES=1 tests/cli/run.sh packages. NGIDX_PACKAGES=FOLDER keeps the system for next time.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
root=$(realpath "$CLI_TESTS/../..")
build=$(dirname "$NGIDX")
version=$("$NGIDX" --version | cut -d ' ' -f 2)

if [ -z "${NGIDX_PACKAGES:-}" ]; then
    echo "skip: packages in a Debian system of their own: set NGIDX_PACKAGES=1"
    exit 0
fi
for tool in debootstrap lintian dh dh_python3 systemd-analyze; do
    if ! command -v "$tool" > /dev/null; then
        echo "skip: $tool is missing"
        exit 0
    fi
done
if [ "$(id -u)" -ne 0 ]; then
    echo "skip: debootstrap needs root"
    exit 0
fi
unset MAKEFLAGS MFLAGS PYTHONPATH NGIDX NGIDXD NGIDX_LIBRARY

# try NAME COMMAND...: a check whose output is shown only where it fails.
try() {
    local name=$1
    shift
    if "$@" > log 2>&1; then ok "$name"; else echo "not ok $name"; tail -n 20 log; fi
}

settings=(BUILD="$build" CC="$(cut -d ' ' -f 1 "$build/flags")" WERROR="$(grep -o -m 1 Werror "$build/flags")")
try 'make deb' make -C "$root" --no-print-directory "${settings[@]}" deb
try 'lintian has nothing to say' lintian --allow-root --fail-on warning "$build"/deb/*.changes
lintian --allow-root "$build"/deb/*.changes > said 2>&1
check 'not even a warning' test ! -s said
try 'make wheel' make -C "$root" --no-print-directory "${settings[@]}" wheel

system=$PWD/system release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
if [ -d "$NGIDX_PACKAGES" ]; then system=$NGIDX_PACKAGES/system; fi
if [ ! -d "$system/etc/apt" ]; then
    try 'a Debian system' debootstrap --variant=minbase --include=ca-certificates "$release" "$system"
fi
cp /etc/resolv.conf "$system/etc/resolv.conf"
# inside COMMAND...: there, as root.
inside() {
    chroot "$system" /usr/bin/env DEBIAN_FRONTEND=noninteractive HOME=/root LC_ALL=C.UTF-8 "$@"
}
# list_all: every file but those that installing anything leaves, such as the copies of /etc/passwd.
list_all() {
    (cd "$system" && find . -xdev \( -path ./proc -o -path ./run -o -path './etc/*-' -o -path ./root -o -path ./var/cache -o -path ./var/log -o \
        -path ./var/lib/apt -o -path ./var/lib/dpkg -o -path ./tmp \) -prune -o -print | sort)
}
try 'its package lists' inside apt-get update -q
try 'what the packages need' inside apt-get install -q -y --no-install-recommends adduser libarchive13 libdivsufsort3 \
    libevent-2.1-7 liburing2 libutf8proc2 libxxhash0 libyajl2 libzstd1 python3 python3-venv
list_all > before

# ---- Debian packages ----
mkdir -p "$system/root/test" && cp "$build"/deb/*.deb "$root/tests/python/test_doctests.py" "$system/root/test"
try 'apt installs them' inside sh -c 'apt-get install -q -y --no-install-recommends /root/test/*.deb'
check 'a user of the service' grep -q '^_ngidx:' "$system/etc/passwd"
cp "$system/lib/systemd/system/ngidxd.service" "$system/lib/systemd/system/ngidxd.socket" .
try 'the unit is sandboxed' systemd-analyze security --offline=yes --threshold=20 "$PWD/ngidxd.service"
systemd-analyze security --offline=yes --no-pager "$PWD/ngidxd.service" | tail -n 1
cat > "$system/root/test/use.sh" << 'END'
set -e
cd /srv
mkdir corpus && printf 'to be or not to be' > corpus/a && tar -cf corpus.tar corpus && ngidx build corpus.tar -o corpus.ngidx -q
test "$(ngidx count be -i corpus.ngidx)" = 2
echo 'index = /srv/corpus.ngidx' >> /etc/ngidxd.conf
setpriv --reuid _ngidx --regid _ngidx --clear-groups ngidxd --config /etc/ngidxd.conf 2> log &
for try in $(seq 100); do if grep -q listening log; then break; fi; sleep 0.1; done
python3 -c 'import ngidx; client = ngidx.Client(); print(client.count("be"), ngidx.open("corpus.ngidx").count("be"))' > answer
kill $! && wait $!
test "$(cat answer)" = '2 2'
rm -r /srv/*
END
try 'they build, count and serve' inside sh /root/test/use.sh
try 'the examples of the docstrings' inside python3 /root/test/test_doctests.py
try 'apt purges them' inside sh -c 'apt-get purge -q -y ngidx libngidx0 libngidx-dev python3-ngidx'
check 'the user is gone' test "$(grep -c '^_ngidx:' "$system/etc/passwd")" = 0
find "$system/usr/lib/python3" -name __pycache__ -prune -exec rm -r {} +
list_all | grep -v __pycache__ > behind
check 'nothing is left' diff <(grep -v __pycache__ before) behind

# ---- The wheel ----
rm -rf "$system/root/test" && mkdir -p "$system/root/test"
cp "$build"/ngidx-"$version"-*.whl "$root/tests/python/test_doctests.py" "$root/tests/python/peer_example.py" "$system/root/test"
cat > "$system/root/test/use.sh" << 'END'
set -e
cd /root/test
python3 -m venv venv
venv/bin/pip install -q --no-index --disable-pip-version-check ngidx-*.whl
venv/bin/python test_doctests.py
printf 'to be or not to be' > a && tar -cf a.tar a
venv/bin/python -c 'import ngidx; ngidx.build("a.tar", "tar.ngidx"); print(ngidx.open("tar.ngidx").count("be"))' | grep -qx 2
venv/bin/python peer_example.py
END
try 'the wheel: pip, the examples, the program of the peer' inside sh /root/test/use.sh
rm -rf "$system/root/test"
