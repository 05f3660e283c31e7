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
check 'what is repaired is told' grep -Fq 'the text is not UTF-8; it is repaired' err
cp out piped
run trace text --min-chars 10
check 'a file' cmp -s out piped
check 'a file is told' grep -Fq 'the text is that of the file text' err
run trace slip.txt -i x.ngidx
check 'so is that there is none' grep -Fq 'there is no file of this name' err
run trace corpus --min-chars 10
fails 'a folder' 'corpus.*directory'
run trace 'no.txt'
check 'a text too short to have a piece is told' test "$code" -eq 1 -a "$(grep -c 'shorter than the shortest piece' err)" -eq 1
run trace a --min-chars 0
fails '--min-chars 0' 'min-chars'
run trace
fails 'no text' 'FILE or TEXT is missing'

text='now the quick brown fox jumps'
run trace "$text" --min-chars 5 --min-count 2
gives '--min-count: the longest piece that occurs so often' 0 \
    $'4\t23\t2\tindex\t0\t0\tcorpus/a.jsonl:1\tthe quick brown fox'
run trace "$text" --min-chars 5 --max-count 1
check '--max-count 1' grep -Fxq $'4\t29\t1\tindex\t0\t0\tcorpus/a.jsonl:1\tthe quick brown fox jumps' out
run trace 'the quick brown fox' --min-chars 5 --max-count 1
gives '--max-count leaves out what is frequent' 1 ''
run trace 'the quick browning of toast' --min-chars 5 --whole-words
gives '--whole-words' 0 $'0\t10\t2\tindex\t0\t0\tcorpus/a.jsonl:1\tthe quick '
run trace 'the quick brown fox jumps, sphinx of black quartz' --min-chars 12 --documents 2
check '--documents: by what they share' test "$(tail -2 out)" = $'25\t1\tindex\t0\t0\tcorpus/a.jsonl:1\n22\t1\tindex\t1\t0\tcorpus/a.jsonl:2'
run trace "$text" --min-chars 5 --documents 9 --json
json '--documents in JSON' 0 '.[0] | .documents_seen == 1 and .unlocated == 0 and (.documents | length) == 1 and
    (.documents[0] | .shared_characters == 26 and .spans == [0,1] and .evidence.doc == 0)'
printf '{"text":"Said: The Quick, brown <b>FOX</b>"}\n{"text":"quick brown bread"}\n' > corpus/a.jsonl
rm -rf index.ngidx
"$NGIDX" build -q corpus -o index.ngidx --view exact,folded
run trace 'now the QUICK brown foxes' --view folded --min-chars 5 --whole-words --documents 2
gives 'folded: whole words of the text, and documents' 0 $'4\t19\t1\tindex\t0\t6\tcorpus/a.jsonl:1\tthe QUICK brown

15\t1\tindex\t0\t6\tcorpus/a.jsonl:1'
run trace 'now the QUICK brown foxes' --view folded --min-chars 5 --min-count 2
gives 'folded: frequent pieces' 0 $'8\t19\t2\tindex\t1\t0\tcorpus/a.jsonl:2\tQUICK brown'
run trace a --min-count 0
fails '--min-count 0' 'min-count'
