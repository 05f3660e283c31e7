/*
 * Decodes a whole cell at once, in registers of 512 bits and without a branch: the encoding is unpredictable, and a
 * wrong guess costs as much as the decoding. A part of cell_impl.h, for processors that have AVX-512 with VBMI2 (Ice
 * Lake, Zen 4 and later).
 */

/* Whether a delta-sparse cell is read in another way than others. */
enum { DELTA_APART = false };

/* A plain cell is read as a sparse one all of whose bytes are there, a constant one as one that has none. Loads
 * CELL_READ_BYTES at most, whatever the length. */
static NG_ALWAYS_INLINE __m512i expand_cell(const uint8_t *data, const struct encoding *encoding) {
    uint64_t words = _pdep_u64(data[0], UINT64_C(0x0101010101010101)) * 255;
    uint64_t mask = (_pdep_u64(ng_le_load64(data + 1), words) & encoding->stored) | encoding->plain;
    size_t skip = (1 + popcount(data[0])) & ~encoding->plain;
    /* On Zen 4 an expansion waits for the register that it writes, even if it keeps nothing of it. So a zero that the
     * compiler cannot see through is written first. Without it each cell would wait for the one before. */
    __m512i zero = _mm512_setzero_si512();
    __asm__("" : "+v"(zero));
    return _mm512_mask_expand_epi8(zero, mask, _mm512_loadu_si512(data + skip));
}

/* For each of eight bits, the parity of the bits below it. A table gives it at once; shifts would take a chain of
 * steps. */
#define PARITIES_BEFORE(byte) \
    (uint8_t)((byte) << 1 ^ (byte) << 2 ^ (byte) << 3 ^ (byte) << 4 ^ (byte) << 5 ^ (byte) << 6 ^ (byte) << 7)
#define FOUR(byte) \
    PARITIES_BEFORE(byte), PARITIES_BEFORE((byte) + 1), PARITIES_BEFORE((byte) + 2), PARITIES_BEFORE((byte) + 3)
#define SIXTEEN(byte) FOUR(byte), FOUR((byte) + 4), FOUR((byte) + 8), FOUR((byte) + 12)
#define SIXTY_FOUR(byte) SIXTEEN(byte), SIXTEEN((byte) + 16), SIXTEEN((byte) + 32), SIXTEEN((byte) + 48)
static const uint8_t parities_before[256] = {SIXTY_FOUR(0), SIXTY_FOUR(64), SIXTY_FOUR(128), SIXTY_FOUR(192)};
#undef PARITIES_BEFORE
#undef FOUR
#undef SIXTEEN
#undef SIXTY_FOUR

static NG_ALWAYS_INLINE __m512i decode_cell(const uint8_t *data, const struct encoding *encoding) {
    const __m512i ones = _mm512_set1_epi8(-1);
    __m512i stored = expand_cell(data, encoding);
    stored = _mm512_xor_si512(stored, _mm512_set1_epi32((int)encoding->flip));
    /* Each word's prefix parities: the carry-less product with ones. */
    __m512i words = _mm512_unpacklo_epi64(_mm512_clmulepi64_epi128(stored, ones, 0x00),
                                          _mm512_clmulepi64_epi128(stored, ones, 0x01));
    /* Then, for each word, whether the bits before it change an odd number of times. */
    uint32_t turned = parities_before[_mm512_movepi64_mask(words)] & encoding->delta;
    words = _mm512_mask_mov_epi64(stored, (__mmask8)encoding->delta, words);
    return _mm512_mask_xor_epi64(words, (__mmask8)turned, words, ones);
}

/* A one for every bit of the cell from place at on. */
static NG_ALWAYS_INLINE __m512i bits_from(unsigned at) {
    /* Words of 32 bits, since one instruction fills a register with copies of one from memory. The upper halves become
     * 0. */
    const __m512i word_starts =
        _mm512_setr_epi32(0, -1, 64, -1, 128, -1, 192, -1, 256, -1, 320, -1, 384, -1, 448, -1);
    __m512i shifts = _mm512_subs_epu16(_mm512_set1_epi32((int)at), word_starts);
    return _mm512_sllv_epi64(_mm512_set1_epi8(-1), shifts); /* a shift by 64 and more leaves nothing */
}

/* The ones before two places of a cell, plus those of the level before the cell. */
static NG_ALWAYS_INLINE struct cell_ones decoded_rank(const uint8_t *data, const struct encoding *encoding,
                                                      unsigned before, unsigned first, unsigned second) {
    __m512i bits = decode_cell(data, encoding);
    __m512i first_counts = _mm512_popcnt_epi64(_mm512_andnot_si512(bits_from(first), bits));
    __m512i second_counts = _mm512_popcnt_epi64(_mm512_andnot_si512(bits_from(second), bits));
    /* Eight bytes of each, summed at once. */
    __m128i both = _mm_unpacklo_epi64(_mm512_cvtepi64_epi8(first_counts), _mm512_cvtepi64_epi8(second_counts));
    both = _mm_shuffle_epi32(_mm_sad_epu8(both, _mm_setzero_si128()), _MM_SHUFFLE(3, 3, 2, 0));
    both = _mm_add_epi32(both, _mm_set1_epi32((int)before));
    struct cell_ones ones;
    _mm_storel_epi64((__m128i *)(void *)&ones, both);
    return ones;
}
