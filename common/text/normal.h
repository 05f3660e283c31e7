/*
 * Unicode's part of folding: compatibility normalisation (NFKC), full case folding, and of the result only letters,
 * marks and numbers (general categories L, M, N). By utf8proc, whose tables decide which version of Unicode holds.
 *
 * Normalisation looks at sequences: a character that no mark may join is normalised alone, and remembered.
 */
#ifndef NG_COMMON_TEXT_NORMAL_H
#define NG_COMMON_TEXT_NORMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

enum {
    NG_NORMAL_SEQUENCE = 64, /* characters of one sequence; a longer one is normalised in parts */
    NG_NORMAL_BYTES = NG_NORMAL_SEQUENCE * 18 * 4 /* of one normalised: U+FDFA becomes 18 characters */
};

/* Remembers characters. Belongs to one thread at a time. */
struct ng_normal;

/* Errors: NG_ERR_NOMEM. */
int ng_normal_open(struct ng_normal **normal, struct ng_err *err);
void ng_normal_close(struct ng_normal *normal);

/* True where character may join what stands before it: a mark that composes or is reordered. */
bool ng_normal_joins(struct ng_normal *normal, int32_t character);

/* Writes what a character without others that join it, or a sequence of 1 to NG_NORMAL_SEQUENCE, folds to. out has room
 * for NG_NORMAL_BYTES. Returns the number of bytes. */
size_t ng_normal_write(struct ng_normal *normal, int32_t character, uint8_t *out);
size_t ng_normal_write_sequence(const int32_t *characters, size_t count, uint8_t *out);

/* The version of Unicode, such as "15.0.0". */
const char *ng_normal_unicode(void);

/* Unicode's White_Space. */
bool ng_normal_is_space(int32_t character);

#endif
