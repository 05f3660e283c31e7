#include "indexer/merge/interleave_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "indexer/merge/interleave_marks.h"

size_t ng_interleave_avx512(struct ng_interleave_at *at, size_t rows) {
    size_t done = 0;
    for (; done + NG_MARKS_ROWS <= rows; done += NG_MARKS_ROWS) {
        struct ng_marks marks;
        __m512i sums = _mm512_sad_epu8(_mm512_loadu_si512(at->gaps), _mm512_setzero_si512());
        size_t others = (size_t)_mm512_reduce_add_epi64(sums);
        size_t length = others + NG_MARKS_ROWS;
        if (length > (size_t)NG_MARKS_WORDS * 64 || others > (size_t)(at->in_end - at->in) ||
            length > (size_t)(at->out_end - at->out)) {
            break;
        }
        ng_marks_set(&marks, at->gaps);
        for (size_t word = 0; word * 64 < length; word++) {
            __mmask64 valid = length - word * 64 < 64 ? (UINT64_C(1) << (length - word * 64)) - 1 : UINT64_MAX;
            __mmask64 other = valid & ~marks.from_base[word];
            __m512i symbols = _mm512_maskz_expand_epi8(marks.from_base[word], _mm512_loadu_si512(at->rows));
            symbols = _mm512_mask_expand_epi8(symbols, other, _mm512_loadu_si512(at->in));
            _mm512_storeu_si512(at->out + word * 64, symbols);
            at->rows += __builtin_popcountll(marks.from_base[word]);
            at->in += __builtin_popcountll(other);
        }
        at->out += length;
        at->gaps += NG_MARKS_ROWS;
    }
    return done;
}
#endif
