#include "common/benchmark/parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/base/utf8.h"

enum {
    READ_BYTES = 1 << 18,
    LEAST_BYTES = 4 /* that tell an encoding */
};

int ng_benchmark_pass_mark(struct ng_benchmark *benchmark, struct ng_err *err) {
    const struct ng_buf *buffer = &benchmark->buffer;
    const char *utf16 = ng_utf8_find_utf16(buffer->data, buffer->length);
    benchmark->begin = ng_utf8_mark_bytes(buffer->data, buffer->length);
    if (!utf16) return NG_OK;
    (void)ng_err_set(err, NG_ERR_INPUT, "%s looks like UTF-16%s; a benchmark is UTF-8", benchmark->path,
                     strcmp(utf16, "UTF-16") == 0 ? "" : " without a byte order mark");
    return ng_err_hint(err, "iconv -f %s -t UTF-8 FILE makes it UTF-8", utf16);
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
    } while (first && !benchmark->at_end && buffer->length < LEAST_BYTES);
    return first ? ng_benchmark_pass_mark(benchmark, err) : NG_OK;
}

/* Makes LF of CRLF in bytes of well-formed UTF-8, and takes the white space around them away. */
static void clean(const uint8_t *values, struct ng_benchmark_value *value, uint8_t *bytes) {
    size_t length = 0;
    for (size_t i = 0; i < value->length; i++) {
        while (bytes[i] == '\n' && length > 0 && bytes[length - 1] == '\r') length--;
        bytes[length++] = bytes[i];
    }
    size_t begin = 0;
    size_t space;
    while ((space = ng_utf8_space_bytes(bytes + begin, length - begin)) > 0) begin += space;
    for (size_t most = 3; most > 0; most--) {
        if (length - begin < most || ng_utf8_space_bytes(bytes + length - most, most) != most) continue;
        length -= most;
        most = 4; /* from the start again */
    }
    value->offset = (size_t)(bytes + begin - values);
    value->length = length - begin;
}

int ng_benchmark_take(struct ng_benchmark *benchmark, size_t slot, const uint8_t *bytes, size_t length,
                      struct ng_err *err) {
    if (length > NG_MAX_ENTRY_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, NG_BENCHMARK_AT "field \"%s\" is over %llu bytes (NG_MAX_ENTRY_BYTES)",
                          NG_BENCHMARK_AT_ARGS(benchmark, benchmark->entry_line), benchmark->slots[slot].name,
                          (unsigned long long)NG_MAX_ENTRY_BYTES);
    }
    if (ng_utf8_valid_prefix(bytes, length) < length) benchmark->is_ill_formed = true;
    struct ng_benchmark_value value = {.slot = slot, .offset = benchmark->values.length};
    int status = ng_utf8_append_repaired(&benchmark->values, bytes, length, err);
    if (status) return status;
    value.length = benchmark->values.length - value.offset;
    clean(benchmark->values.data, &value, benchmark->values.data + value.offset);
    status = ng_buf_append(&benchmark->found, &value, sizeof value, err);
    if (!status) benchmark->slots[slot].seen = true;
    return status;
}

int ng_benchmark_add_note(struct ng_benchmark *benchmark, struct ng_err *err, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    struct ng_buf *note = &benchmark->note;
    if (note->length > 0) note->length--;
    int status = note->length > 0 ? ng_buf_append(note, "; ", 2, err) : NG_OK;
    return status ? status : ng_buf_append(note, text, strlen(text) + 1, err);
}

/* Out of memory, an error is told with fewer names. */
void ng_benchmark_list(struct ng_benchmark *benchmark, const char *prefix, const uint8_t *name, size_t length) {
    struct ng_buf *listed = &benchmark->listed;
    if (benchmark->listed_count++ >= NG_BENCHMARK_LISTED) return;
    length = strnlen((const char *)name, length); /* it goes into a message */
    bool cut = length > NG_BENCHMARK_LISTED_BYTES;
    if (cut) length = NG_BENCHMARK_LISTED_BYTES;
    while (cut && length > 0 && ng_utf8_is_continuation(name[length])) length--;
    if (listed->length > 0) (void)ng_buf_append(listed, ", ", 2, NULL);
    (void)ng_buf_append(listed, "\"", 1, NULL);
    (void)ng_buf_append(listed, prefix, strlen(prefix), NULL);
    (void)ng_utf8_append_repaired(listed, name, length, NULL);
    (void)ng_buf_append(listed, cut ? "...\"" : "\"", cut ? 4 : 1, NULL);
}

void ng_benchmark_list_members(struct ng_benchmark *benchmark, const char *prefix, uint32_t object) {
    const struct ng_tree *tree = &benchmark->tree;
    benchmark->listed.length = 0;
    benchmark->listed_count = 0;
    if (ng_tree_node(tree, object)->kind != NG_JSON_OBJECT) return;
    for (uint32_t c = object + 1; ng_tree_has(tree, object, c); c = ng_tree_next(tree, c)) {
        const struct ng_tree_node *member = ng_tree_node(tree, c);
        ng_benchmark_list(benchmark, prefix, tree->keys.data + member->key, member->key_length);
    }
}
