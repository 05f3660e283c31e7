# What the tests of the command line share. To be sourced: . "$CLI_TESTS/lib.sh"
# Each check prints one line: "ok NAME", or "not ok NAME" with what was seen.
# shellcheck shell=bash disable=SC2034

# Bash alone does what it can here: on some machines a process costs ten milliseconds.

# slurp NAME FILE: sets a variable to what a file holds, without NULs and final newlines.
slurp() {
    local pieces=() text
    mapfile -d '' -t pieces < "$2"
    printf -v text %s "${pieces[@]}"
    while [[ $text == *$'\n' ]]; do text=${text%$'\n'}; done
    printf -v "$1" %s "$text"
}

# run ARGUMENT...: runs the program; leaves $out and $err (without final newlines; files out and err hold every
# byte) and $code.
run() {
    "$NGIDX" "$@" > out 2> err
    code=$?
    slurp out out
    slurp err err
    if [ "$code" -ne 2 ]; then check_reports "$@"; fi
}

# check_reports ARGUMENT...: every file of the report that a run of contam has written fits the schema.
no_schema=
check_reports() {
    local report='' attributes=() i
    if [ "$1" != contam ] || [ "${2-}" = diff ] || [ -n "$no_schema" ]; then return; fi
    for ((i = 1; i < $#; i++)); do
        if [ "${!i}" = --task ]; then return; fi # its report is yet to be gathered
        if [ "${!i}" = --report ]; then report=${*:i+1:1}; fi
        if [ "${!i}" = --attributes ]; then attributes=("${*:i+1:1}"); fi
    done
    if [ -z "$report" ]; then return; fi
    python3 "$CLI_TESTS/../support/check_report.py" "$CLI_TESTS/../../query/report/report.schema.json" "$report" \
        "${attributes[@]}" > schema.log 2>&1
    case $? in
        0) ;;
        77) echo "skip schema: python3-jsonschema is not there"; no_schema=1 ;;
        *) not_ok "the report of $* fits the schema: $(head -c 2000 schema.log)" ;;
    esac
}

ok() {
    echo "ok $1"
}

not_ok() {
    echo "not ok $1"
    echo "    exit code: ${code-}"
    printf '    stdout: %.2000s\n' "${out-}"
    printf '    stderr: %.2000s\n' "${err-}"
}

# check NAME COMMAND...: the command succeeds.
check() {
    local name=$1
    shift
    if "$@"; then ok "$name"; else not_ok "$name"; fi
}

# gives NAME CODE STDOUT: the last run ended with that code and printed that.
gives() {
    if [ "$code" -eq "$2" ] && [ "$out" = "$3" ]; then ok "$1"; else not_ok "$1 (wanted code $2, stdout: $3)"; fi
}

# complains PATTERN: an (extended) pattern occurs in a line of the last run's stderr.
complains() {
    local line
    while IFS= read -r line || [ -n "$line" ]; do
        if [[ $line =~ $1 ]]; then return 0; fi
    done < err
    return 1
}

# fails NAME PATTERN...: the last run ended with code 2, nothing on stdout, an error of the house's form on
# stderr in which each (extended) pattern occurs.
fails() {
    local name=$1 pattern
    shift
    if [ "$code" -ne 2 ] || [ -s out ] || ! complains '^ngidx: '; then
        not_ok "$name"
        return
    fi
    for pattern in "$@"; do
        if ! complains "$pattern"; then
            not_ok "$name (wanted on stderr: $pattern)"
            return
        fi
    done
    ok "$name"
}

# json NAME CODE FILTER: the last run ended with that code, stdout is JSON, and the jq filter is true for it.
json() {
    if [ "$code" -eq "$2" ] && jq -es "$3" out > jq.log 2>&1; then
        ok "$1"
    else
        not_ok "$1 (wanted code $2, jq: $3)"
    fi
}

# build ARGUMENT...: a quiet build that has to succeed for the test to make sense.
build() {
    run build -q "$@"
    if [ "$code" -ne 0 ]; then not_ok "build $*"; fi
}

# same_report A B: two folders hold the same report, but for its command line. For reports of one date: SOURCE_DATE_EPOCH.
same_report() {
    local file
    for file in "$1"/* "$2"/*; do
        file=${file##*/}
        cmp <(sed 's/"command":\[[^]]*\]//' "$1/$file") <(sed 's/"command":\[[^]]*\]//' "$2/$file") || return 1
    done
}

# terminal COMMAND...: runs it with a terminal of its own as its output; file screen is all that it printed there.
# script(1) will not do: with an empty standard input it may end before it has read the last of the output.
terminal() {
    python3 -c 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))' "$@" \
        < /dev/null > screen
    code=$?
    slurp out screen
    err=''
}
