/*
 * Surrogates in JSON. A string may escape half of a pair (\ud800), which is no character and which yajl would turn into
 * '?' or into ill-formed UTF-8.
 */
#ifndef NG_COMMON_JSON_SURROGATE_H
#define NG_COMMON_JSON_SURROGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NG_JSON_ESCAPE_BYTES = 6 }; /* \uXXXX */

#define NG_JSON_NO_OFFSET SIZE_MAX

/* Offset of the first escaped surrogate without its partner in bytes, which are of string tokens that are well-formed
 * JSON, or NG_JSON_NO_OFFSET. Pure, thread-safe. */
size_t ng_json_find_lone_surrogate(const uint8_t *bytes, size_t length);

/* Replaces each of them with \ufffd, which is as long. Returns whether there were any. */
bool ng_json_repair_surrogates(uint8_t *bytes, size_t length);

#endif
