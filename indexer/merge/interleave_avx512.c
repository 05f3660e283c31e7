#include "indexer/merge/interleave_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

/* Rows are merged in groups of 64, whose result has at most GROUP_WORDS * 64 symbols. */
enum { GROUP_ROWS = 64, GROUP_WORDS = 8 };

/* A bit for each symbol of a group's result, set where it is the base's. */
static inline void mark_rows(const uint8_t *gaps, uint64_t from_base[GROUP_WORDS]) {
    size_t at = 0;
    for (unsigned i = 0; i < GROUP_WORDS; i++) from_base[i] = 0;
    for (unsigned i = 0; i < GROUP_ROWS; i++) {
        at += gaps[i];
        from_base[at / 64] |= UINT64_C(1) << at % 64;
        at++;
    }
}

size_t ng_interleave_avx512(struct ng_interleave_at *at, size_t rows) {
    size_t done = 0;
    for (; done + GROUP_ROWS <= rows; done += GROUP_ROWS) {
        uint64_t from_base[GROUP_WORDS];
        __m512i sums = _mm512_sad_epu8(_mm512_loadu_si512(at->gaps), _mm512_setzero_si512());
        size_t others = (size_t)_mm512_reduce_add_epi64(sums);
        size_t length = others + GROUP_ROWS;
        if (length > (size_t)GROUP_WORDS * 64 || others > (size_t)(at->in_end - at->in) ||
            length > (size_t)(at->out_end - at->out)) {
            break;
        }
        mark_rows(at->gaps, from_base);
        for (size_t word = 0; word * 64 < length; word++) {
            __mmask64 valid = length - word * 64 < 64 ? (UINT64_C(1) << (length - word * 64)) - 1 : UINT64_MAX;
            __mmask64 other = valid & ~from_base[word];
            __m512i symbols = _mm512_maskz_expand_epi8(from_base[word], _mm512_loadu_si512(at->rows));
            symbols = _mm512_mask_expand_epi8(symbols, other, _mm512_loadu_si512(at->in));
            _mm512_storeu_si512(at->out + word * 64, symbols);
            at->rows += __builtin_popcountll(from_base[word]);
            at->in += __builtin_popcountll(other);
        }
        at->out += length;
        at->gaps += GROUP_ROWS;
    }
    return done;
}
#endif
