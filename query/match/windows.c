#include "query/match/windows.h"

#include <stdlib.h>

#include "common/base/buf.h"
#include "common/base/le.h"
#include "common/base/swar.h"
#include "common/base/utf8.h"

/* Most of a text is ASCII, for which a call would take most of the time. */
static inline size_t space_at(const uint8_t *bytes, size_t length) {
    if (bytes[0] >= 0x80) return ng_utf8_space_bytes(bytes, length);
    return bytes[0] == ' ' || (bytes[0] >= '\t' && bytes[0] <= '\r') ? 1 : 0;
}

bool ng_windows_blank(struct ng_bytes text) {
    uint64_t at = 0;
    while (at < text.length_bytes) {
        size_t space = space_at(text.data + at, (size_t)(text.length_bytes - at));
        if (space == 0) return false;
        at += space;
    }
    return true;
}

/* The top bit of each of 8 ASCII bytes that is white space: no sum reaches the next byte. */
static uint64_t spaces_of_ascii(uint64_t word) {
    uint64_t blank = ~((word ^ ' ' * NG_SWAR_EACH) + 0x7F * NG_SWAR_EACH);
    uint64_t control = (word + (0x80 - '\t') * NG_SWAR_EACH) & ~(word + (0x80 - '\r' - 1) * NG_SWAR_EACH);
    return (blank | control) & NG_SWAR_TOPS;
}

/* The starts of words while they are looked for. */
struct starts {
    struct ng_window_starts all;
    uint64_t stride;
    bool in_word;
};

/* Goes on at *at as long as the next 8 bytes are ASCII, but not for long. */
static int find_in_ascii(struct starts *starts, struct ng_bytes text, uint64_t *at, struct ng_err *err) {
    enum { PIECE_BYTES = 1 << 14 };
    uint64_t end = text.length_bytes - *at < PIECE_BYTES ? text.length_bytes : *at + PIECE_BYTES;
    for (; end - *at >= NG_SWAR_BYTES; *at += NG_SWAR_BYTES) {
        uint64_t word = ng_le_load64(text.data + *at);
        if (word & NG_SWAR_TOPS) return NG_OK;
        uint64_t spaces = spaces_of_ascii(word);
        uint64_t behind = spaces << 8 | (starts->in_word ? 0 : 0x80);
        for (uint64_t found = ~spaces & behind & NG_SWAR_TOPS; found; found &= found - 1) {
            int status = ng_window_starts_add(&starts->all, *at + ng_swar_first(found), starts->stride, err);
            if (status) return status;
        }
        starts->in_word = !(spaces >> 63);
    }
    return NG_OK;
}

int ng_windows_find_starts(struct ng_bytes text, uint64_t stride, uint64_t **begins, uint64_t *count,
                           struct ng_watch *watch, struct ng_err *err) {
    struct starts starts = {.stride = stride};
    int status = NG_OK;
    *begins = NULL;
    *count = 0;
    for (uint64_t at = 0; at < text.length_bytes && !status;) {
        status = ng_watch_check(watch, 1, err);
        if (!status) status = find_in_ascii(&starts, text, &at, err);
        if (status || at == text.length_bytes) break;
        size_t space = space_at(text.data + at, (size_t)(text.length_bytes - at));
        if (space == 0 && !starts.in_word) status = ng_window_starts_add(&starts.all, at, stride, err);
        starts.in_word = space == 0;
        at += space ? space : 1;
    }
    if (status) {
        ng_buf_free(&starts.all.found);
        return status;
    }
    *begins = (uint64_t *)(void *)starts.all.found.data; /* from malloc: aligned for any type */
    *count = starts.all.found.length / sizeof **begins;
    return NG_OK;
}

/* The offset chars code points behind at, or UINT64_MAX where the text ends before. */
static uint64_t skip_characters(struct ng_bytes text, uint64_t at, uint64_t chars) {
    for (; chars > 0; chars--) {
        if (at == text.length_bytes) return UINT64_MAX;
        do {
            at++;
        } while (at < text.length_bytes && ng_utf8_is_continuation(text.data[at]));
    }
    return at;
}

int ng_windows_make(struct ng_windows *windows, struct ng_bytes text, bool is_ascii, const uint64_t *begins,
                    uint64_t count, uint64_t chars, struct ng_watch *watch, struct ng_err *err) {
    *windows = (struct ng_windows){.begins = begins, .length_bytes = chars};
    if (count == 0) return NG_OK;
    if (is_ascii) {
        while (count > 0 && text.length_bytes - begins[count - 1] < chars) count--;
        windows->count = count;
        return NG_OK;
    }
    windows->ends = calloc(count, sizeof *windows->ends);
    if (!windows->ends) return ng_err_nomem(err, count * sizeof *windows->ends, "the windows of a text");
    int status = NG_OK;
    uint64_t end = skip_characters(text, begins[0], chars);
    while (end != UINT64_MAX && !status) {
        status = ng_watch_check(watch, 1, err);
        uint64_t i = windows->count++;
        windows->ends[i] = end;
        if (i + 1 == count) break;
        end = skip_characters(text, end, ng_utf8_characters(text.data + begins[i], begins[i + 1] - begins[i]));
    }
    return status;
}

struct ng_windows ng_windows_whole(struct ng_bytes text) {
    static const uint64_t at_start = 0;
    return (struct ng_windows){.begins = &at_start, .length_bytes = text.length_bytes, .count = 1};
}

void ng_windows_free(struct ng_windows *windows) {
    if (!windows) return;
    free(windows->ends);
    *windows = (struct ng_windows){0};
}
