/*
 * The text files that tasks leave in the folder of an index: a first line that names what follows and its version,
 * numbers and strings, and a last line with the XXH3-64 of everything above in 16 hexadecimal digits.
 */
#ifndef NG_INDEXER_TASK_SEALED_H
#define NG_INDEXER_TASK_SEALED_H

#include "common/base/buf.h"

/* Bytes that are read in order. */
struct ng_sealed {
    const char *path; /* for errors */
    const uint8_t *at;
    const uint8_t *end;
};

/* Appends the last line to the file that begins at begin. Errors: NG_ERR_NOMEM. */
int ng_sealed_seal(struct ng_buf *out, size_t begin, struct ng_err *err);

/* Checks the last line and passes over the first, which is "NAME VERSION\n". Errors: NG_ERR_CORRUPT, NG_ERR_VERSION (the
 * name is right and the version is not). */
int ng_sealed_open(struct ng_sealed *in, const char *path, const uint8_t *bytes, size_t length, const char *first_line,
                   struct ng_err *err);

/* Reads the number before the byte that ends it. Errors: NG_ERR_CORRUPT. */
int ng_sealed_number(struct ng_sealed *in, char end, uint64_t *value, struct ng_err *err);

/* Reads a string that ends in a NUL; it stays where it is. Errors: NG_ERR_CORRUPT. */
int ng_sealed_string(struct ng_sealed *in, const char **text, struct ng_err *err);

/* NG_ERR_CORRUPT, with a reason. */
int ng_sealed_refuse(const struct ng_sealed *in, const char *why, struct ng_err *err);

#endif
