#include "common/rank/cell.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/le.h"

static uint64_t low_mask(unsigned bits) {
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* One bit, at the lowest place, for each byte that is not zero. */
static uint64_t nonzero_bytes(uint64_t word) {
    word |= word >> 4;
    word |= word >> 2;
    word |= word >> 1;
    return word & UINT64_C(0x0101010101010101);
}

static unsigned sparse_bytes(const uint64_t words[NG_CELL_WORDS]) {
    unsigned bytes = 1;
    for (unsigned i = 0; i < NG_CELL_WORDS; i++) {
        bytes += (words[i] != 0) + (unsigned)__builtin_popcountll(nonzero_bytes(words[i]));
    }
    return bytes;
}

/* A mask of the words that are not zero; for each of them a mask of its bytes that are not zero; then those. */
static void write_sparse(const uint64_t words[NG_CELL_WORDS], uint8_t *out) {
    uint8_t *mask = out + 1;
    uint8_t *next = mask;
    out[0] = 0;
    for (unsigned i = 0; i < NG_CELL_WORDS; i++) next += words[i] != 0;
    for (unsigned i = 0; i < NG_CELL_WORDS; i++) {
        if (!words[i]) continue;
        out[0] = (uint8_t)(out[0] | 1u << i);
        *mask = 0;
        for (uint64_t left = nonzero_bytes(words[i]); left; left &= left - 1) {
            unsigned bit = (unsigned)__builtin_ctzll(left);
            *mask = (uint8_t)(*mask | 1u << bit / 8);
            *next++ = (uint8_t)(words[i] >> bit);
        }
        mask++;
    }
}

uint16_t ng_rank_cell_encode(const uint64_t words[NG_CELL_WORDS], unsigned bit_count, uint8_t *out) {
    unsigned ones = 0;
    for (unsigned i = 0; i < NG_CELL_WORDS; i++) ones += (unsigned)__builtin_popcountll(words[i]);
    if (ones == NG_CELL_BITS) return NG_CELL_DELTA;
    if (ones == 0 || ones == bit_count) return (uint16_t)ones;

    uint64_t direct[NG_CELL_WORDS];
    uint64_t delta[NG_CELL_WORDS];
    uint64_t flip = 2 * ones > bit_count ? UINT64_MAX : 0;
    uint64_t carry = 0;
    for (unsigned i = 0; i < NG_CELL_WORDS; i++) {
        uint64_t valid = bit_count > 64 * i ? low_mask(bit_count - 64 * i) : 0;
        direct[i] = (words[i] ^ flip) & valid;
        delta[i] = (words[i] ^ (words[i] << 1 | carry)) & valid;
        carry = words[i] >> 63;
    }
    unsigned plain = ng_cell_plain_bytes(bit_count);
    unsigned direct_bytes = sparse_bytes(direct);
    unsigned delta_bytes = sparse_bytes(delta);
    unsigned best = direct_bytes <= delta_bytes ? direct_bytes : delta_bytes;
    if (best >= plain || best > NG_CELL_MAX_SPARSE_BYTES) {
        for (unsigned i = 0; i < NG_CELL_WORDS; i++) ng_le_store64(out + (size_t)8 * i, words[i]);
        unsigned length = plain == 64 ? NG_CELL_LENGTH_MASK : plain;
        return (uint16_t)(ones | length << NG_CELL_LENGTH_SHIFT);
    }
    bool use_delta = delta_bytes < direct_bytes;
    write_sparse(use_delta ? delta : direct, out);
    return (uint16_t)(ones | best << NG_CELL_LENGTH_SHIFT | (use_delta ? (unsigned)NG_CELL_DELTA : 0));
}
