/* Reproducible random numbers, and what random draws show. */
#ifndef NG_COMMON_BASE_RANDOM_H
#define NG_COMMON_BASE_RANDOM_H

#include <math.h>
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

/* Within [0, 1]. */
struct ng_wilson {
    double low;
    double high;
};

/* The 95 % interval of a share, if part of whole draws have it (E. B. Wilson, "Probable inference, the law of
 * succession, and statistical inference", 1927). Without draws it is 0 to 1. */
static inline struct ng_wilson ng_wilson_interval(uint64_t part, uint64_t whole) {
    const double z = 1.959963984540054; /* 97.5 % of a normal distribution lie below */
    if (whole == 0) return (struct ng_wilson){0, 1};
    double draws = (double)whole;
    double share = (double)part / draws;
    double scale = 1 + z * z / draws;
    double middle = (share + z * z / (2 * draws)) / scale;
    double margin = z / scale * sqrt(share * (1 - share) / draws + z * z / (4 * draws * draws));
    double low = part == 0 ? 0 : middle - margin; /* exactly, whatever rounding does */
    double high = part == whole ? 1 : middle + margin;
    return (struct ng_wilson){low > 0 ? low : 0, high < 1 ? high : 1};
}

#endif
