/*
 * A text as words and windows, the units of a contamination check. Internal to the query library.
 *
 * A word starts at a code point that is not white space (Unicode property White_Space) and is the first one or follows
 * white space. A window is a fixed number of code points from a word start, if that many remain. Texts are UTF-8;
 * offsets are in bytes.
 */
#ifndef NG_QUERY_MATCH_WINDOWS_H
#define NG_QUERY_MATCH_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/cancel.h"
#include "common/base/err.h"
#include "query/include/ngidx.h"

/* True if text is empty or holds only white space. */
bool ng_windows_blank(struct ng_bytes text);

/* The windows of one text at one length, in ascending order of begins and ends. */
struct ng_windows {
    const uint64_t *begins; /* borrowed */
    uint64_t *ends;         /* owned; NULL if all windows have the same number of bytes, as in ASCII text */
    uint64_t length_bytes;  /* that number, if ends is NULL */
    uint64_t count;
};

/* Window i < count is text[begins[i], ng_windows_end(windows, i)). */
static inline uint64_t ng_windows_end(const struct ng_windows *windows, uint64_t i) {
    return windows->ends ? windows->ends[i] : windows->begins[i] + windows->length_bytes;
}

/* The starts of windows while they are looked for: of every stride-th word. Begin with zeroes. */
struct ng_window_starts {
    struct ng_buf found;  /* of uint64_t */
    uint64_t passed_over; /* words still to pass over */
};

/* A word starts at byte at. Errors: NG_ERR_NOMEM. */
static inline int ng_window_starts_add(struct ng_window_starts *starts, uint64_t at, uint64_t stride,
                                       struct ng_err *err) {
    if (starts->passed_over > 0) {
        starts->passed_over--;
        return NG_OK;
    }
    starts->passed_over = stride - 1;
    return ng_buf_append(&starts->found, &at, sizeof at, err);
}

/* Finds the start of every stride-th word, beginning with the first. The caller owns *begins (free), which is NULL if
 * there are none. stride >= 1. Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_windows_find_starts(struct ng_bytes text, uint64_t stride, uint64_t **begins, uint64_t *count,
                           struct ng_watch *watch, struct ng_err *err);

/* Makes the windows of chars >= 1 code points that start at begins, which is borrowed. is_ascii: the text has as many
 * code points as bytes. Free windows with ng_windows_free, also after an error. Errors: NG_ERR_NOMEM,
 * NG_ERR_CANCELLED. */
int ng_windows_make(struct ng_windows *windows, struct ng_bytes text, bool is_ascii, const uint64_t *begins,
                    uint64_t count, uint64_t chars, struct ng_watch *watch, struct ng_err *err);

/* A single window, the whole text. It owns nothing. */
struct ng_windows ng_windows_whole(struct ng_bytes text);

/* Idempotent. */
void ng_windows_free(struct ng_windows *windows);

#endif
