/*
 * The table of frequent strings of a shard, section FRQB: where a string of a few bytes stands, whatever it is. Shared by
 * the indexer, which fills it, and the query library, which looks strings up. FORMAT.md has the words.
 */
#ifndef NG_COMMON_SHARD_FREQUENT_H
#define NG_COMMON_SHARD_FREQUENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/packed.h"

enum {
    NG_FREQUENT_LENGTH_AT = 0,
    NG_FREQUENT_COUNT_WIDTH_AT = 8,
    NG_FREQUENT_BUCKETS_AT = 16,
    NG_FREQUENT_TABLE_AT = 64,    /* the buckets themselves */
    NG_FREQUENT_BUCKET_BYTES = 64, /* a line of the cache */
    NG_FREQUENT_MAX_BYTES = 6
};

/* Strings, as numbers of up to so many bytes, are multiplied by this, modulo the next power of two of their length: so
 * they are spread evenly. (Knuth, "Sorting and Searching", 6.4: the golden ratio.) The other undoes it. */
#define NG_FREQUENT_FACTOR UINT64_C(0x9e3779b97f4b)
#define NG_FREQUENT_INVERSE UINT64_C(0x393dee219263)

/* What a slot of a bucket holds, one behind the other. */
struct ng_frequent_layout {
    uint64_t length_bytes; /* of the strings */
    uint64_t buckets;
    unsigned rest_width;   /* the low bits of the string's code, which tell it from others of the bucket */
    unsigned row_width;    /* its first row */
    unsigned count_width;  /* how many rows it has; 0: the slot is free */
    unsigned slot_width;   /* the sum of these */
    unsigned slots;        /* of a bucket */
};

/* Makes the layout of a table of a shard of so many rows. False where there is none: of numbers out of range. */
static inline bool ng_frequent_layout_init(struct ng_frequent_layout *layout, uint64_t rows, uint64_t length_bytes,
                                           uint64_t count_width, uint64_t buckets) {
    if (length_bytes == 0 || length_bytes > NG_FREQUENT_MAX_BYTES || count_width == 0 || count_width > 48) return false;
    if (buckets == 0 || buckets > UINT64_C(1) << (8 * length_bytes) || buckets > UINT32_MAX) return false;
    *layout = (struct ng_frequent_layout){.length_bytes = length_bytes,
                                          .buckets = buckets,
                                          .rest_width = (unsigned)(8 * length_bytes) + 1 - ng_packed_width(buckets),
                                          .row_width = ng_packed_width(rows),
                                          .count_width = (unsigned)count_width};
    layout->slot_width = layout->rest_width + layout->row_width + layout->count_width;
    layout->slots = 8 * NG_FREQUENT_BUCKET_BYTES / layout->slot_width;
    return layout->row_width <= 48;
}

static inline uint64_t ng_frequent_code_mask(const struct ng_frequent_layout *layout) {
    return (UINT64_C(1) << (8 * layout->length_bytes)) - 1;
}

static inline uint64_t ng_frequent_rest_mask(const struct ng_frequent_layout *layout) {
    return (UINT64_C(1) << layout->rest_width) - 1;
}

/* The code of a string. */
static inline uint64_t ng_frequent_code(const uint8_t *bytes, uint64_t length_bytes) {
    uint64_t string = 0;
    for (uint64_t i = 0; i < length_bytes; i++) string |= (uint64_t)bytes[i] << (8 * i);
    return string * NG_FREQUENT_FACTOR & ((UINT64_C(1) << (8 * length_bytes)) - 1);
}

/* A byte of the string that has a code, at below its length. */
static inline uint8_t ng_frequent_byte(uint64_t code, uint64_t at) {
    return (uint8_t)(code * NG_FREQUENT_INVERSE >> (8 * at));
}

/* The bucket of a code. */
static inline uint64_t ng_frequent_bucket(const struct ng_frequent_layout *layout, uint64_t code) {
    return (uint64_t)((unsigned __int128)code * layout->buckets >> (8 * layout->length_bytes));
}

/* The code that belongs in a bucket and ends in rest. A bucket's codes are consecutive, and no more than there are rests. */
static inline uint64_t ng_frequent_code_of(const struct ng_frequent_layout *layout, uint64_t bucket, uint64_t rest) {
    unsigned __int128 begin = ((unsigned __int128)bucket << (8 * layout->length_bytes)) + layout->buckets - 1;
    uint64_t first = (uint64_t)(begin / layout->buckets);
    return (first + ((rest - first) & ng_frequent_rest_mask(layout))) & ng_frequent_code_mask(layout);
}

#endif
