#include "indexer/bwt/dense.h"
#include "indexer/bwt/dense_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

static inline uint64_t equal_bits(const uint8_t *line, uint8_t symbol) {
    const __m256i pattern = _mm256_set1_epi8((char)symbol);
    const __m256i *halves = (const __m256i *)(const void *)line;
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(halves), pattern));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(halves + 1), pattern));
    return (uint64_t)high << 32 | low;
}

#define RANK_IN_LINE ng_bitmaps_rank
#define NG_DENSE_WALK ng_dense_walk_bmi2
#include "indexer/bwt/dense_impl.h"
#endif
