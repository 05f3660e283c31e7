#!/bin/bash
# trace: the pieces of a text that are in the corpus.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

mkdir corpus
cat > corpus/a.jsonl << 'END'
{"text":"the quick brown fox jumps over the lazy dog","url":"https://example.org/fox"}
{"text":"sphinx of black quartz, judge my vow \u20ac"}
{"text":"the quick brown fox"}
END
build corpus

run trace 'he said: the quick brown fox jumps, sphinx of black quartz' --min-chars 12
check 'a line a piece' test "$code" -eq 0 -a "$(wc -l < out)" -eq 2
check 'place, count, document, source, piece' grep -Fxq \
    $'9\t34\t1\tindex\t0\t0\tcorpus/a.jsonl:1\tthe quick brown fox jumps' out
check 'the sum on stderr' grep -Fq 'characters occur, in 2 pieces of at least 12' err
run trace 'the quick brown fox' --min-chars 10
check 'occurrences are counted' grep -q $'^0\t19\t2\t' out
run trace 'nothing of the sort'
gives 'nothing: exit code 1' 1 ''
run trace '' --min-chars 1
gives 'the empty text' 1 ''
run trace 'my vow € it is' --min-chars 5 --json
json 'json' 0 '.[0] | .characters == 14 and .covered_characters == 8 and (.spans | length == 1)'
json 'json: offsets in characters and bytes' 0 '.[0].spans[0] | [.begin_char,.end_char,.begin_byte,.end_byte] == [0,8,0,10]'
json 'json: piece' 0 '.[0].spans[0] | .piece == "my vow \u20ac"'
json 'json: evidence' 0 '.[0].spans[0].evidence[0] | .doc == 1 and .offset == 30 and (.snippet | startswith("sphinx"))'
printf 'the quick brown fox jumps\xff over the lazy dog' > text
"$NGIDX" trace - --min-chars 10 < text > out 2> err
code=$?
check 'standard input, not all UTF-8' test "$code" -eq 0 -a "$(wc -l < out)" -eq 2
run trace a --min-chars 0
fails '--min-chars 0' 'min-chars'
run trace
fails 'no text' 'TEXT is missing'
