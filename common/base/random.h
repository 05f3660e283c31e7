/* Reproducible random numbers. */
#ifndef NG_COMMON_BASE_RANDOM_H
#define NG_COMMON_BASE_RANDOM_H

#include <stdint.h>

/* A pseudo-random number below bound > 0, without bias (splitmix64, Steele, Lea and Flood 2014). */
static inline uint64_t ng_random_below(uint64_t *state, uint64_t bound) {
    uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
        z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
        z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
        z ^= z >> 31;
        if (z < limit) return z % bound;
    }
}

#endif
