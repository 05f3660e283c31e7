/*
 * Sums and products of numbers that come from outside (files, sockets, argv). Each function returns false, and leaves
 * *out alone, if the result does not fit.
 */
#ifndef NG_COMMON_BASE_CHECKED_H
#define NG_COMMON_BASE_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool ng_checked_add(uint64_t a, uint64_t b, uint64_t *out) {
    uint64_t sum;
    if (__builtin_add_overflow(a, b, &sum)) return false;
    *out = sum;
    return true;
}

static inline bool ng_checked_mul(uint64_t a, uint64_t b, uint64_t *out) {
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product)) return false;
    *out = product;
    return true;
}

/* True if the half-open range [offset, offset + length) lies within [0, size). */
static inline bool ng_checked_range(uint64_t offset, uint64_t length, uint64_t size) {
    return offset <= size && length <= size - offset;
}

#endif
