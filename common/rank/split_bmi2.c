#include "common/rank/split.h"

/* Four words at a time, which an extraction moves together. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define LOWEST UINT64_C(0x0001000100010001) /* of each word */

/* Where the next words go. */
struct sides {
    uint16_t *zero;
    uint16_t *one;
};

/* Distributes four words; returns their next bits. Words of 0 go nowhere. */
static inline uint64_t split_four(uint64_t four, struct sides *to) {
    uint64_t bit = four & LOWEST;
    uint64_t rest = four >> 1 & 0x7fff * LOWEST;
    uint64_t goes_on = (rest + 0x7ffe * LOWEST) >> 15 & LOWEST; /* rest is 2 or more */
    uint64_t on_zero = goes_on & ~bit;
    uint64_t on_one = goes_on & bit;
    uint64_t zero_words = _pext_u64(rest, on_zero * 0xffff);
    uint64_t one_words = _pext_u64(rest, on_one * 0xffff);
    /* Four are stored; what stands behind the words that were meant is overwritten by the next. */
    memcpy(to->zero, &zero_words, sizeof zero_words);
    memcpy(to->one, &one_words, sizeof one_words);
    to->zero += __builtin_popcountll(on_zero);
    to->one += __builtin_popcountll(on_one);
    return _pext_u64(bit, LOWEST);
}

size_t ng_rank_split_bmi2(const uint16_t *words, size_t count, uint64_t *bits, uint16_t *next, uint16_t *ones) {
    struct sides to = {.zero = next, .one = ones};
    size_t at = 0;
    for (; at + 64 <= count; at += 64) {
        uint64_t taken = 0;
        for (unsigned i = 0; i < 64; i += 4) {
            uint64_t four;
            memcpy(&four, words + at + i, sizeof four);
            taken |= split_four(four, &to) << i;
        }
        bits[at / 64] = taken;
    }
    for (; at < count; at += 4) {
        uint64_t four = 0;
        memcpy(&four, words + at, (count - at < 4 ? count - at : 4) * sizeof *words);
        bits[at / 64] |= split_four(four, &to) << at % 64;
    }
    size_t one_count = (size_t)(to.one - ones);
    memcpy(to.zero, ones, one_count * sizeof *ones);
    return (size_t)(to.zero - next) + one_count;
}
#endif
