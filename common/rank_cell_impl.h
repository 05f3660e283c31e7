/*
 * Cells: rank and access in up to 512 bits, in each of their encodings, and sums over cell headers. A part of
 * rank_impl.h, compiled once for each kind of processor.
 */
#include <stdbool.h>
#include <stddef.h>

#if defined(__BMI2__)
#include <immintrin.h>
#endif

#include "common/le.h"
#include "common/rank_format.h"

/* Queries are short chains of these small functions: a call costs as much as what it does. For prefetching it is a
 * must: GCC takes a function that only prefetches for one without effect, and drops calls that it has not inlined. */
#define NG_ALWAYS_INLINE inline __attribute__((always_inline))

static NG_ALWAYS_INLINE uint64_t low_mask(unsigned bits) {
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static NG_ALWAYS_INLINE unsigned popcount(uint64_t word) {
    return (unsigned)__builtin_popcountll(word);
}

/* A bit of a cell, and the ones before it. */
struct cell_rank {
    unsigned ones;
    unsigned bit;
};

/* One cell of a level. */
struct level_cell {
    const uint8_t *data;
    unsigned header;
    unsigned bits;   /* that it has, 1 to 512 */
    unsigned before; /* ones of the level before it */
};

/* Puts the nibbles of bits, lowest first, where mask has a one, one mask bit a nibble of the result. */
static NG_ALWAYS_INLINE uint64_t expand_nibbles(uint64_t bits, unsigned mask) {
#if defined(__BMI2__)
    return _pdep_u64(bits, _pdep_u64(mask, UINT64_C(0x1111111111111111)) * 15);
#else
    uint64_t word = 0;
    for (; mask; mask &= mask - 1, bits >>= 4) word |= (bits & 15) << (4 * (unsigned)__builtin_ctz(mask));
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

/* Bits set among the first count, up to 512. Loads 64 bytes. */
static NG_ALWAYS_INLINE unsigned count_ones(const uint8_t *bits, unsigned count) {
    unsigned ones = 0;
    for (; count >= 64; count -= 64, bits += 8) ones += popcount(ng_le_load64(bits));
    return ones + popcount(ng_le_load64(bits) & low_mask(count));
}

static NG_ALWAYS_INLINE struct cell_rank delta_rank(const uint8_t *cell, unsigned at) {
    unsigned words = cell[0];
    const uint8_t *masks = cell + 1;
    const uint8_t *nibbles = masks + (size_t)2 * popcount(words);
    unsigned word = at / 64;
    unsigned ones = 0;
    unsigned nibble = 0;
    unsigned next = 0;     /* word up to which ones are counted */
    uint64_t carry = 0;    /* all ones where the bit before is set */
    uint64_t last = 0;     /* the word of at, decoded */
    bool decoded = false;
    for (unsigned left = words & ((2u << word) - 1); left; left &= left - 1) {
        unsigned index = (unsigned)__builtin_ctz(left);
        unsigned mask = ng_le_load16(masks);
        masks += 2;
        unsigned count = popcount(mask);
        uint64_t stream = ng_le_load64(nibbles + nibble / 2) >> (nibble % 2 * 4);
        if (count == 16 && nibble % 2) stream |= (uint64_t)nibbles[nibble / 2 + 8] << 60;
        uint64_t value = prefix_parity(expand_nibbles(stream, mask)) ^ carry;
        ones += (64 * (index - next)) & (unsigned)carry;
        if (index == word) {
            last = value;
            decoded = true;
        } else {
            ones += popcount(value);
            carry = 0 - (value >> 63);
        }
        next = index + 1;
        nibble += count;
    }
    if (!decoded) {
        ones += (64 * (word - next)) & (unsigned)carry;
        last = carry;
    }
    return (struct cell_rank){.ones = ones + popcount(last & low_mask(at % 64)), .bit = last >> (at % 64) & 1};
}

static NG_ALWAYS_INLINE struct cell_rank plain_rank(const uint8_t *cell, unsigned at) {
    unsigned bit = (unsigned)(cell[at / 8] >> (at % 8)) & 1;
    return (struct cell_rank){.ones = count_ones(cell, at), .bit = bit};
}

static NG_ALWAYS_INLINE struct cell_rank direct_rank(const uint8_t *cell, unsigned at, bool flip) {
    unsigned words = cell[0];
    unsigned word = at / 64;
    unsigned before = popcount(words & ((1u << word) - 1));
    const uint8_t *masks = cell + 1;
    const uint8_t *nibbles = masks + (size_t)2 * popcount(words);
    unsigned low_words = before < 4 ? before : 4;
    unsigned count = popcount(ng_le_load64(masks) & low_mask(16 * low_words)) +
                     popcount(ng_le_load64(masks + 8) & low_mask(16 * (before - low_words)));
    unsigned bit = 0;
    unsigned part = 0; /* ones of the nibble that at falls into, before at */
    if (words >> word & 1) {
        unsigned mask = ng_le_load16(masks + (size_t)2 * before);
        unsigned nibble_at = at % 64 / 4;
        count += popcount(mask & ((1u << nibble_at) - 1));
        if (mask >> nibble_at & 1) {
            unsigned nibble = (unsigned)nibbles[count / 2] >> (count % 2 * 4) & 15;
            bit = nibble >> (at % 4) & 1;
            part = popcount(nibble & ((1u << at % 4) - 1));
        }
    }
    unsigned ones = count_ones(nibbles, 4 * count) + part;
    return flip ? (struct cell_rank){.ones = at - ones, .bit = bit ^ 1} : (struct cell_rank){.ones = ones, .bit = bit};
}

/* at < cell->bits. */
static NG_ALWAYS_INLINE struct cell_rank cell_rank(const struct level_cell *cell, unsigned at) {
    unsigned length = ng_cell_length_bytes(cell->header);
    unsigned ones = cell->header & NG_CELL_ONES_MASK;
    if (length == 0) {
        bool set = ones > 0 || (cell->header & NG_CELL_DELTA);
        return (struct cell_rank){.ones = set ? at : 0, .bit = set};
    }
    if (length == ng_cell_plain_bytes(cell->bits)) return plain_rank(cell->data, at);
    if (cell->header & NG_CELL_DELTA) return delta_rank(cell->data, at);
    return direct_rank(cell->data, at, 2 * ones > cell->bits);
}

/* Four numbers of 16 bits in the lanes of a word. */
#define LANES UINT64_C(0x0001000100010001)

/* For each cell of a level, and behind the last: ones and bytes of the cells before it. */
struct level_sums {
    uint16_t ones[NG_LEVEL_CELLS + 1];
    uint16_t bytes[NG_LEVEL_CELLS + 1];
};

/* Ones and bytes of four cells, from their headers. */
static NG_ALWAYS_INLINE void split_headers(uint64_t headers, uint64_t *ones, uint64_t *bytes) {
    uint64_t length = headers >> NG_CELL_LENGTH_SHIFT & (NG_CELL_LENGTH_MASK * LANES);
    uint64_t stored = (length + NG_CELL_LENGTH_MASK * LANES) >> 6; /* lowest bit of a lane: length > 0 */
    uint64_t full = headers >> 15 & ~stored & LANES;              /* 1 where all 512 bits are set */
    *ones = (headers & NG_CELL_ONES_MASK * LANES) + (full << NG_CELL_LOG2);
    *bytes = length + ((length + LANES) >> 6 & LANES); /* 63 stands for 64 */
}

static NG_ALWAYS_INLINE void store_lanes(uint16_t *lanes, uint64_t word) {
    ng_le_store64((uint8_t *)lanes, word);
}

/* Loads eight headers, whatever the number of cells; sums behind the last cell mean nothing. The product with LANES
 * has in each lane the sum of that lane and the lower ones. */
static NG_ALWAYS_INLINE void sum_level(const uint8_t *headers, struct level_sums *sums) {
    uint64_t ones[2];
    uint64_t bytes[2];
    split_headers(ng_le_load64(headers), &ones[0], &bytes[0]);
    split_headers(ng_le_load64(headers + 8), &ones[1], &bytes[1]);
    uint64_t low_ones = ones[0] * LANES;
    uint64_t low_bytes = bytes[0] * LANES;
    sums->ones[0] = 0;
    sums->bytes[0] = 0;
    store_lanes(sums->ones + 1, low_ones);
    store_lanes(sums->bytes + 1, low_bytes);
    store_lanes(sums->ones + 5, (ones[1] + (low_ones >> 48)) * LANES);
    store_lanes(sums->bytes + 5, (bytes[1] + (low_bytes >> 48)) * LANES);
}
