/*
 * Numbers in decimal, for output that is mostly numbers: there printf would take most of the time.
 */
#ifndef NG_COMMON_DECIMAL_H
#define NG_COMMON_DECIMAL_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { NG_DECIMAL_MAX_DIGITS = 20 }; /* as many as 2^64 - 1 has */

/* Writes the digits of a number, without a NUL, to at most NG_DECIMAL_MAX_DIGITS bytes. Returns how many. */
static inline size_t ng_decimal_write(uint64_t value, char *out) {
    char digits[NG_DECIMAL_MAX_DIGITS];
    size_t begin = sizeof digits;
    do {
        digits[--begin] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    memcpy(out, digits + begin, sizeof digits - begin);
    return sizeof digits - begin;
}

#endif
