/* The measures of an Elias-Fano sequence; the words for them are in FORMAT.md. For the files ef*.c only. */
#ifndef NG_COMMON_EF_FORMAT_H
#define NG_COMMON_EF_FORMAT_H

#include <stdint.h>

enum {
    BLOCK_BUCKETS = 32,
    DIRECTORY_ENTRY_BYTES = 6,
    HEADER_COUNT_AT = 0,
    HEADER_BOUND_AT = 8,
    HEADER_LOW_BITS_AT = 16,
    HEADER_BYTES = 24,
    MAX_LOW_BITS = 48
};

#define LOW_MASK(low_bits) ((UINT64_C(1) << (low_bits)) - 1)

#endif
