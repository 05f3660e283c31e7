#!/bin/bash
# The wheel: made without a network, installed into an empty environment, used from there.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
root=$CLI_TESTS/../..
build=$(dirname "$NGIDX")

if grep -q fsanitize "$build/flags"; then
    echo "skip: a library with sanitizers does not load into Python"
    exit 0
fi
for python in python3 /usr/bin/python3; do
    if "$python" -c 'import setuptools, wheel, ensurepip' 2> /dev/null; then break; fi
done
if ! "$python" -c 'import setuptools, wheel, ensurepip' 2> /dev/null; then
    echo "skip: Python has no setuptools, wheel and venv"
    exit 0
fi
unset MAKEFLAGS MFLAGS PYTHONPATH NGIDX_LIBRARY
settings=(BUILD="$build" CC="$(cut -d ' ' -f 1 "$build/flags")" WERROR="$(grep -o -m 1 Werror "$build/flags")")
check 'make wheel' make -C "$root" --no-print-directory -s "${settings[@]}" wheel > log 2>&1
if grep -q '^not ok' log; then cat log; else grep '^ok' log; fi
version=$("$NGIDX" --version | cut -d ' ' -f 2)
wheels=("$build"/ngidx-*.whl)
check 'one wheel, of the version of the headers' test "${wheels[*]}" = "$(echo "$build/ngidx-$version-py3-none-manylinux_2_"*.whl)"

glibc=${wheels[0]##*manylinux_2_}
check 'of glibc no newer than 2.34, as the README says' test "${glibc%%_*}" -le 34

check 'an empty environment' "$python" -m venv empty
check 'pip installs it offline' empty/bin/pip install -q --no-index --disable-pip-version-check "${wheels[0]}"
unset NGIDX NGIDXD
cat > use.py << 'END'
import sys
import ngidx

assert ngidx.__file__.startswith(sys.prefix), ngidx.__file__
built = ngidx.build(documents=["to be or not to be", "be"], index="x.ngidx", view=["exact", "folded"])
with ngidx.open("x.ngidx") as index:
    print(ngidx.__version__, built.documents, index.count("be"), index.count("BE", view="folded"))
END
"$python" -c 'import sys; print(sys.version.split()[0])' > python_version
check 'a program uses it' sh -c 'empty/bin/python use.py > answer'
check 'its answer' test "$(cat answer)" = "$version 2 3 3"
empty/bin/python "$CLI_TESTS/../python/test_doctests.py" > doctests 2>&1
status=$?
if [ $status -ne 0 ]; then cat doctests; fi
check 'the examples of the docstrings' test $status = 0
check 'the command ngidx' test "$(empty/bin/ngidx count be -i x.ngidx)" = 3
empty/bin/ngidx count nothing -i x.ngidx > /dev/null
check 'its exit status' test $? = 1
check 'the daemon ngidxd' test "$(empty/bin/ngidxd --version)" = "ngidxd $version"
check 'pip removes it' empty/bin/pip uninstall -q -y ngidx
check 'all of it' test -z "$(find empty -name '*ngidx*')"
