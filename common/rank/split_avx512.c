#include "common/rank/split.h"

/* Compiled with AVX-512 and the extensions that rank_split.c asks the processor for. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

enum { VECTOR_WORDS = 32 };

size_t ng_rank_split_avx512(const uint16_t *words, size_t count, uint64_t *bits, uint16_t *next, uint16_t *ones) {
    const __m512i last = _mm512_set1_epi16(1);
    size_t zero_at = 0;
    size_t one_at = 0;
    for (size_t at = 0; at < count; at += VECTOR_WORDS) {
        __mmask32 valid = count - at < VECTOR_WORDS ? (__mmask32)((UINT32_C(1) << (count - at)) - 1) : UINT32_MAX;
        __m512i word = _mm512_maskz_loadu_epi16(valid, words + at);
        __m512i rest = _mm512_srli_epi16(word, 1);
        __mmask32 bit = _mm512_test_epi16_mask(word, last);
        __mmask32 goes_on = _mm512_cmpgt_epu16_mask(rest, last);
        __mmask32 on_zero = goes_on & ~bit;
        __mmask32 on_one = goes_on & bit;
        /* Whole vectors are stored; what stands behind the words that were meant is overwritten by the next. */
        _mm512_storeu_si512(next + zero_at, _mm512_maskz_compress_epi16(on_zero, rest));
        _mm512_storeu_si512(ones + one_at, _mm512_maskz_compress_epi16(on_one, rest));
        bits[at / 64] |= (uint64_t)bit << at % 64;
        zero_at += (size_t)__builtin_popcount(on_zero);
        one_at += (size_t)__builtin_popcount(on_one);
    }
    memcpy(next + zero_at, ones, one_at * sizeof *ones);
    return zero_at + one_at;
}
#endif
