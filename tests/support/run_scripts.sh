# Runs test scripts, each in an empty folder of its own. To be sourced: run_scripts FOLDER [NAME...], by default every
# FOLDER/test_NAME.sh and .py.
# Each script prints lines "ok NAME", "not ok NAME" or "skip NAME reason". Prints all but the first kind, then "N passed,
# N failed, N skipped"; fails where a test failed, or there was none. A script of 20 seconds or more has its time told.
# shellcheck shell=bash

# A python3 that is a shell script which looks for the real one takes half a second each time: look once.
python_folder=$(python3 -c 'import os, sys; print(os.path.dirname(sys.executable))') &&
    if [ "$python_folder/python3" != "$(command -v python3)" ]; then PATH=$python_folder:$PATH; fi

# choose_scripts PROGRAM ADDRESS THREAD: sets $chosen to the scripts for a program under the address or the thread sanitizer;
# to none for another, which means all.
choose_scripts() {
    chosen=()
    case $1 in
        */asan/*) read -r -d '' -a chosen <<< "$2" ;;
        */tsan/*) read -r -d '' -a chosen <<< "$3" ;;
    esac
    if [ ${#chosen[@]} -gt 0 ]; then echo "skip: under this sanitizer all but ${chosen[*]}"; fi
}

run_scripts() {
    local here=$1 passed=0 failed=0 skipped=0 work test name interpreter status start
    shift
    work=$(mktemp -d) || return 1
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    if [ $# -eq 0 ]; then
        for test in "$here"/test_*.sh "$here"/test_*.py; do
            if [ ! -f "$test" ]; then continue; fi
            name=${test##*/test_}
            set -- "$@" "${name%.*}"
        done
    fi
    for name; do
        mkdir "$work/$name"
        interpreter=bash test=$here/test_$name.sh
        if [ ! -f "$test" ]; then interpreter=python3 test=$here/test_$name.py; fi
        start=$SECONDS
        (cd "$work/$name" && "$interpreter" "$test") < /dev/null > "$work/$name.log" 2>&1
        status=$?
        # Names start with the test's, so that a failure can be found again.
        sed -E "s/^(ok|not ok|skip) /\1 $name: /" "$work/$name.log" | grep -v '^ok '
        if [ $((SECONDS - start)) -ge 20 ]; then echo "# $name: $((SECONDS - start)) s"; fi
        passed=$((passed + $(grep -c '^ok ' "$work/$name.log")))
        failed=$((failed + $(grep -c '^not ok ' "$work/$name.log")))
        skipped=$((skipped + $(grep -c '^skip ' "$work/$name.log")))
        if [ "$status" -ne 0 ]; then
            echo "not ok $name: the script ended with exit status $status"
            failed=$((failed + 1))
        fi
    done
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
}
