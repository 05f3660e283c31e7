#include "indexer/bwt/dense.h"
#include "indexer/bwt/dense_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

static inline uint64_t equal_bits(const uint8_t *line, uint8_t symbol) {
    return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(line), _mm512_set1_epi8((char)symbol));
}

/* The count goes through the sum of the words' ones as it is. */
static inline uint64_t rank_in_line(const uint64_t *line, unsigned bit) {
    const __m512i starts = _mm512_set_epi64(384, 320, 256, 192, 128, 64, 0, 0); /* highest first; none of the count's */
    __m512i words = _mm512_loadu_si512(line);
    __m512i behind = _mm512_max_epi64(_mm512_sub_epi64(_mm512_set1_epi64(bit), starts), _mm512_setzero_si512());
    __m512i masked = _mm512_andnot_si512(_mm512_sllv_epi64(_mm512_set1_epi64(-1), behind), words);
    return (uint64_t)_mm512_reduce_add_epi64(_mm512_mask_popcnt_epi64(words, 0xfe, masked));
}

#define RANK_IN_LINE rank_in_line
#define NG_DENSE_WALK ng_dense_walk_avx512
#include "indexer/bwt/dense_impl.h"
#endif
