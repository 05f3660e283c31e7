/*
 * UTF-8 as the Unicode Standard defines it (table 3-7): no surrogates, no overlong forms, nothing above U+10FFFF.
 * All functions are pure and thread-safe.
 */
#ifndef NG_COMMON_BASE_UTF8_H
#define NG_COMMON_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/buf.h"
#include "common/base/err.h"

#define NG_UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Length in bytes of the longest well-formed prefix; equals length if all of bytes is UTF-8. */
size_t ng_utf8_valid_prefix(const uint8_t *bytes, size_t length);

/* Number of code points in bytes, that is, of bytes that do not continue a character. */
uint64_t ng_utf8_characters(const uint8_t *bytes, uint64_t length);

/* Appends bytes to out with every maximal subpart of an ill-formed sequence replaced by U+FFFD (Unicode
 * Standard, section 3.9, "U+FFFD Substitution of Maximal Subparts"; what the WHATWG decoder does).
 * What is appended is always UTF-8. bytes must not lie in out. Errors: NG_ERR_NOMEM. */
int ng_utf8_append_repaired(struct ng_buf *out, const uint8_t *bytes, size_t length, struct ng_err *err);

/* Passes bytes to write in pieces of UTF-8. A bad byte and the continuation bytes after it become one U+FFFD. */
void ng_utf8_write_repaired(FILE *stream, const uint8_t *bytes, size_t length,
                            void (*write)(FILE *stream, const uint8_t *bytes, size_t length));

/* True for bytes that continue a character (10xxxxxx): a string may be cut before any other byte. */
static inline bool ng_utf8_is_continuation(uint8_t byte) {
    return (byte & 0xC0) == 0x80;
}

/* Bytes of the white space (Unicode's White_Space) at the start of bytes; 0 where there is none. */
size_t ng_utf8_space_bytes(const uint8_t *bytes, size_t length);

/* Bytes of the byte order mark at the start of bytes; 0 where there is none. */
size_t ng_utf8_mark_bytes(const uint8_t *bytes, size_t length);

/* The encoding of a text that is not UTF-8, of which these are the first bytes, as iconv names it: "UTF-16" with a byte
 * order mark, "UTF-16LE" or "UTF-16BE" without. NULL: it does not look like UTF-16.
 *
 * Without a mark the text begins with two ASCII characters, as JSON and tables do, or most of it is ASCII; NUL, which is in
 * no text but in most binary bytes, is not in it. */
const char *ng_utf8_find_utf16(const uint8_t *bytes, size_t length);

#endif
