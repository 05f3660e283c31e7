#include "indexer/dense_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

static inline uint64_t equal_bits(const uint8_t *line, uint8_t symbol) {
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(line), _mm512_set1_epi8((char)symbol));
}

#define NG_DENSE_WALK ng_dense_walk_avx512
#include "indexer/dense_impl.h"
#endif
