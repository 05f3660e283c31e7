#include "indexer/bwt/bitmaps.h"

#if defined(__x86_64__)
#include <immintrin.h>

enum { WORDS = NG_BITMAPS_LINE_WORDS - 1 };

/* Which of 64 rows hold the symbol. */
static inline uint64_t equal_rows(const uint8_t *rows, __m256i symbol) {
    const __m256i *halves = (const __m256i *)(const void *)rows;
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(halves), symbol));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(halves + 1), symbol));
    return (uint64_t)high << 32 | low;
}

size_t ng_bitmaps_fill_bmi2(const struct ng_bitmaps *maps, const uint8_t *rows, size_t count, uint64_t *counts,
                            uint64_t *line, uint8_t *rest) {
    uint64_t others[WORDS];
    size_t rest_count = 0;
    (void)count;
    for (unsigned w = 0; w < WORDS; w++) others[w] = UINT64_MAX;
    for (unsigned n = 0; n < maps->symbols; n++) {
        const __m256i symbol = _mm256_set1_epi8((char)maps->symbol[n]);
        *line++ = counts[n];
        for (unsigned w = 0; w < WORDS; w++) {
            uint64_t equal = equal_rows(rows + (size_t)64 * w, symbol);
            others[w] &= ~equal;
            counts[n] += (uint64_t)__builtin_popcountll(equal);
            *line++ = equal;
        }
    }
    *line++ = counts[maps->symbols];
    for (unsigned w = 0; w < WORDS; w++) {
        *line++ = others[w];
        for (uint64_t left = others[w]; left; left &= left - 1) {
            rest[rest_count++] = rows[(size_t)64 * w + (size_t)__builtin_ctzll(left)];
        }
    }
    counts[maps->symbols] += rest_count;
    return rest_count;
}
#endif
