/*
 * NaN, Infinity and -Infinity, which Python's json module writes into otherwise valid JSON.
 */
#ifndef NG_COMMON_JSON_NONFINITE_H
#define NG_COMMON_JSON_NONFINITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Replaces them, outside strings, with numbers of the same length, so that a parser accepts the rest. Returns whether
 * there were any. Pure, thread-safe. */
bool ng_nonfinite_replace(uint8_t *bytes, size_t length);

/* Finds the next of them from byte *at on, which must be outside a string. Sets *at to its begin and *word to its
 * length in bytes. Returns false if there is none. Pure, thread-safe. */
bool ng_nonfinite_find(const uint8_t *bytes, size_t length, size_t *at, size_t *word);

#endif
