#include "indexer/merge/interleave_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "indexer/merge/interleave_marks.h"

/* Eight symbols of the result: those of the base where the mask has a one, and the other's between them. */
static inline uint64_t mix(const uint8_t *rows, const uint8_t *in, uint64_t mask) {
    uint64_t bytes = _pdep_u64(mask, UINT64_C(0x0101010101010101)) * 255;
    return _pdep_u64(ng_le_load64(rows), bytes) | _pdep_u64(ng_le_load64(in), ~bytes);
}

size_t ng_interleave_bmi2(struct ng_interleave_at *at, size_t rows) {
    size_t done = 0;
    for (; done + NG_MARKS_ROWS <= rows; done += NG_MARKS_ROWS) {
        struct ng_marks marks;
        size_t others = 0;
        for (unsigned i = 0; i < NG_MARKS_ROWS; i += 8) others += (size_t)ng_marks_sum(ng_le_load64(at->gaps + i));
        size_t length = others + NG_MARKS_ROWS;
        if (length > (size_t)NG_MARKS_WORDS * 64 || others > (size_t)(at->in_end - at->in) ||
            length > (size_t)(at->out_end - at->out)) {
            break;
        }
        const uint8_t *base = at->rows;
        const uint8_t *other = at->in;
        if (others == 0) {
            memcpy(at->out, base, NG_MARKS_ROWS);
            length = 0;
        } else {
            ng_marks_set(&marks, at->gaps);
        }
        for (size_t place = 0; place < length; place += 8) {
            uint64_t mask = marks.from_base[place / 64] >> place % 64 & 0xff;
            size_t ones = (size_t)__builtin_popcountll(mask);
            ng_le_store64(at->out + place, mix(base, other, mask));
            base += ones;
            other += 8 - ones;
        }
        at->rows += NG_MARKS_ROWS;
        at->gaps += NG_MARKS_ROWS;
        at->in += others;
        at->out += others + NG_MARKS_ROWS;
    }
    return done;
}
#endif
