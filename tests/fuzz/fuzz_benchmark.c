/*
 * libFuzzer target: any bytes as a benchmark file; the first chooses the format. Every entry that comes out must have
 * UTF-8 values; what is refused must come with a reason that names file and line.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "query/benchmark/benchmark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_benchmark: %s\n", what);
    abort();
}

static void require_utf8(struct ng_bytes bytes) {
    require(ng_utf8_valid_prefix(bytes.data, (size_t)bytes.length_bytes) == bytes.length_bytes, "a value is not UTF-8");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"f.jsonl", "f.json", "f.csv", "f.tsv"};
    static const char *const fields[] = {"a.b", "c"};
    struct ng_benchmark *benchmark = NULL;
    struct ng_err err = {0};
    if (size == 0) return 0;
    struct ng_benchmark_options options = {0};
    if (data[0] & 4) options = (struct ng_benchmark_options){.fields = fields, .field_count = 2, .answer_field = "d"};
    int status = ng_benchmark_open_bytes(&benchmark, names[data[0] & 3], data + 1, size - 1, &options, &err);
    require(status == NG_OK, "cannot open");
    for (;;) {
        struct ng_benchmark_entry entry;
        bool found;
        status = ng_benchmark_next(benchmark, &entry, &found, &err);
        if (status || !found) break;
        require_utf8(entry.id);
        require_utf8(entry.answer);
        for (size_t t = 0; t < entry.text_count; t++) require_utf8(entry.texts[t]);
        require(entry.line >= 1 && entry.line <= size, "a line that is not there");
    }
    if (status) {
        require(status == NG_ERR_INPUT || status == NG_ERR_LIMIT, "unexpected status");
        require(strncmp(err.text, names[data[0] & 3], strlen(names[data[0] & 3])) == 0, "no file named");
    }
    ng_benchmark_close(benchmark);
    return 0;
}
