/*
 * libFuzzer target: any bytes as a benchmark file; the first chooses the format, the second the options. Every entry that comes out must have
 * UTF-8 values; what is refused must come with a reason that names file and line.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/benchmark/benchmark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what) {
    if (condition) return;
    (void)fprintf(stderr, "fuzz_benchmark: %s\n", what);
    abort();
}

/* A text is well-formed, and comes without CRLF and white space around it. */
static void require_clean(struct ng_bytes bytes) {
    size_t length = (size_t)bytes.length_bytes;
    require(ng_utf8_valid_prefix(bytes.data, length) == length, "a value is not UTF-8");
    require(length == 0 || !strchr(" \t\r\n\v\f", bytes.data[0]) || bytes.data[0] == '\0', "a value starts with white space");
    require(length == 0 || !strchr(" \t\r\n\v\f", bytes.data[length - 1]) || bytes.data[length - 1] == '\0',
            "a value ends with white space");
    require(!length || !memmem(bytes.data, length, "\r\n", 2), "a value holds CRLF");
}

/* The bits of a byte choose the options, so that each is met with every format. */
static struct ng_benchmark_options choose(uint8_t bits) {
    static const char *const fields[] = {"a.b", "c"};
    static const char *const paths[] = {NULL, ".", "*", "a.*"};
    struct ng_benchmark_options options = {.entries = paths[bits & 3], .no_header = bits & 4, .tsv_raw = bits & 8};
    if (bits & 16) options.answer_field = "auto";
    if (bits & 32) {
        options.fields = fields;
        options.field_count = 2;
        options.answer_field = "d";
    }
    return options;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const names[] = {"f.jsonl", "f.json", "f.csv", "f.tsv"};
    struct ng_benchmark *benchmark = NULL;
    struct ng_err err = {0};
    if (size < 2) return 0;
    const char *name = names[data[0] & 3];
    const struct ng_benchmark_options options = choose(data[1]);
    int status = ng_benchmark_open_bytes(&benchmark, name, data + 2, size - 2, &options, &err);
    if (status == NG_ERR_INPUT) return 0; /* a table's first line is read at once, and is UTF-16 */
    require(status == NG_OK, "cannot open");
    for (;;) {
        struct ng_benchmark_entry entry;
        bool found;
        status = ng_benchmark_next(benchmark, &entry, &found, &err);
        if (status || !found) break;
        if (entry.id.length_bytes > 0) require(entry.id.data != NULL, "an id without bytes");
        require_clean(entry.answer);
        for (size_t t = 0; t < entry.text_count; t++) require_clean(entry.texts[t]);
        require(entry.line >= 1 && entry.line <= size, "a line that is not there");
    }
    const char *note;
    require(ng_benchmark_note(benchmark, &note, NULL) == NG_OK, "no note");
    if (status) {
        require(status == NG_ERR_INPUT || status == NG_ERR_LIMIT, "unexpected status");
        require(strncmp(err.text, name, strlen(name)) == 0, "no file named");
    }
    ng_benchmark_close(benchmark);
    return 0;
}
