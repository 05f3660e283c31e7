/*
 * The Unicode part of folding: compatibility normalisation (NFKC) and full case folding. Only letters, marks and
 * numbers (general categories L, M, N) of the result are kept. utf8proc does this; its tables decide the version of
 * Unicode.
 *
 * Normalisation works on sequences: a character that no mark joins is normalised alone, and remembered.
 */
#ifndef NG_COMMON_TEXT_NORMAL_H
#define NG_COMMON_TEXT_NORMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

enum {
    NG_NORMAL_SEQUENCE = 64, /* characters of one sequence; a longer one is normalised in parts */
    NG_NORMAL_BYTES = NG_NORMAL_SEQUENCE * 18 * 4 /* of a normalised sequence: U+FDFA becomes 18 characters */
};

/* Remembers characters. Belongs to one thread at a time. */
struct ng_normal;

/* Errors: NG_ERR_NOMEM. */
int ng_normal_open(struct ng_normal **normal, struct ng_err *err);
void ng_normal_close(struct ng_normal *normal);

/* True if character may join the one before it: a mark that composes or is reordered. */
bool ng_normal_joins(struct ng_normal *normal, int32_t character);

/* Writes the folded form of a character that no other joins, or of a sequence of 1 to NG_NORMAL_SEQUENCE characters.
 * out has room for NG_NORMAL_BYTES. Returns the number of bytes. */
size_t ng_normal_write(struct ng_normal *normal, int32_t character, uint8_t *out);
size_t ng_normal_write_sequence(const int32_t *characters, size_t count, uint8_t *out);

/* The version of Unicode, such as "15.0.0". */
const char *ng_normal_unicode(void);

/* Appends text with each character in lower case, as far as one character stands for another; what is not UTF-8 stays.
 * Errors: NG_ERR_NOMEM. */
int ng_normal_append_lower(struct ng_buf *out, const uint8_t *bytes, size_t length, struct ng_err *err);

/* Whether character is a letter, mark or number (general category L, M or N). */
bool ng_normal_is_word(int32_t character);

/* Whether character has the Unicode property White_Space. */
bool ng_normal_is_space(int32_t character);

#endif
