/*
 * A text as words and windows, the units of a contamination check. Internal to the query library.
 *
 * A word starts at a code point that is no white space and is first or follows white space (Unicode property
 * White_Space). A window is a fixed number of code points from a word start, where that many remain. Texts are
 * UTF-8; offsets are in bytes.
 */
#ifndef NG_QUERY_WINDOWS_H
#define NG_QUERY_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "query/ngidx.h"

/* Length in bytes of the white space character at bytes (length > 0), 0 where there is none. */
size_t ng_windows_space(const uint8_t *bytes, size_t length);

/* True where text holds nothing but white space, or nothing. */
bool ng_windows_blank(struct ng_bytes text);

/* Number of code points in bytes. */
uint64_t ng_windows_characters(const uint8_t *bytes, uint64_t length);

/* The windows of one text at one length: window i is [begins[i], ends[i]), in ascending order of both. */
struct ng_windows {
    const uint64_t *begins; /* borrowed */
    uint64_t *ends;         /* owned */
    uint64_t count;
};

/* Finds the starts of every stride-th word (the first, the one stride words behind it, ...). *begins is owned by the
 * caller (free), NULL where there are none. stride >= 1. Errors: NG_ERR_NOMEM. */
int ng_windows_find_starts(struct ng_bytes text, uint64_t stride, uint64_t **begins, uint64_t *count,
                           struct ng_err *err);

/* Makes the windows of chars >= 1 code points that begin at those starts, which are borrowed.
 * Errors: NG_ERR_NOMEM. On success: ng_windows_free. */
int ng_windows_make(struct ng_windows *windows, struct ng_bytes text, const uint64_t *begins, uint64_t count,
                    uint64_t chars, struct ng_err *err);

/* Makes one window of the whole text. Errors: NG_ERR_NOMEM. On success: ng_windows_free. */
int ng_windows_make_whole(struct ng_windows *windows, struct ng_bytes text, struct ng_err *err);

/* Idempotent. */
void ng_windows_free(struct ng_windows *windows);

#endif
