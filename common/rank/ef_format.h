/* Sizes and offsets of an Elias-Fano sequence, which FORMAT.md describes. For the files ef*.c only. */
#ifndef NG_COMMON_RANK_EF_FORMAT_H
#define NG_COMMON_RANK_EF_FORMAT_H

#include <stdint.h>

enum {
    NG_EF_BLOCK_BUCKETS = 32,
    NG_EF_DIRECTORY_ENTRY_BYTES = 6,
    NG_EF_HEADER_COUNT_AT = 0,
    NG_EF_HEADER_BOUND_AT = 8,
    NG_EF_HEADER_LOW_BITS_AT = 16,
    NG_EF_HEADER_BYTES = 24,
    NG_EF_MAX_LOW_BITS = 48
};

#define NG_EF_LOW_MASK(low_bits) ((UINT64_C(1) << (low_bits)) - 1)

#endif
