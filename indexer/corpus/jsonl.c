#include "indexer/corpus/jsonl.h"

#include <string.h>

/* Large enough that moving an unfinished line to the front costs little, small enough for the L2 cache. */
enum { READ_BYTES = 1 << 18, KEPT_BYTES = 4 << 20 };

void ng_jsonl_start(struct ng_jsonl *lines, struct ng_stream *stream, const struct ng_record_bounds *bounds) {
    *lines = (struct ng_jsonl){.stream = stream, .bounds = *bounds, .buffer = lines->buffer};
    lines->buffer.length = 0;
}

static void move_to_front(struct ng_jsonl *lines) {
    ng_buf_drop(&lines->buffer, lines->begin);
    lines->scanned -= lines->begin;
    lines->begin = 0;
}

/* Reads on behind what the buffer holds, having moved that to the front. */
static int read_more(struct ng_jsonl *lines, struct ng_err *err) {
    move_to_front(lines);
    return ng_stream_append(lines->stream, &lines->buffer, READ_BYTES, &lines->at_end, err);
}

static void skip_byte_order_mark(struct ng_jsonl *lines) {
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    size_t held = lines->buffer.length - lines->begin;
    if (held >= sizeof mark && memcmp(lines->buffer.data + lines->begin, mark, sizeof mark) == 0) {
        lines->begin += sizeof mark;
        lines->scanned = lines->begin;
    }
}

static int make_room(struct ng_jsonl *lines, struct ng_err *err) {
    const struct ng_record_bounds *bounds = &lines->bounds;
    if (lines->has_room || !bounds->make_room || lines->buffer.length - lines->begin <= bounds->room_bytes) return NG_OK;
    lines->has_room = true;
    return bounds->make_room(bounds->context, err);
}

/* Finds the next newline, or the end, or that the line is too long. */
static int find_line_end(struct ng_jsonl *lines, size_t *end, bool *too_long, struct ng_err *err) {
    lines->has_room = false;
    for (;;) {
        const uint8_t *data = lines->buffer.data;
        size_t fresh = lines->buffer.length - lines->scanned;
        const uint8_t *newline = fresh > 0 ? memchr(data + lines->scanned, '\n', fresh) : NULL;
        *end = newline ? (size_t)(newline - data) : lines->buffer.length;
        *too_long = *end - lines->begin > lines->bounds.most_bytes;
        lines->in_too_long = *too_long && !newline;
        if (newline || lines->at_end || *too_long) return NG_OK;
        lines->scanned = *end;
        int status = make_room(lines, err);
        if (!status) status = read_more(lines, err);
        if (status) return status;
    }
}

/* Drops the rest of a line that was too long, so that a line without end needs no more memory than the limit. */
static int pass_over(struct ng_jsonl *lines, struct ng_err *err) {
    while (lines->in_too_long) {
        size_t held = lines->buffer.length - lines->begin;
        const uint8_t *from = lines->buffer.data + lines->begin;
        const uint8_t *newline = held > 0 ? memchr(from, '\n', held) : NULL;
        lines->begin += newline ? (size_t)(newline - from) + 1 : held;
        lines->scanned = lines->begin;
        lines->in_too_long = !newline && !lines->at_end;
        int status = lines->in_too_long ? read_more(lines, err) : NG_OK;
        if (status) return status;
    }
    return NG_OK;
}

static bool is_blank(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') return false;
    }
    return true;
}

int ng_jsonl_next(struct ng_jsonl *lines, struct ng_line *line, bool *found, struct ng_err *err) {
    *found = false;
    if (lines->buffer.capacity > KEPT_BYTES && lines->buffer.length - lines->begin <= READ_BYTES) {
        move_to_front(lines);
        ng_buf_trim(&lines->buffer, KEPT_BYTES);
    }
    int passed = pass_over(lines, err);
    if (passed) return passed;
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
