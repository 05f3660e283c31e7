/* Where the rows of a group of 64 go in the result of a merge. Included by kernels alone. */
#ifndef NG_INDEXER_MERGE_INTERLEAVE_MARKS_H
#define NG_INDEXER_MERGE_INTERLEAVE_MARKS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/le.h"

enum {
    NG_MARKS_ROWS = 64,
    NG_MARKS_WORDS = 8 /* a group whose result is longer than that many words of 64 is left to another kernel */
};

/* A bit for each symbol of a group's result, set where it is the base's. */
struct ng_marks {
    uint64_t from_base[NG_MARKS_WORDS + 1]; /* one more, which stays 0 */
};

/* The sum of eight bytes. */
static inline uint64_t ng_marks_sum(uint64_t bytes) {
    const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
    return ((bytes & even) + (bytes >> 8 & even)) * UINT64_C(0x0001000100010001) >> 48;
}

/* Eight rows at a time: a product sums the gaps before each, and a sum that is below 64 is the number of a bit. */
static inline void ng_marks_set(struct ng_marks *marks, const uint8_t *gaps) {
    size_t at = 0;
    for (unsigned i = 0; i <= NG_MARKS_WORDS; i++) marks->from_base[i] = 0;
    for (unsigned i = 0; i < NG_MARKS_ROWS; i += 8) {
        uint64_t eight = ng_le_load64(gaps + i);
        uint64_t sum = ng_marks_sum(eight);
        if (sum > 64 - 8) {
            for (unsigned row = i; row < i + 8; row++) {
                at += gaps[row];
                marks->from_base[at / 64] |= UINT64_C(1) << at % 64;
                at++;
            }
            continue;
        }
        uint64_t places = eight * UINT64_C(0x0101010101010101) + UINT64_C(0x0706050403020100);
        uint64_t bits = 0;
        for (unsigned row = 0; row < 8; row++) bits |= UINT64_C(1) << (places >> 8 * row) % 64;
        marks->from_base[at / 64] |= bits << at % 64;
        marks->from_base[at / 64 + 1] |= bits >> 1 >> (63 - at % 64);
        at += (size_t)sum + 8;
    }
}

#endif
