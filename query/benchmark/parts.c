#include "query/benchmark/parts.h"

#include <string.h>

#include "common/base/utf8.h"

enum { READ_BYTES = 1 << 18 };

void ng_benchmark_skip_mark(struct ng_benchmark *benchmark) {
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    const struct ng_buf *buffer = &benchmark->buffer;
    if (buffer->length >= sizeof mark && memcmp(buffer->data, mark, sizeof mark) == 0) benchmark->begin = sizeof mark;
}

int ng_benchmark_read_more(struct ng_benchmark *benchmark, struct ng_err *err) {
    struct ng_buf *buffer = &benchmark->buffer;
    bool first = buffer->length == 0 && benchmark->begin == 0 && benchmark->next_number == 0;
    ng_buf_drop(buffer, benchmark->begin);
    benchmark->begin = 0;
    if (buffer->length > NG_MAX_ENTRY_RECORD_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT,
                          NG_BENCHMARK_AT "one entry of over %llu bytes (NG_MAX_ENTRY_RECORD_BYTES)",
                          NG_BENCHMARK_AT_ARGS(benchmark, benchmark->line),
                          (unsigned long long)NG_MAX_ENTRY_RECORD_BYTES);
    }
    do {
        int status = ng_stream_append(benchmark->stream, buffer, READ_BYTES, &benchmark->at_end, err);
        if (status) return status;
    } while (first && !benchmark->at_end && buffer->length < 3);
    if (first) ng_benchmark_skip_mark(benchmark);
    return NG_OK;
}

int ng_benchmark_take(struct ng_benchmark *benchmark, size_t slot, const uint8_t *bytes, size_t length,
                      struct ng_err *err) {
    if (length > NG_MAX_ENTRY_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, NG_BENCHMARK_AT "field \"%s\" is over %llu bytes (NG_MAX_ENTRY_BYTES)",
                          NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line), benchmark->slots[slot].name,
                          (unsigned long long)NG_MAX_ENTRY_BYTES);
    }
    struct ng_benchmark_value value = {.slot = slot, .offset = benchmark->values.length};
    int status = ng_utf8_append_repaired(&benchmark->values, bytes, length, err);
    value.length = benchmark->values.length - value.offset;
    if (!status) status = ng_buf_append(&benchmark->found, &value, sizeof value, err);
    if (!status) benchmark->slots[slot].seen = true;
    return status;
}

/* There is room for NG_BENCHMARK_LISTED names of NG_BENCHMARK_LISTED_BYTES with what stands around them. */
static void list_piece(struct ng_benchmark *benchmark, const void *bytes, size_t length) {
    memcpy(benchmark->listed + benchmark->listed_bytes, bytes, length);
    benchmark->listed_bytes += length;
}

void ng_benchmark_list(struct ng_benchmark *benchmark, const uint8_t *name, size_t length) {
    if (benchmark->listed_count++ >= NG_BENCHMARK_LISTED) return;
    length = strnlen((const char *)name, length); /* it goes into a message */
    bool cut = length > NG_BENCHMARK_LISTED_BYTES;
    if (cut) length = NG_BENCHMARK_LISTED_BYTES;
    while (cut && length > 0 && ng_utf8_is_continuation(name[length])) length--;
    if (benchmark->listed_bytes > 0) list_piece(benchmark, ", ", 2);
    list_piece(benchmark, "\"", 1);
    list_piece(benchmark, name, length);
    if (cut) list_piece(benchmark, "...", 3);
    list_piece(benchmark, "\"", 1);
    benchmark->listed[benchmark->listed_bytes] = '\0';
}
