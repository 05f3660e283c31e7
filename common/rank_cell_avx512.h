/*
 * Cells decoded all at once, in registers of 512 bits, and without a branch: which encoding comes next cannot be
 * foretold, and a wrong guess costs as much as the decoding. A part of rank_cell_impl.h, for processors that have
 * AVX-512 with VBMI2 (Ice Lake, Zen 4 and later).
 */

/* What a cell's header says of its encoding, as masks: all ones for yes. */
struct encoding {
    uint64_t plain;
    uint64_t stored; /* it is not constant */
    unsigned delta;  /* the bits that differ from the bit before are stored */
    unsigned flip;   /* the complement is stored */
};

/* By arithmetic alone. A comparison would be kept in the low byte of a register, which then waits for what was in the
 * rest of it: where that is the last cell's result, each cell waits for the one before. */
static NG_ALWAYS_INLINE struct encoding encoding_of(const struct level_cell *cell) {
    unsigned length = cell->header >> NG_CELL_LENGTH_SHIFT & NG_CELL_LENGTH_MASK;
    unsigned ones = cell->header & NG_CELL_ONES_MASK;
    unsigned high = cell->header >> 15;
    unsigned stored = (length + NG_CELL_LENGTH_MASK) >> 6; /* is it above 0? */
    unsigned plain_length = (cell->bits + 7) / 8;
    plain_length -= plain_length >> 6;                     /* 63 stands for 64 */
    unsigned plain = ((length ^ plain_length) - 1) >> 31;  /* are they equal? */
    unsigned many = (cell->bits - 2 * ones) >> 31; /* also where all bits are set, but for 512, which "high" tells */
    unsigned flip = (many & ~(plain | high)) | (high & ~stored);
    return (struct encoding){.plain = 0 - (uint64_t)plain,
                             .stored = 0 - (uint64_t)stored,
                             .delta = 0 - (high & stored),
                             .flip = 0 - (flip & 1)};
}

/* A plain cell is read as a sparse one all of whose bytes are there, a constant one as one that has none. Loads
 * CELL_READ_BYTES at most, whatever the length. */
static NG_ALWAYS_INLINE __m512i expand_cell(const uint8_t *data, const struct encoding *encoding) {
    uint64_t words = _pdep_u64(data[0], UINT64_C(0x0101010101010101)) * 255;
    uint64_t mask = (_pdep_u64(ng_le_load64(data + 1), words) & encoding->stored) | encoding->plain;
    size_t skip = (1 + popcount(data[0])) & ~encoding->plain;
    /* On Zen 4 an expansion waits for the register that it writes, even where it keeps nothing of it. A zero that the
     * compiler cannot see through is written first: without it each cell would wait for the one before. */
    __m512i zero = _mm512_setzero_si512();
    __asm__("" : "+v"(zero));
    return _mm512_mask_expand_epi8(zero, mask, _mm512_loadu_si512(data + skip));
}

static NG_ALWAYS_INLINE __m512i decode_cell(const struct level_cell *cell) {
    const __m512i ones = _mm512_set1_epi8(-1);
    struct encoding encoding = encoding_of(cell);
    __m512i stored = expand_cell(cell->data, &encoding);
    /* Each word's prefix parities: the carry-less product with ones. */
    __m512i words = _mm512_unpacklo_epi64(_mm512_clmulepi64_epi128(stored, ones, 0x00),
                                          _mm512_clmulepi64_epi128(stored, ones, 0x01));
    /* Then, word for word, whether the bits before it change an odd number of times. */
    unsigned parity = _mm512_movepi64_mask(words);
    parity ^= parity << 1;
    parity ^= parity << 2;
    parity ^= parity << 4;
    unsigned flip = (parity << 1 & encoding.delta) | encoding.flip;
    words = _mm512_mask_mov_epi64(stored, (__mmask8)encoding.delta, words);
    return _mm512_mask_xor_epi64(words, (__mmask8)flip, words, ones);
}

/* A one for every bit of the cell from place at on. */
static NG_ALWAYS_INLINE __m512i bits_from(unsigned at) {
    const __m512i word_starts = _mm512_setr_epi64(0, 64, 128, 192, 256, 320, 384, 448);
    __m512i shifts = _mm512_subs_epu16(_mm512_set1_epi64((long long)at), word_starts);
    return _mm512_sllv_epi64(_mm512_set1_epi8(-1), shifts); /* a shift by 64 and more leaves nothing */
}

static NG_ALWAYS_INLINE struct cell_ones cell_rank_of_many(const struct level_cell *cell, unsigned first, unsigned second) {
    __m512i bits = decode_cell(cell);
    __m512i first_counts = _mm512_popcnt_epi64(_mm512_andnot_si512(bits_from(first), bits));
    __m512i second_counts = _mm512_popcnt_epi64(_mm512_andnot_si512(bits_from(second), bits));
    /* Eight bytes of each, summed at once. */
    __m128i both = _mm_unpacklo_epi64(_mm512_cvtepi64_epi8(first_counts), _mm512_cvtepi64_epi8(second_counts));
    both = _mm_sad_epu8(both, _mm_setzero_si128());
    return (struct cell_ones){{(unsigned)_mm_cvtsi128_si32(both), (unsigned)_mm_extract_epi16(both, 4)}};
}
