/*
 * Cells: rank and access in up to 512 bits, in each of their encodings, and sums over cell headers. A part of
 * rank_impl.h, compiled once for each kind of processor.
 */
#include <stdbool.h>
#include <stddef.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "common/base/le.h"
#include "common/rank/format.h"

/* Queries are short chains of these small functions, and a call would cost as much as the function itself. Functions
 * that prefetch must be inlined: GCC takes a function that only prefetches for one without effect, and drops calls that
 * it has not inlined. */
#define NG_ALWAYS_INLINE inline __attribute__((always_inline))

static NG_ALWAYS_INLINE uint64_t low_mask(unsigned bits) {
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static NG_ALWAYS_INLINE unsigned popcount(uint64_t word) {
    return (unsigned)__builtin_popcountll(word);
}

/* The ones of a level before each of two places in one of its cells. */
struct cell_ones {
    unsigned before[2];
};

/* The most bytes of a cell that matter, whatever its length; a word more may be read. */
enum { CELL_READ_BYTES = 73 };

/* One cell of a level. */
struct level_cell {
    const uint8_t *data;
    unsigned header;
    unsigned bits;   /* that it has, 1 to 512 */
    unsigned before; /* ones of the level before it */
};

/* The encoding of a cell by its header, as masks: all ones for yes. */
struct encoding {
    uint64_t plain;
    uint64_t stored; /* it is not constant */
    uint32_t delta;  /* the bits that differ from the bit before are stored */
    uint32_t flip;   /* the complement is stored; never with delta */
};

static NG_ALWAYS_INLINE struct encoding find_encoding(unsigned header, unsigned bits) {
    unsigned length = header >> NG_CELL_LENGTH_SHIFT & NG_CELL_LENGTH_MASK;
    unsigned plain_length = (bits + 7) / 8;
    plain_length -= plain_length / 64; /* 63 stands for 64 */
    bool plain = length == plain_length;
    bool stored = length > 0;
    bool high = header & NG_CELL_DELTA;
    bool many = 2 * (header & NG_CELL_ONES_MASK) > bits;
    return (struct encoding){.plain = 0 - (uint64_t)plain,
                             .stored = 0 - (uint64_t)stored,
                             .delta = 0 - (uint32_t)(high & stored),
                             .flip = 0 - (uint32_t)((many & !plain & !high) | (high & !stored))};
}

/* Puts the bytes of stream, lowest first, where mask has a one, one mask bit a byte of the result. */
static NG_ALWAYS_INLINE uint64_t expand_bytes(uint64_t stream, unsigned mask) {
#if defined(__BMI2__)
    return _pdep_u64(stream, _pdep_u64(mask, UINT64_C(0x0101010101010101)) * 255);
#else
    uint64_t word = 0;
    for (; mask; mask &= mask - 1, stream >>= 8) word |= (stream & 255) << (8 * (unsigned)__builtin_ctz(mask));
    return word;
#endif
}

/* Bit i of the result is the parity of bits 0 to i. */
static NG_ALWAYS_INLINE uint64_t prefix_parity(uint64_t word) {
#if defined(__PCLMUL__)
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)word), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
#else
    for (unsigned shift = 1; shift < 64; shift *= 2) word ^= word << shift;
    return word;
#endif
}

/* Reads a sparse form word by word. */
struct sparse {
    unsigned words; /* a bit for each that is not zero */
    const uint8_t *masks;
    const uint8_t *bytes;
};

static NG_ALWAYS_INLINE struct sparse sparse_begin(const uint8_t *cell) {
    return (struct sparse){.words = cell[0], .masks = cell + 1, .bytes = cell + 1 + popcount(cell[0])};
}

static NG_ALWAYS_INLINE uint64_t sparse_next(struct sparse *sparse, unsigned word) {
    if (!(sparse->words >> word & 1)) return 0;
    unsigned mask = *sparse->masks++;
    uint64_t stream = ng_le_load64(sparse->bytes);
    sparse->bytes += popcount(mask);
    return expand_bytes(stream, mask);
}

/* Words 0 to last of the cell's bits. */
static NG_ALWAYS_INLINE void decode_words(const struct level_cell *cell, unsigned length, unsigned last,
                                          uint64_t words[NG_CELL_WORDS]) {
    if (length == ng_cell_plain_bytes(cell->bits)) {
        for (unsigned i = 0; i <= last; i++) words[i] = ng_le_load64(cell->data + (size_t)8 * i);
        return;
    }
    struct sparse sparse = sparse_begin(cell->data);
    if (cell->header & NG_CELL_DELTA) {
        uint64_t carry = 0; /* all ones where the bit before is set */
        for (unsigned i = 0; i <= last; i++) {
            words[i] = prefix_parity(sparse_next(&sparse, i)) ^ carry;
            carry = 0 - (words[i] >> 63);
        }
    } else {
        uint64_t flip = 2 * (cell->header & NG_CELL_ONES_MASK) > cell->bits ? UINT64_MAX : 0;
        for (unsigned i = 0; i <= last; i++) words[i] = sparse_next(&sparse, i) ^ flip;
    }
}

static NG_ALWAYS_INLINE struct cell_ones decoded_ones(const struct level_cell *cell, unsigned length, unsigned first,
                                                      unsigned second) {
    uint64_t words[NG_CELL_WORDS];
    unsigned last = (second - (second > 0)) / 64;
    struct cell_ones ones = {{cell->before, cell->before}};
    decode_words(cell, length, last, words);
    for (unsigned i = 0; i < last; i++) {
        unsigned all = popcount(words[i]);
        ones.before[1] += all;
        if (i < first / 64) ones.before[0] += all;
    }
    ones.before[1] += popcount(words[last] & low_mask(second - 64 * last));
    if (first / 64 <= last) ones.before[0] += popcount(words[first / 64] & low_mask(first % 64));
    else ones.before[0] = ones.before[1];
    return ones;
}

/* Whether the bits of a cell that stores no bytes are all ones. Else they are zeros. */
static NG_ALWAYS_INLINE bool cell_is_all_ones(unsigned header) {
    return (header & NG_CELL_ONES_MASK) > 0 || (header & NG_CELL_DELTA);
}

#if defined(__BMI2__)
#if defined(__AVX512VBMI2__)
#include "common/rank/cell_avx512.h"
#else
#include "common/rank/cell_bmi2.h"
#endif

/* The ones of the level before two places of a cell, first <= second <= cell->bits. */
static NG_ALWAYS_INLINE struct cell_ones cell_rank(const struct level_cell *cell, unsigned first, unsigned second) {
    const struct encoding encoding = find_encoding(cell->header, cell->bits);
    return decoded_rank(cell->data, &encoding, cell->before, first, second);
}
#else
/* The ones of the level before two places of a cell, first <= second <= cell->bits. */
static NG_ALWAYS_INLINE struct cell_ones cell_rank(const struct level_cell *cell, unsigned first, unsigned second) {
    unsigned length = ng_cell_length_bytes(cell->header);
    if (length > 0) return decoded_ones(cell, length, first, second);
    bool set = cell_is_all_ones(cell->header);
    return (struct cell_ones){{cell->before + (set ? first : 0), cell->before + (set ? second : 0)}};
}
#endif

/* For each cell of a level, and for its end: the ones of the cells before in the low 16 bits, and their bytes above. */
struct level_sums {
    uint32_t before[NG_LEVEL_CELLS + 1];
};

static NG_ALWAYS_INLINE unsigned sum_of_ones(const struct level_sums *sums, unsigned cells) {
    return sums->before[cells] & 0xffff;
}

static NG_ALWAYS_INLINE unsigned sum_of_bytes(const struct level_sums *sums, unsigned cells) {
    return sums->before[cells] >> 16;
}

#if defined(__AVX2__)
/* Each lane becomes the sum of itself and the lower ones. */
static NG_ALWAYS_INLINE __m256i prefix_sums(__m256i lanes) {
    lanes = _mm256_add_epi16(lanes, _mm256_slli_si256(lanes, 2));
    lanes = _mm256_add_epi16(lanes, _mm256_slli_si256(lanes, 4));
    lanes = _mm256_add_epi16(lanes, _mm256_slli_si256(lanes, 8));
    __m256i last = _mm256_shuffle_epi8(lanes, _mm256_set1_epi16(0x0f0e)); /* of each half */
    return _mm256_add_epi16(lanes, _mm256_permute2x128_si256(last, last, 0x08)); /* the first one's to the second half */
}

/* Loads as many headers as a level may have, whatever the number of its cells. Sums past the last are meaningless. */
static NG_ALWAYS_INLINE void sum_level(const uint8_t *headers, struct level_sums *sums) {
    _Static_assert((int)NG_LEVEL_CELLS == 16, "a register has a level's headers");
    const __m256i length_mask = _mm256_set1_epi16(NG_CELL_LENGTH_MASK);
    __m256i all = _mm256_loadu_si256((const __m256i *)(const void *)headers);
    __m256i length = _mm256_and_si256(_mm256_srli_epi16(all, NG_CELL_LENGTH_SHIFT), length_mask);
    __m256i bytes = _mm256_sub_epi16(length, _mm256_cmpeq_epi16(length, length_mask)); /* 63 stands for 64 */
    __m256i full = _mm256_and_si256(_mm256_cmpeq_epi16(length, _mm256_setzero_si256()), _mm256_srli_epi16(all, 15));
    __m256i some = _mm256_and_si256(all, _mm256_set1_epi16(NG_CELL_ONES_MASK));
    __m256i ones = prefix_sums(_mm256_add_epi16(some, _mm256_slli_epi16(full, NG_CELL_LOG2)));
    bytes = prefix_sums(bytes);
    /* Within each half, the first four and the others. */
    __m256i former = _mm256_unpacklo_epi16(ones, bytes);
    __m256i latter = _mm256_unpackhi_epi16(ones, bytes);
    __m256i *out = (__m256i *)(void *)(sums->before + 1);
    sums->before[0] = 0;
    _mm256_storeu_si256(out, _mm256_permute2x128_si256(former, latter, 0x20));
    _mm256_storeu_si256(out + 1, _mm256_permute2x128_si256(former, latter, 0x31));
}
#elif defined(__SSE2__)
/* Each lane becomes the sum of itself and the lower ones. */
static NG_ALWAYS_INLINE __m128i prefix_sums(__m128i lanes) {
    lanes = _mm_add_epi16(lanes, _mm_slli_si128(lanes, 2));
    lanes = _mm_add_epi16(lanes, _mm_slli_si128(lanes, 4));
    return _mm_add_epi16(lanes, _mm_slli_si128(lanes, 8));
}

/* Sums over eight headers, and *last before them. */
static NG_ALWAYS_INLINE void sum_eight(const uint8_t *headers, uint32_t *last) {
    const __m128i length_mask = _mm_set1_epi16(NG_CELL_LENGTH_MASK);
    __m128i all = _mm_loadu_si128((const __m128i *)(const void *)headers);
    __m128i length = _mm_and_si128(_mm_srli_epi16(all, NG_CELL_LENGTH_SHIFT), length_mask);
    __m128i bytes = _mm_sub_epi16(length, _mm_cmpeq_epi16(length, length_mask)); /* 63 stands for 64 */
    __m128i full = _mm_and_si128(_mm_cmpeq_epi16(length, _mm_setzero_si128()), _mm_srli_epi16(all, 15));
    __m128i some = _mm_and_si128(all, _mm_set1_epi16(NG_CELL_ONES_MASK));
    __m128i ones = prefix_sums(_mm_add_epi16(some, _mm_slli_epi16(full, NG_CELL_LOG2)));
    bytes = prefix_sums(bytes);
    const __m128i carry = _mm_set1_epi32((int)*last);
    __m128i low = _mm_add_epi32(_mm_unpacklo_epi16(ones, bytes), carry);
    __m128i high = _mm_add_epi32(_mm_unpackhi_epi16(ones, bytes), carry);
    _mm_storeu_si128((__m128i *)(void *)(last + 1), low);
    _mm_storeu_si128((__m128i *)(void *)(last + 5), high);
}

/* Loads as many headers as a level may have, whatever the number of its cells. Sums past the last are meaningless. */
static NG_ALWAYS_INLINE void sum_level(const uint8_t *headers, struct level_sums *sums) {
    sums->before[0] = 0;
    for (unsigned i = 0; i < NG_LEVEL_CELLS; i += 8) sum_eight(headers + (size_t)2 * i, sums->before + i);
}
#else
static NG_ALWAYS_INLINE void sum_level(const uint8_t *headers, struct level_sums *sums) {
    sums->before[0] = 0;
    for (unsigned i = 0; i < NG_LEVEL_CELLS; i++) {
        unsigned header = ng_le_load16(headers + (size_t)2 * i);
        unsigned length = ng_cell_length_bytes(header);
        unsigned full = length == 0 ? header >> 15 : 0;
        sums->before[i + 1] = sums->before[i] + (header & NG_CELL_ONES_MASK) + (full << NG_CELL_LOG2) + (length << 16);
    }
}
#endif
