/* Rank in a bitmap's line, word by word. Internal to the walk of dense.h. */
#ifndef NG_INDEXER_BWT_DENSE_LINE_H
#define NG_INDEXER_BWT_DENSE_LINE_H

#include <stdint.h>

#include "indexer/bwt/bitmaps.h"

static inline uint64_t rank_in_line(const uint64_t *line, unsigned bit) {
    uint64_t count = line[0];
    unsigned whole = bit / 64;
    for (unsigned word = 0; word + 1 < NG_BITMAPS_LINE_WORDS; word++) {
        uint64_t all = (uint64_t)0 - (word < whole); /* no branch, since none guesses it */
        uint64_t part = (((uint64_t)1 << bit % 64) - 1) & ((uint64_t)0 - (word == whole));
        count += (uint64_t)__builtin_popcountll(line[word + 1] & (all | part));
    }
    return count;
}

#endif
