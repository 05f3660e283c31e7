#!/bin/bash
# Help, version, and command lines that make no sense.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"
commands="build count locate next doc export stats verify bulletin"

run --version
check 'version, and the kernel' grep -Eqx 'ngidx [0-9]+\.[0-9]+\.[0-9]+ \(kernel (portable|bmi2|avx512)\)' out
run help
for command in $commands; do
    check "the overview lists $command" grep -Eq "^  $command " out
done
cp out overview
run --help
check '--help is help' cmp -s overview out
run
check 'no command: the overview on stderr' test "$code" -eq 2 -a ! -s out -a -s err

for command in $commands serve help; do
    run help "$command"
    check "help $command" test "$code" -eq 0 -a -s out -a ! -s err
    cp out page
    run "$command" --help
    check "$command --help is the same" cmp -s page out
    run "$command" -h
    check "$command -h is the same" cmp -s page out
    check "help $command shows usage" grep -q "^Usage: ngidx $command" page
    check "help $command fits 120 columns" test "$(wc -L < page)" -le 120
done
for command in $commands; do
    run help "$command"
    check "help $command has examples" grep -q '^Examples:' out
    run "$command" --nonsense
    fails "$command: unknown option" 'unknown option --nonsense' "^  try: .*ngidx help $command"
done

run cuont x
fails 'a slip is guessed' "no command 'cuont'" '^  try: ngidx count$'
run xylophone
fails 'another word is not' "no command 'xylophone'" '^  try: ngidx help$'
run help nonsense
fails 'help of no command' "no command 'nonsense'"
run ''
fails 'an empty command'
run count
fails 'count without PHRASE' 'PHRASE is missing' 'try: ngidx help count'
run count a b
fails 'count with two' "one argument too many: 'b'" '^  try: '
run count --queries x a
fails 'count with PHRASE and --queries' "one argument too many: 'a'"
run count -0 a
fails 'count -0 without --queries' '--queries'
run locate
fails 'locate without PHRASE' 'PHRASE is missing'
run doc
fails 'doc without N' 'N is missing'
for n in x -1 1.5 '' 99999999999999999999 '1 '; do
    run doc -- "$n"
    fails "doc '$n'" 'N must be a whole number'
done
run locate --limit
fails 'an option without its value' 'option --limit needs an argument'
run locate --limit x a
fails '--limit x' "--limit must be a whole number .*'x'"
run locate --context 2000000 a
fails '--context beyond its limit' '--context must be .* to 1048576'
run count --json=yes a
fails 'a value that is not wanted' 'option --json takes no argument'
run stats x
fails 'stats with an argument' 'one argument too many'
run verify x
fails 'verify with an argument' 'one argument too many'
run export x
fails 'export with an argument' 'one argument too many'
run build
fails 'build without CORPUS' 'CORPUS is missing'
for size in 0 1.5 8X G 99999999999T ''; do
    run build --memory "$size" x
    fails "--memory '$size'" "--memory is not a size: '$size'" '8G'
done
run build --threads 0 x
fails '--threads 0' '--threads must be'
run build --sa-sample 0 x
fails '--sa-sample 0' '--sa-sample must be'
run build --invalid-utf8 maybe x
fails '--invalid-utf8 maybe' "replace, skip or fail, not 'maybe'"
