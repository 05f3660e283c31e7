#include "indexer/bwt/bitmaps.h"

#if defined(__x86_64__)
#include <immintrin.h>

size_t ng_bitmaps_fill_avx512(const struct ng_bitmaps *maps, const uint8_t *rows, size_t count, uint64_t *counts,
                              uint64_t *line, uint8_t *rest) {
    __mmask64 others[NG_BITMAPS_LINE_WORDS - 1];
    __m512i symbols[NG_BITMAPS_LINE_WORDS - 1];
    size_t rest_count = 0;
    (void)count;
    for (unsigned w = 0; w + 1 < NG_BITMAPS_LINE_WORDS; w++) {
        symbols[w] = _mm512_loadu_si512(rows + (size_t)64 * w);
        others[w] = UINT64_MAX;
    }
    for (unsigned n = 0; n < maps->symbols; n++) {
        const __m512i symbol = _mm512_set1_epi8((char)maps->symbol[n]);
        *line++ = counts[n];
        for (unsigned w = 0; w + 1 < NG_BITMAPS_LINE_WORDS; w++) {
            __mmask64 equal = _mm512_cmpeq_epi8_mask(symbols[w], symbol);
            others[w] &= ~equal;
            counts[n] += (uint64_t)__builtin_popcountll(equal);
            *line++ = equal;
        }
    }
    *line++ = counts[maps->symbols];
    for (unsigned w = 0; w + 1 < NG_BITMAPS_LINE_WORDS; w++) {
        *line++ = others[w];
        _mm512_storeu_si512(rest + rest_count, _mm512_maskz_compress_epi8(others[w], symbols[w]));
        rest_count += (size_t)__builtin_popcountll(others[w]);
    }
    counts[maps->symbols] += rest_count;
    return rest_count;
}
#endif
