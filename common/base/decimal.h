/*
 * Numbers in decimal, for output that is mostly numbers: there printf would take most of the time.
 */
#ifndef NG_COMMON_BASE_DECIMAL_H
#define NG_COMMON_BASE_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

enum { NG_DECIMAL_MAX_DIGITS = 20 }; /* as many as 2^64 - 1 has */

/* Writes the digits of a number, without a NUL, to at most NG_DECIMAL_MAX_DIGITS bytes. Returns how many. */
static inline size_t ng_decimal_write(uint64_t value, char *out) {
    size_t length = 1;
    for (uint64_t rest = value / 10; rest > 0; rest /= 10) length++;
    for (size_t i = length; i-- > 0; value /= 10) out[i] = (char)('0' + value % 10);
    return length;
}

#endif
