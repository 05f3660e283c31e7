#include "indexer/record/jsonl.h"

#include <string.h>

#include "common/base/utf8.h"

/* Large enough that moving an unfinished line to the front costs little, small enough for the L2 cache. */
enum { READ_BYTES = 1 << 18, KEPT_BYTES = 4 << 20 };

void ng_jsonl_start(struct ng_jsonl *lines, struct ng_stream *stream, enum ng_jsonl_cut cut,
                    const struct ng_record_bounds *bounds) {
    *lines = (struct ng_jsonl){.stream = stream, .cut = cut, .bounds = *bounds, .buffer = lines->buffer};
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

static void skip_byte_order_mark(const uint8_t **bytes, size_t *length) {
    size_t mark = ng_utf8_mark_bytes(*bytes, *length);
    *bytes += mark;
    *length -= mark;
}

static int make_room(struct ng_jsonl *lines, struct ng_err *err) {
    const struct ng_record_bounds *bounds = &lines->bounds;
    if (lines->has_room || !bounds->make_room || lines->buffer.length - lines->begin <= bounds->room_bytes) return NG_OK;
    lines->has_room = true;
    return bounds->make_room(bounds->context, err);
}

static const uint8_t *find_newline(const struct ng_jsonl *lines, const uint8_t *bytes, size_t length) {
    return length > 0 ? memchr(bytes, lines->cut == NG_JSONL_CR_LINES ? '\r' : '\n', length) : NULL;
}

/* The last byte of the value that goes on at bytes, or NULL. The parser tells whether it is JSON; here brackets and
 * strings are enough. */
static const uint8_t *find_value_end(struct ng_jsonl *lines, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = bytes[i];
        bool outside = lines->scan.depth == 0 && !lines->scan.in_string;
        if (ng_json_scan_closes(&lines->scan, byte)) return bytes + i;
        if (outside && (byte == '\n' || byte == ',')) return bytes + i; /* of what is neither an object nor an array */
    }
    return NULL;
}

static const uint8_t *find_end(struct ng_jsonl *lines, const uint8_t *bytes, size_t length) {
    return lines->cut == NG_JSONL_VALUES ? find_value_end(lines, bytes, length) : find_newline(lines, bytes, length);
}

/* Finds the next newline or end of a value, or the end, or that the line is too long. */
static int find_line_end(struct ng_jsonl *lines, size_t *end, bool *too_long, struct ng_err *err) {
    lines->has_room = false;
    for (;;) {
        const uint8_t *data = lines->buffer.data;
        size_t fresh = lines->buffer.length - lines->scanned;
        const uint8_t *newline = fresh > 0 ? find_end(lines, data + lines->scanned, fresh) : NULL;
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

static void count_lines(struct ng_jsonl *lines, const uint8_t *begin, const uint8_t *end) {
    for (const uint8_t *at = begin; at < end; at++) lines->line += *at == '\n';
}

/* Drops the rest of a line that was too long, so that a line without end needs no more memory than the limit. */
static int pass_over(struct ng_jsonl *lines, struct ng_err *err) {
    while (lines->in_too_long) {
        size_t held = lines->buffer.length - lines->begin;
        const uint8_t *from = lines->buffer.data + lines->begin;
        const uint8_t *newline = held > 0 ? find_end(lines, from, held) : NULL;
        if (held > 0 && from && lines->cut == NG_JSONL_VALUES) {
            count_lines(lines, from, newline ? newline + 1 : from + held);
        }
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

static int next_line(struct ng_jsonl *lines, struct ng_line *line, bool *found, struct ng_err *err) {
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
            skip_byte_order_mark(&bytes, &length);
            if (!bytes || is_blank(bytes, length)) continue;
            if (bytes[length - 1] == '\r') length--;
        }
        *line = (struct ng_line){.bytes = too_long ? NULL : bytes, .length = too_long ? 0 : length,
                                 .number = lines->number, .too_long = too_long};
        *found = true;
        return NG_OK;
    }
    return NG_OK;
}

/* Passes over what stands between values. */
static int pass_between(struct ng_jsonl *lines, struct ng_err *err) {
    for (;;) {
        while (lines->begin < lines->buffer.length) {
            uint8_t byte = lines->buffer.data[lines->begin];
            bool opens = byte == '[' && lines->number == 0 && !lines->in_array;
            bool closes = byte == ']' && lines->in_array;
            bool mark = byte == 0xEF || byte == 0xBB || byte == 0xBF;
            if (!opens && !closes && !mark && byte != ',' && !is_blank(&byte, 1) && byte != '\n') return NG_OK;
            if (opens || closes) lines->in_array = opens;
            lines->line += byte == '\n';
            lines->scanned = ++lines->begin;
        }
        if (lines->at_end) return NG_OK;
        int status = read_more(lines, err);
        if (status) return status;
    }
}

static int next_value(struct ng_jsonl *lines, struct ng_line *line, bool *found, struct ng_err *err) {
    int status = pass_between(lines, err);
    if (status) return status;
    if (lines->begin == lines->buffer.length) return lines->in_array ? NG_ERR_INPUT : NG_OK;
    size_t end;
    bool too_long;
    lines->scan = (struct ng_json_scan){0};
    status = find_line_end(lines, &end, &too_long, err);
    if (status) return status;
    const uint8_t *bytes = lines->buffer.data + lines->begin;
    size_t length = end - lines->begin;
    bool bracket = end < lines->buffer.length && (bytes[length] == '}' || bytes[length] == ']');
    if (bracket) length++;
    *line = (struct ng_line){.bytes = too_long ? NULL : bytes, .length = too_long ? 0 : length,
                             .number = lines->line + 1, .too_long = too_long};
    count_lines(lines, bytes, bytes + length);
    lines->begin += length;
    lines->scanned = lines->begin;
    lines->number++;
    *found = true;
    return NG_OK;
}

int ng_jsonl_next(struct ng_jsonl *lines, struct ng_line *line, bool *found, struct ng_err *err) {
    *found = false;
    if (lines->buffer.capacity > KEPT_BYTES && lines->buffer.length - lines->begin <= READ_BYTES) {
        move_to_front(lines);
        ng_buf_trim(&lines->buffer, KEPT_BYTES);
    }
    int status = pass_over(lines, err);
    if (status) return status;
    return lines->cut == NG_JSONL_VALUES ? next_value(lines, line, found, err) : next_line(lines, line, found, err);
}

void ng_jsonl_free(struct ng_jsonl *lines) {
    if (!lines) return;
    ng_buf_free(&lines->buffer);
    *lines = (struct ng_jsonl){0};
}
