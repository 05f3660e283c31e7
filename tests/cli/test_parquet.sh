#!/bin/bash
# Parquet: the converters, stood in for by scripts, and real ones where npm can install them.
set -u
# shellcheck source=tests/cli/lib.sh
. "$CLI_TESTS/lib.sh"

mkdir corpus bin
printf 'PAR1....PAR1' > "corpus/it's.parquet"
printf '{"text":"beside it"}\n' > corpus/z.jsonl
real=$NGIDX

# The program finds no commands but those in bin.
cat > ngidx.sh << SCRIPT
#!/bin/bash
PATH=$PWD/bin exec "$real" "\$@"
SCRIPT
chmod +x ngidx.sh
NGIDX=$PWD/ngidx.sh

# stand_in NAME: makes a converter of standard input.
stand_in() {
    { echo '#!/bin/bash'; cat; } > "bin/$1"
    chmod +x "bin/$1"
}

run build corpus -o none
fails 'no converter: the message names them' "it's.parquet" duckdb pyarrow node-api

stand_in duckdb << 'SCRIPT'
[ "$2" = "COPY (SELECT * FROM read_parquet('./corpus/it''s.parquet')) TO '/dev/stdout' (FORMAT JSON)" ] || exit 3
for i in {1..20000}; do echo '{"id":'$i',"text":"row '$i'"}'; done
SCRIPT
run build corpus -o duckdb --json
json 'duckdb: a document a row' 0 '.[0] | .documents == 20001 and .read == {"parquet":1,"json_lines":1}'
run doc -i duckdb 19999
gives 'duckdb: the last row' 0 'row 20000'

stand_in duckdb << 'SCRIPT'
echo '{"text":"one"}'
echo 'first complaint' >&2
echo 'No magic bytes found' >&2
exit 1
SCRIPT
run build corpus -o broken
fails 'a converter that fails: its last complaint is passed on' 'duckdb could not read the Parquet file: No magic bytes found$'
run build corpus -o kept --skip-bad-files --json
json '--skip-bad-files goes past it' 0 '.[0] | .documents == 2 and .skipped.bad_files == 1'

stand_in duckdb <<< 'kill -9 $$'
run build corpus -o killed
fails 'a converter that is killed' 'Killed'

# As a benchmark
printf 'PAR1....PAR1' > bench.parquet
cp bench.parquet misnamed.csv
stand_in duckdb << 'SCRIPT'
for i in {1..3}; do echo '{"id":"q'$i'","question":"what is beside it, number '$i'?","answer":"row"}'; done
SCRIPT
for file in bench.parquet misnamed.csv; do
    run contam "$file" -i kept --report "report.$file" --answer-field answer --chars 9
    check "$file: a row an entry" jq -e '.benchmarks[0] | .entries == 3 and .overlapping == 3 and .fields == "question" and
        .note == "read as Parquet, a row an entry"' "report.$file/report.json" > jq.log
    check "$file: said so" grep -q "^ngidx: $file: read as Parquet" err
done
check 'benchmark: named without its ending' jq -e '.benchmarks[0].name == "bench"' report.bench.parquet/report.json > jq.log
run contam - -i kept < bench.parquet
fails 'benchmark: Parquet from a pipe' 'read from a file only'
gzip -k bench.parquet
run contam bench.parquet.gz -i kept
fails 'benchmark: Parquet in gzip' 'bench.parquet.gz: Parquet is read from a file only' 'unpack it'
stand_in duckdb <<< 'echo "No magic bytes" >&2; exit 1'
run contam bench.parquet -i kept
fails 'benchmark: a converter that fails' 'bench.parquet: duckdb could not read the Parquet file: No magic bytes$'
rm bin/duckdb
run contam bench.parquet -i kept
fails 'benchmark: no converter' 'bench.parquet' pyarrow

stand_in python3 <<< 'exit 87'
stand_in node <<< 'echo "{\"text\":\"from node\"}"'
run build corpus -o node
run doc -i node 0
gives 'Python without the libraries: the next one' 0 'from node'
stand_in node <<< 'exit 87'
run build corpus -o none
fails 'none has its library' 'none is installed'

rm -rf corpus bin/*
if ! command -v npm > /dev/null || ! timeout 100 npm install --silent --no-fund --no-audit \
    hyparquet hyparquet-writer @duckdb/node-api > npm.log 2>&1; then
    echo 'skip real-converters npm cannot install them here'
    exit 0
fi
for i in {1..1000}; do
    printf '{"text":"document %d of the twins, café","id":"d%d","n":%d,"big":%d}\n' "$i" "$i" "$i" "$((9007199254740991 + i))"
done > rows.jsonl
cat > write.mjs << 'SCRIPT'
import {parquetWriteFile} from 'hyparquet-writer';
import fs from 'fs';
const rows = fs.readFileSync('rows.jsonl', 'utf8').trim().split('\n').map(line => JSON.parse(line));
const big = {name: 'big', type: 'INT64', data: rows.map(row => 9007199254740991n + BigInt(row.n))};
const column = (name, type) => ({name, type, data: rows.map(row => row[name])});
parquetWriteFile({filename: 'rows.parquet', columnData: [column('text', 'STRING'), column('id', 'STRING'), column('n', 'INT32'), big]});
SCRIPT
node write.mjs || not_ok 'hyparquet-writer writes'
ln -s "$(node -p process.execPath)" bin/node
run build rows.jsonl -o rows
cat > same.py << 'SCRIPT'
import sys
sys.path.insert(0, sys.argv[1])
import decode
parts = [decode.sections(open(f"{index}/shard-00000.ngx", "rb").read()) for index in sys.argv[2:]]
names = ["META", "DOCS", "JUMP", "RDAT", "RDIR", "MARK", "SAMP", "SINV", "DORD", "HEAD", "DIDS"]
different = [name for name, a, b in zip(names, *parts) if a != b]
sys.exit(f"{different} differ" if set(different) - {"META", "DOCS"} else 0)
SCRIPT
for library in duckdb hyparquet; do
    run build rows.parquet -o "rows.$library" --json
    json "$library reads what hyparquet-writer wrote" 0 '.[0] | .documents == 1000 and .read == {"parquet":1}'
    check "$library: the same documents and metadata" cmp -s \
        <("$NGIDX" export -i rows | jq -cS .) <("$NGIDX" export -i "rows.$library" | jq -cS .)
    check "$library: the same index, metadata aside" python3 same.py "$CLI_TESTS/../golden" rows "rows.$library"
    # Where columns stand as in the lines, metadata are the same bytes, too.
    mkdir -p "in-$library/a" "in-$library/b"
    cp rows.jsonl "in-$library/a/x"
    cp rows.parquet "in-$library/b/x"
    for part in a b; do (cd "in-$library" && ln -sfn ../node_modules node_modules && cd $part && ln -sfn ../../node_modules node_modules && "$NGIDX" build -q x -o index); done
    check "$library: the same shard, all of it" cmp -s "in-$library/a/index/shard-00000.ngx" "in-$library/b/index/shard-00000.ngx"
    run contam rows.parquet -i rows -f text --report "contam.$library" --chars 20
    check "$library: as a benchmark, a row an entry" jq -e '.benchmarks[0] | .entries == 1000 and .overlapping == 1000' \
        "contam.$library/report.json" > jq.log
    rm -rf node_modules/@duckdb
done
