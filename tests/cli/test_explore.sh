#!/bin/bash
# Documents, samples, phrases together, and what follows a phrase.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

cat > corpus.jsonl << 'END'
{"text":"The red fox saw a red hen. The red fox ran.","id":"a"}
{"text":"A red hen and a blue hen.","id":"b"}
{"text":"No animal at all.","id":"c"}
{"text":"The red fox, the RED FOX, and far, far away from it all: a blue hen.","id":"d"}
END
build corpus.jsonl --view exact,folded

# Documents.
run count --docs red;            gives 'documents' 0 3
check 'an exact count tells nothing else' test ! -s err
run count --docs zebra;          gives 'in no document: exit code 1' 1 0
run count --docs '';             gives 'the empty phrase is in every document' 0 4
run count --docs redfox --view folded; gives 'documents, folded' 0 2
run count --docs red --json
json 'documents, json' 0 '. == [{"query":"red","count":5,"documents":3,"documents_exact":true}]'
run count --docs red --docs-limit 3
check 'past the limit: an estimate' test "$code" -eq 0 -a "$out" -ge 1 -a "$out" -le 4
check 'the interval is told' grep -q '^estimated from [0-9]* of 5 occurrences; 95 % confidence: [0-9]* to [0-9]* documents' err
run count --docs red --docs-limit 3 --json
json 'an estimate in json' 0 '.[0] | .documents_exact == false and .documents_low <= 3 and .documents_high >= 3'
cp out first
run count --docs red --docs-limit 3 --json
check 'the same seed, the same estimate' cmp -s first out
printf 'red\nzebra\nhen\n' > queries
run count --docs --queries queries
gives 'documents of every query' 0 $'3\n0\n3'
cp -r index.ngidx other.ngidx
run count --docs hen -i index.ngidx -i other.ngidx
gives 'documents of several indexes' 0 $'6\tindex=3\tother=3'
run count --docs red --docs-limit 0
fails 'a limit of 0' '--docs-limit'

# Together.
run count red --and hen;                 gives 'and' 0 5
run count red --and hen --docs;          gives 'and, documents' 0 3
run count red --and blue --not fox;      gives 'and, not' 0 1
run count 'The red' --or 'A red';        gives 'or' 0 4
run count fox --or hen --and blue --or RED --docs; gives 'clauses of alternatives' 0 2
run count fox --and hen --within 9;      gives 'within: none' 1 0
run count fox --and hen --within 10;     gives 'within: the gap counts, to the byte' 0 1
run count fox --and hen --within 11;     gives 'within' 0 2
run count fox --not hen --within 10;     gives 'not within' 0 2
run count zebra --or fox --and hen;      gives 'an alternative that does not occur' 0 3
run count fox --and zebra;               gives 'together nowhere: exit code 1' 1 0
run count redfox --and bluehen --view folded; gives 'together, folded' 0 2
run count fox --and hen --json
json 'together, json' 0 '. == [{"query":"fox","count":3,"documents":2,"exact":true}]'
run count fox --and hen --docs -i index.ngidx -i other.ngidx --json
json 'together, several indexes' 0 '.[0] | .documents == 4 and (.indexes | map(.documents)) == [2,2]'
run count fox --and hen --docs-limit 1 --json
json 'cut: said' 0 '.[0] | .exact == false and .count <= 3 and .unlocated > 0'
run count fox --and hen --docs-limit 1
check 'cut: said on stderr' grep -q '^at least: the search reached its limit' err
# Of two B one is located. Near the other are an A and, where the text around the first is not read any more, a C.
printf '{"text":"%s"}\n' \
    '...........................Ba..................BzA.......C.................................A.........A........A' > gap.jsonl
build gap.jsonl -o gap.ngidx
run count A --and B --not C --within 10 -i gap.ngidx; gives 'not within: none' 1 0
run count A --and B --not C --within 10 -i gap.ngidx --docs-limit 1
fails 'cut: no hit that does not meet the conditions' 'reached its limit'
run count fox --and all --text-limit 1
fails 'cut before anything was found' 'reached its limit' '--text-limit'
run count fox --within 5;                fails 'within what' '--within needs'
run count fox --and '';                  fails 'an empty condition' 'empty phrase'
run count fox --and $'\xff';             fails 'byte FF in a condition' '0xFF'
run count --queries queries --and hen;   fails 'conditions for a file' '--queries'
many=()
for i in {1..64}; do many+=(--or "x$i"); done
run count fox "${many[@]}";              fails 'too many phrases' 'NG_MAX_CLAUSE_PHRASES'

# Locate.
run locate red --json --sort doc
json '--sort doc' 0 'map([.doc,.offset]) == [[0,4],[0,18],[0,31],[1,2],[3,4]]'
run locate red --json --sort doc --limit 2 --offset 2
json '--sort doc, a page' 0 'map([.doc,.offset]) == [[0,31],[1,2]]'
run locate red --json --unique-docs
json '--unique-docs' 0 'map([.doc,.offset]) == [[0,4],[1,2],[3,4]]'
run locate red --json
jq -cS . out | sort > all
run locate red --json --sort doc
check 'sorted hits are the hits, with their ranks' cmp -s all <(jq -cS . out | sort)
run locate red --json --all
json '--all' 0 'length == 5'
run locate red --all --limit 3;          fails '--all and --limit' 'only one of'
run locate red --sort size;              fails '--sort takes doc' 'doc'
run locate red --json --sample 2 --seed 7
json '--sample' 0 'length == 2 and .[0] != .[1]'
check 'a sample is of the hits' test -z "$(comm -23 <(jq -cS . out | sort) all)"
cp out first
run locate red --json --sample 2 --seed 7
check 'the same seed, the same sample' cmp -s first out
for seed in 1 2 3 4 5 6 7 8 9; do run locate red --json --sample 2 --seed "$seed"; cat out; done > samples
check 'other seeds, other samples' test "$(sort -u samples | wc -l)" -gt 3
run locate red --json --sample 9
json 'a sample of more than there are' 0 'length == 5'
run locate red --sample 2
check 'a sample is told' test "$(cat err)" = '2 hits drawn from 5'
run locate red --sample 2 --offset 2;    gives 'behind the sample: exit code 1' 1 ''
run locate red --json --sample 3 --sort doc
json 'a sample, sorted' 0 '. == sort_by(.doc, .offset) and length == 3'
run locate red --json --sample 2 --unique-docs
json 'a sample of documents' 0 'length == 2 and (map(.doc) | unique | length) == 2'
run locate red --json --sample 7 -i index.ngidx -i other.ngidx
json 'a sample of several indexes' 0 'length == 7 and (map([.index,.doc,.offset]) | unique | length) == 7'
run locate zebra --sample 3;             gives 'a sample of nothing' 1 ''
run locate fox --and hen --json
json 'hits that meet conditions' 0 'map([.doc,.offset,.length]) == [[0,8,3],[0,35,3],[3,8,3]]'
run locate 'The red' --or 'A red' --json --and hen
json 'alternatives have lengths of their own' 0 'map([.doc,.offset,.length]) == [[0,0,7],[0,27,7],[1,0,5],[3,0,7]]'
run locate redfox --and bluehen --view folded --json
json 'folded hits are shown in the original' 0 \
    'map(.snippet[.offset - .snippet_offset:][:.length]) == ["red fox", "RED FOX"] and all(.text == "original")'
run locate fox --and zebra;              gives 'nothing meets the conditions' 1 ''

# What follows.
run next 'The red'
gives 'next' 0 $'3\t100.000\t" fox"'
check 'the sum is told' test "$(cat err)" = '3 of 3 occurrences (100.0 %); 0 go on otherwise'
run next 'red ' -k 1
gives 'the most frequent' 0 $'3\t60.000\t"fox"'
check 'the rest is told' test "$(cat err)" = '3 of 5 occurrences (60.0 %); 2 go on otherwise'
run next 'red fox'
gives 'marks are words' 0 $'1\t33.333\t" ran"\n1\t33.333\t" saw"\n1\t33.333\t","'
run next 'red ' --words 2
gives 'two words' 0 "$(printf '1\t20.000\t"%s"\n' 'fox ran' 'fox saw' 'fox,' 'hen and' 'hen.')"
run next red --before
gives 'before' 0 $'3\t60.000\t"The "\n1\t20.000\t"A "\n1\t20.000\t"a "'
run next hen --bytes
gives 'bytes' 0 $'3\t75.000\t"."\n1\t25.000\t" "'
run next redf --view folded --chars 2
gives 'folded: characters' 0 $'4\t100.000\t"ox"'

run next redf --view folded --words 1;   fails 'folded: no words' 'no words' 'characters'
run next all. --json
json 'the end of documents' 0 '.[0].continuations == [{"text":"","count":1,"share":1,"end":true,"shortened":false}]'
run next red --json -i index.ngidx -i other.ngidx
json 'several indexes count together' 0 '.[0].count == 10 and .[0].shown == 10 and .[0].rest == 0 and .[0].complete'
run next zebra;                          gives 'nothing to follow: exit code 1' 1 ''
run next red --words 1 --bytes;          fails 'one unit' 'only one of'
run next $'\xff';                        fails 'byte FF' '0xFF'
