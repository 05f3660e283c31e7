/*
 * The queries of an Elias-Fano sequence, compiled once for each kind of processor: the file that includes this defines
 * NG_EF_KERNEL, the name of the struct ng_ef_kernel to be made. With BMI2 and POPCNT a bit is found within a word by
 * three instructions.
 */
#if defined(__BMI2__)
#include <immintrin.h>
#endif

#include "common/base/le.h"
#include "common/base/swar.h"
#include "common/container/ahead.h"
#include "common/rank/ef_format.h"

/* The bits of one block of buckets. */
struct block {
    uint64_t first; /* index of its first number */
    uint64_t end;   /* index behind its last */
    uint64_t bit;   /* of its first number or bucket end, in the high bits */
};

/* Finds a block by the directory. Nothing of the block itself is read. */
static bool find_block(const struct ng_ef *ef, uint64_t index, struct block *block) {
    uint64_t at = ef->directory_at + index * NG_EF_DIRECTORY_ENTRY_BYTES;
    if (!ng_view_check(&ef->view, at, 2 * NG_EF_DIRECTORY_ENTRY_BYTES)) return false;
    const uint64_t mask = (UINT64_C(1) << 48) - 1;
    block->first = ng_le_load64(ef->view.data + at) & mask;
    block->end = ng_le_load64(ef->view.data + at + NG_EF_DIRECTORY_ENTRY_BYTES) & mask;
    block->bit = index * NG_EF_BLOCK_BUCKETS + block->first;
    if (block->first <= block->end && block->end <= ef->count) return true;
    ng_container_mark_damaged(ef->view.container);
    return false;
}

static bool load_block(const struct ng_ef *ef, uint64_t index, struct block *block) {
    if (!find_block(ef, index, block)) return false;
    uint64_t bits = block->end - block->first + NG_EF_BLOCK_BUCKETS;
    uint64_t first_byte = ef->high_at + (block->bit >> 3);
    uint64_t last_byte = ef->high_at + ((block->bit + bits - 1) >> 3);
    return ng_view_check(&ef->view, first_byte, last_byte - first_byte + 1);
}

/* 57 or more of the high bits from a bit on. */
static uint64_t high_bits(const struct ng_ef *ef, uint64_t bit) {
    return ng_le_load64(ef->view.data + ef->high_at + (bit >> 3)) >> (bit & 7);
}

#if defined(__BMI2__)
/* Finds one number *index of a word. If the word has fewer ones, subtracts their number from *index. */
static inline bool find_in_word(uint64_t word, uint64_t *index, uint64_t *place) {
    uint64_t found = (uint64_t)__builtin_popcountll(word);
    if (*index >= found) {
        *index -= found;
        return false;
    }
    *place = (uint64_t)__builtin_ctzll(_pdep_u64(UINT64_C(1) << *index, word));
    return true;
}
#else
/* In each byte, the number of ones in it and in the lower bytes. */
static inline uint64_t prefix_ones(uint64_t word) {
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    return ((word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f)) * NG_SWAR_EACH;
}

/* Finds one number *index of a word. If the word has fewer ones, subtracts their number from *index. S. Vigna,
 * "Broadword implementation of rank/select queries", 2008: the bytes whose sums do not exceed the index are before
 * it. */
static inline bool find_in_word(uint64_t word, uint64_t *index, uint64_t *place) {
    uint64_t sums = prefix_ones(word);
    if (*index >= sums >> 56) {
        *index -= sums >> 56;
        return false;
    }
    uint64_t before = ((*index * NG_SWAR_EACH | NG_SWAR_TOPS) - sums) & NG_SWAR_TOPS;
    unsigned at = (unsigned)((before >> 7) * NG_SWAR_EACH >> 56) * 8;
    uint64_t byte = word >> at;
    for (uint64_t left = *index - (sums << 8 >> at & 0xff); left > 0; left--) byte &= byte - 1;
    *place = at + (uint64_t)__builtin_ctzll(byte);
    return true;
}
#endif

enum { HIGH_STEP = 56 };
#define HIGH_STEP_MASK ((UINT64_C(1) << HIGH_STEP) - 1)

/* How many of the bits from bit on come before the zero (or, with invert 0, the one) numbered index from there.
 * The caller knows that it comes within limit bits; damage ends the search there. */
static uint64_t select_from(const struct ng_ef *ef, uint64_t bit, uint64_t index, uint64_t invert, uint64_t limit) {
    for (uint64_t done = 0; done < limit; done += HIGH_STEP) {
        uint64_t place;
        if (!find_in_word((high_bits(ef, bit + done) ^ invert) & HIGH_STEP_MASK, &index, &place)) continue;
        return done + place < limit ? done + place : limit;
    }
    return limit;
}

/* How many ones there are from bit on before the next zero; as select_from for zero number 0, which is near. */
static uint64_t ones_from(const struct ng_ef *ef, uint64_t bit, uint64_t limit) {
    uint64_t zeros = ~high_bits(ef, bit) & HIGH_STEP_MASK;
    if (!zeros) return select_from(ef, bit, 0, UINT64_MAX, limit);
    uint64_t at = (uint64_t)__builtin_ctzll(zeros);
    return at < limit ? at : limit;
}

static uint64_t low_part(const struct ng_ef *ef, uint64_t index) {
    return ng_packed_get(ef->view.data + ef->low_at, index * ef->low_bits, ef->low_bits);
}

/* Whether the low bits of numbers [first, end) may be read. */
static bool check_low(const struct ng_ef *ef, uint64_t first, uint64_t end) {
    uint64_t begin_byte = first * ef->low_bits >> 3;
    uint64_t end_byte = (end * ef->low_bits + 7) >> 3;
    return ng_view_check(&ef->view, ef->low_at + begin_byte, end_byte - begin_byte);
}

static uint64_t ef_rank(const struct ng_ef *ef, uint64_t value, bool *contains) {
    if (contains) *contains = false;
    if (value >= ef->bound) return ef->count;
    uint64_t bucket = value >> ef->low_bits;
    struct block block;
    if (!load_block(ef, bucket / NG_EF_BLOCK_BUCKETS, &block)) return 0;
    uint64_t bits = block.end - block.first + NG_EF_BLOCK_BUCKETS;
    uint64_t skip = bucket % NG_EF_BLOCK_BUCKETS;
    uint64_t start = skip ? select_from(ef, block.bit, skip - 1, UINT64_MAX, bits) + 1 : 0;
    if (start > bits) start = bits;
    uint64_t length = ones_from(ef, block.bit + start, bits - start);
    uint64_t low = block.first + (start - skip);
    uint64_t high = low + length;
    if (start < skip || high > ef->count || !check_low(ef, low, high)) {
        ng_container_mark_damaged(ef->view.container);
        return block.first;
    }
    uint64_t want = value & NG_EF_LOW_MASK(ef->low_bits);
    /* Branch-free: the half is unpredictable. */
    for (uint64_t left = length; left > 0;) {
        uint64_t half = (left + 1) / 2;
        low += low_part(ef, low + half - 1) < want ? half : 0;
        left -= half;
    }
    if (contains) *contains = low < high && low_part(ef, low) == want;
    return low;
}

/* Finds blocks low to high that hold the index. Numbers tend to be spread evenly, so it looks around the place where
 * the index would then be. */
static bool guess_blocks(const struct ng_ef *ef, uint64_t index, uint64_t last, uint64_t *low, uint64_t *high) {
    uint64_t guess = (uint64_t)((unsigned __int128)index * (last + 1) / ef->count);
    struct block block;
    *low = *high = guess < last ? guess : last;
    for (uint64_t width = 2;; width *= 2) {
        if (!load_block(ef, *low, &block)) return false;
        if (block.first <= index || *low == 0) break;
        *high = *low;
        *low = *low > width ? *low - width : 0;
    }
    for (uint64_t width = 2;; width *= 2) {
        if (!load_block(ef, *high, &block)) return false;
        if (block.end > index || *high == last) return true;
        *low = *high;
        *high = last - *high > width ? *high + width : last;
    }
}

static uint64_t ef_get(const struct ng_ef *ef, uint64_t index) {
    uint64_t last = ef->buckets / NG_EF_BLOCK_BUCKETS - 1;
    uint64_t low;
    uint64_t high;
    struct block block;
    if (!guess_blocks(ef, index, last, &low, &high)) return 0;
    /* The last block that starts at or before the index. */
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (!load_block(ef, middle, &block)) return 0;
        if (block.first <= index) low = middle;
        else high = middle - 1;
    }
    if (!load_block(ef, low, &block)) return 0;
    if (index < block.first || index >= block.end || !check_low(ef, index, index + 1)) {
        ng_container_mark_damaged(ef->view.container);
        return 0;
    }
    uint64_t bits = block.end - block.first + NG_EF_BLOCK_BUCKETS;
    uint64_t at = select_from(ef, block.bit, index - block.first, 0, bits);
    uint64_t bucket = low * NG_EF_BLOCK_BUCKETS + at - (index - block.first);
    uint64_t value = bucket << ef->low_bits | low_part(ef, index);
    if (value < ef->bound) return value;
    ng_container_mark_damaged(ef->view.container);
    return ef->bound - 1;
}

static void ef_prefetch(const struct ng_ef *ef, uint64_t value) {
    struct block block;
    if (value >= ef->bound || !find_block(ef, (value >> ef->low_bits) / NG_EF_BLOCK_BUCKETS, &block)) return;
    if (ng_ahead_asks()) {
        enum { BLOCK_BYTES = 128 };
        ng_ahead_ask(&ef->view, ef->high_at + (block.bit >> 3), BLOCK_BYTES);
        ng_ahead_ask(&ef->view, ef->low_at + (block.first * ef->low_bits >> 3), BLOCK_BYTES);
        return;
    }
    __builtin_prefetch(ef->view.data + ef->high_at + (block.bit >> 3));
    __builtin_prefetch(ef->view.data + ef->low_at + (block.first * ef->low_bits >> 3));
}

const struct ng_ef_kernel NG_EF_KERNEL = {.rank = ef_rank, .get = ef_get, .prefetch = ef_prefetch};
