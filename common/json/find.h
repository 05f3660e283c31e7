/*
 * Finds a value in a JSON object by its path, without parsing all of it: for the ids of documents, which are looked up
 * in the metadata of many. FORMAT.md, section "DIDS", says what a path is.
 *
 * The bytes should be one well-formed JSON object; NaN and Infinity may stand for numbers. Anything else gives any
 * result, but nothing is read outside of the bytes. Pure, thread-safe.
 */
#ifndef NG_COMMON_JSON_FIND_H
#define NG_COMMON_JSON_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

/* The token of a value: [data, data + length) of the bytes searched. */
struct ng_json_token {
    const uint8_t *data; /* NULL: the path leads to nothing */
    size_t length;
};

struct ng_json_token ng_json_find(const uint8_t *bytes, size_t length, const char *path);

/* Whether a token is a string or a number. */
bool ng_json_token_is_string(struct ng_json_token token);
bool ng_json_token_is_number(struct ng_json_token token);

/* Whether a token stands for these bytes: a string without its escapes, or a number as it is written. */
bool ng_json_token_equals(struct ng_json_token token, const uint8_t *bytes, size_t length);

/* The bytes that a token stands for: they lie in the token, or, if it has escapes, in room, which is overwritten.
 * Errors: NG_ERR_NOMEM. */
int ng_json_token_bytes(struct ng_json_token token, struct ng_buf *room, const uint8_t **bytes, size_t *length,
                        struct ng_err *err);

#endif
