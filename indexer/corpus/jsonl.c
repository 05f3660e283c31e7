#include "indexer/corpus/jsonl.h"

#include <string.h>

/* Large enough that moving an unfinished line to the front costs little, small enough for the L2 cache. */
enum { READ_BYTES = 1 << 18 };

void ng_jsonl_start(struct ng_jsonl *lines, struct ng_stream *stream, size_t max_line_bytes) {
    *lines = (struct ng_jsonl){.stream = stream, .max_line_bytes = max_line_bytes, .buffer = lines->buffer};
    lines->buffer.length = 0;
}

/* Reads on behind what the buffer holds, having moved that to the front. */
static int read_more(struct ng_jsonl *lines, struct ng_err *err) {
    struct ng_buf *buffer = &lines->buffer;
    if (lines->begin > 0) {
        buffer->length -= lines->begin;
        memmove(buffer->data, buffer->data + lines->begin, buffer->length);
        lines->scanned -= lines->begin;
        lines->begin = 0;
    }
    int status = ng_buf_reserve(buffer, READ_BYTES, err);
    if (status) return status;
    size_t length;
    status = ng_stream_read(lines->stream, buffer->data + buffer->length, buffer->capacity - buffer->length, &length,
                            err);
    if (status) return status;
    buffer->length += length;
    lines->at_end = length == 0;
    return NG_OK;
}

static void skip_byte_order_mark(struct ng_jsonl *lines) {
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    size_t held = lines->buffer.length - lines->begin;
    if (held >= sizeof mark && memcmp(lines->buffer.data + lines->begin, mark, sizeof mark) == 0) {
        lines->begin += sizeof mark;
        lines->scanned = lines->begin;
    }
}

/* Finds the next newline, or the end. What exceeds the limit is dropped as it is read, so that a line without
 * end needs no more memory than the limit. */
static int find_line_end(struct ng_jsonl *lines, size_t *end, bool *too_long, struct ng_err *err) {
    *too_long = false;
    for (;;) {
        const uint8_t *data = lines->buffer.data;
        size_t fresh = lines->buffer.length - lines->scanned;
        const uint8_t *newline = fresh > 0 ? memchr(data + lines->scanned, '\n', fresh) : NULL;
        *end = newline ? (size_t)(newline - data) : lines->buffer.length;
        if (*end - lines->begin > lines->max_line_bytes) *too_long = true;
        if (newline || lines->at_end) return NG_OK;
        if (*too_long) lines->begin = *end;
        lines->scanned = *end;
        int status = read_more(lines, err);
        if (status) return status;
    }
}

static bool is_blank(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') return false;
    }
    return true;
}

int ng_jsonl_next(struct ng_jsonl *lines, struct ng_line *line, bool *found, struct ng_err *err) {
    *found = false;
    while (lines->number == 0 && !lines->at_end && lines->buffer.length < 3) {
        int status = read_more(lines, err);
        if (status) return status;
    }
    if (lines->number == 0) skip_byte_order_mark(lines);
    while (lines->begin < lines->buffer.length || !lines->at_end) {
        size_t end;
        bool too_long;
        int status = find_line_end(lines, &end, &too_long, err);
        if (status) return status;
        const uint8_t *bytes = lines->buffer.data + lines->begin;
        size_t length = end - lines->begin;
        lines->begin = end < lines->buffer.length ? end + 1 : end;
        lines->scanned = lines->begin;
        lines->number++;
        if (!too_long) {
            if (is_blank(bytes, length)) continue;
            if (bytes[length - 1] == '\r') length--;
        }
        *line = (struct ng_line){.bytes = too_long ? NULL : bytes, .length = too_long ? 0 : length,
                                 .number = lines->number, .too_long = too_long};
        *found = true;
        return NG_OK;
    }
    return NG_OK;
}

void ng_jsonl_free(struct ng_jsonl *lines) {
    if (!lines) return;
    ng_buf_free(&lines->buffer);
    *lines = (struct ng_jsonl){0};
}
