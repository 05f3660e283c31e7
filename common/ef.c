#include "common/ef.h"

#include <stdlib.h>

#include "common/packed.h"

enum {
    BLOCK_BUCKETS = 32,
    DIRECTORY_ENTRY_BYTES = 6,
    HEADER_COUNT_AT = 0,
    HEADER_BOUND_AT = 8,
    HEADER_LOW_BITS_AT = 16,
    HEADER_BYTES = 24,
    MAX_LOW_BITS = 48
};

#define LOW_MASK(low_bits) ((UINT64_C(1) << (low_bits)) - 1)

/* floor(log2(bound / count)): within half a bit of the best for every density. */
static unsigned best_low_bits(uint64_t count, uint64_t bound) {
    if (count == 0 || bound / count < 2) return 0;
    unsigned bits = ng_packed_width(bound / count) - 1;
    return bits < MAX_LOW_BITS ? bits : MAX_LOW_BITS;
}

static uint64_t bucket_count(uint64_t bound, unsigned low_bits) {
    uint64_t buckets = ((bound - 1) >> low_bits) + 1;
    return (buckets + BLOCK_BUCKETS - 1) / BLOCK_BUCKETS * BLOCK_BUCKETS;
}

int ng_ef_builder_init(struct ng_ef_builder *builder, uint64_t count, uint64_t bound, struct ng_err *err) {
    *builder = (struct ng_ef_builder){.bound = bound, .count = count};
    if (bound == 0 || bound > UINT64_C(1) << MAX_LOW_BITS || count > UINT64_C(1) << MAX_LOW_BITS) {
        return ng_err_set(err, NG_ERR_LIMIT, "sequence of %llu numbers below %llu is out of range",
                          (unsigned long long)count, (unsigned long long)bound);
    }
    builder->low_bits = best_low_bits(count, bound);
    builder->high_words = (bucket_count(bound, builder->low_bits) + count + 63) / 64 + 1;
    /* One word more than the bits need: ng_packed_put touches eight bytes. */
    size_t low_words = (size_t)((count * builder->low_bits + 63) / 64 + 1);
    builder->low = calloc(low_words, sizeof *builder->low);
    builder->high = calloc((size_t)builder->high_words, sizeof *builder->high);
    if (!builder->low || !builder->high) {
        ng_ef_builder_free(builder);
        return ng_err_nomem(err, (low_words + builder->high_words) * sizeof(uint64_t), "an Elias-Fano sequence");
    }
    return NG_OK;
}

void ng_ef_builder_push(struct ng_ef_builder *builder, uint64_t value) {
    uint64_t at = (value >> builder->low_bits) + builder->pushed;
    uint8_t *high = (uint8_t *)builder->high + (at >> 3);
    *high = (uint8_t)(*high | 1u << (at & 7));
    ng_packed_put((uint8_t *)builder->low, builder->pushed * builder->low_bits, builder->low_bits,
                  value & LOW_MASK(builder->low_bits));
    builder->pushed++;
    builder->last = value;
}

/* The number of ones before each block of buckets, and the number of all behind the last block. */
static int append_directory(const struct ng_ef_builder *builder, struct ng_buf *out, struct ng_err *err) {
    const uint8_t *high = (const uint8_t *)builder->high;
    uint64_t buckets = bucket_count(builder->bound, builder->low_bits);
    uint64_t ones = 0;
    uint64_t zeros = 0;
    for (uint64_t at = 0; zeros < buckets; at++) {
        bool one = high[at >> 3] >> (at & 7) & 1;
        if (!one && zeros % BLOCK_BUCKETS == 0) {
            /* The ones of the block's first bucket stand before this zero, but belong to the block. */
            uint64_t before = at;
            while (before > 0 && high[(before - 1) >> 3] >> ((before - 1) & 7) & 1) before--;
            uint8_t entry[8];
            ng_le_store64(entry, ones - (at - before));
            int status = ng_buf_append(out, entry, DIRECTORY_ENTRY_BYTES, err);
            if (status) return status;
        }
        if (one) ones++;
        else zeros++;
    }
    uint8_t entry[8];
    ng_le_store64(entry, builder->count);
    return ng_buf_append(out, entry, DIRECTORY_ENTRY_BYTES, err);
}

int ng_ef_builder_finish(struct ng_ef_builder *builder, struct ng_buf *out, struct ng_err *err) {
    int status = ng_buf_append_u64(out, builder->count, err);
    if (!status) status = ng_buf_append_u64(out, builder->bound, err);
    if (!status) status = ng_buf_append_u64(out, builder->low_bits, err);
    if (!status) status = append_directory(builder, out, err);
    size_t high_bytes = (size_t)((bucket_count(builder->bound, builder->low_bits) + builder->count + 7) / 8);
    size_t low_bytes = (size_t)((builder->count * builder->low_bits + 7) / 8);
    if (!status) status = ng_buf_append(out, builder->high, high_bytes, err);
    if (!status) status = ng_buf_append(out, builder->low, low_bytes, err);
    return status;
}

void ng_ef_builder_free(struct ng_ef_builder *builder) {
    if (!builder) return;
    free(builder->low);
    free(builder->high);
    builder->low = NULL;
    builder->high = NULL;
}

static int fail_open(const struct ng_view *view, struct ng_err *err) {
    if (ng_container_status(view->container, err)) return NG_ERR_CORRUPT;
    return ng_err_set(err, NG_ERR_CORRUPT, "%s: an Elias-Fano header is out of range", view->container->path);
}

int ng_ef_open(struct ng_ef *ef, const struct ng_view *view, uint64_t offset, struct ng_err *err) {
    if (!ng_view_check(view, offset, HEADER_BYTES)) return fail_open(view, err);
    const uint8_t *header = view->data + offset;
    uint64_t count = ng_le_load64(header + HEADER_COUNT_AT);
    uint64_t bound = ng_le_load64(header + HEADER_BOUND_AT);
    uint64_t low_bits = ng_le_load64(header + HEADER_LOW_BITS_AT);
    if (bound == 0 || bound > UINT64_C(1) << MAX_LOW_BITS || count > UINT64_C(1) << MAX_LOW_BITS ||
        low_bits != best_low_bits(count, bound)) {
        return fail_open(view, err);
    }
    *ef = (struct ng_ef){.view = *view, .bound = bound, .count = count, .low_bits = (unsigned)low_bits};
    /* No sum below overflows: every term is under 2^55. */
    ef->buckets = bucket_count(bound, ef->low_bits);
    ef->directory_at = offset + HEADER_BYTES;
    ef->high_at = ef->directory_at + (ef->buckets / BLOCK_BUCKETS + 1) * DIRECTORY_ENTRY_BYTES;
    ef->low_at = ef->high_at + (ef->buckets + count + 7) / 8;
    ef->end = ef->low_at + (count * ef->low_bits + 7) / 8;
    if (offset > view->length_bytes || ef->end > view->length_bytes) return fail_open(view, err);
    return NG_OK;
}

/* The bits of one block of buckets. */
struct block {
    uint64_t first; /* index of its first number */
    uint64_t end;   /* index behind its last */
    uint64_t bit;   /* of its first number or bucket end, in the high bits */
};

static bool load_block(const struct ng_ef *ef, uint64_t index, struct block *block) {
    uint64_t at = ef->directory_at + index * DIRECTORY_ENTRY_BYTES;
    if (!ng_view_check(&ef->view, at, 2 * DIRECTORY_ENTRY_BYTES)) return false;
    const uint64_t mask = (UINT64_C(1) << 48) - 1;
    block->first = ng_le_load64(ef->view.data + at) & mask;
    block->end = ng_le_load64(ef->view.data + at + DIRECTORY_ENTRY_BYTES) & mask;
    block->bit = index * BLOCK_BUCKETS + block->first;
    if (block->first > block->end || block->end > ef->count) {
        ng_container_mark_damaged(ef->view.container);
        return false;
    }
    uint64_t bits = block->end - block->first + BLOCK_BUCKETS;
    uint64_t first_byte = ef->high_at + (block->bit >> 3);
    uint64_t last_byte = ef->high_at + ((block->bit + bits - 1) >> 3);
    return ng_view_check(&ef->view, first_byte, last_byte - first_byte + 1);
}

/* 57 or more of the high bits from a bit on. */
static uint64_t high_bits(const struct ng_ef *ef, uint64_t bit) {
    return ng_le_load64(ef->view.data + ef->high_at + (bit >> 3)) >> (bit & 7);
}

/* Bytes that each hold 1, and the top bit of each. */
#define EACH_BYTE UINT64_C(0x0101010101010101)
#define TOP_BITS UINT64_C(0x8080808080808080)

/* In each byte the ones of itself and the lower bytes. */
static uint64_t prefix_ones(uint64_t word) {
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    return ((word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f)) * EACH_BYTE;
}

/* The place of the one numbered index, which there is. S. Vigna, "Broadword implementation of rank/select queries",
 * 2008: the bytes whose sums do not exceed the index are before it. */
static unsigned select_in_word(uint64_t word, uint64_t sums, uint64_t index) {
    uint64_t before = ((index * EACH_BYTE | TOP_BITS) - sums) & TOP_BITS;
    unsigned place = (unsigned)((before >> 7) * EACH_BYTE >> 56) * 8;
    index -= sums << 8 >> place & 0xff;
    uint64_t byte = word >> place;
    for (; index > 0; index--) byte &= byte - 1;
    return place + (unsigned)__builtin_ctzll(byte);
}

enum { HIGH_STEP = 56 };
#define HIGH_STEP_MASK ((UINT64_C(1) << HIGH_STEP) - 1)

/* How many of the bits from bit on come before the zero (or, with invert 0, the one) numbered index from there.
 * The caller knows that it comes within limit bits; damage ends the search there. */
static uint64_t select_from(const struct ng_ef *ef, uint64_t bit, uint64_t index, uint64_t invert, uint64_t limit) {
    for (uint64_t done = 0; done < limit; done += HIGH_STEP) {
        uint64_t word = (high_bits(ef, bit + done) ^ invert) & HIGH_STEP_MASK;
        uint64_t sums = prefix_ones(word);
        uint64_t found = sums >> 56;
        if (index >= found) {
            index -= found;
            continue;
        }
        uint64_t at = done + select_in_word(word, sums, index);
        return at < limit ? at : limit;
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

uint64_t ng_ef_rank(const struct ng_ef *ef, uint64_t value, bool *contains) {
    if (contains) *contains = false;
    if (value >= ef->bound) return ef->count;
    uint64_t bucket = value >> ef->low_bits;
    struct block block;
    if (!load_block(ef, bucket / BLOCK_BUCKETS, &block)) return 0;
    uint64_t bits = block.end - block.first + BLOCK_BUCKETS;
    uint64_t skip = bucket % BLOCK_BUCKETS;
    uint64_t start = skip ? select_from(ef, block.bit, skip - 1, UINT64_MAX, bits) + 1 : 0;
    if (start > bits) start = bits;
    uint64_t length = ones_from(ef, block.bit + start, bits - start);
    uint64_t low = block.first + (start - skip);
    uint64_t high = low + length;
    if (start < skip || high > ef->count || !check_low(ef, low, high)) {
        ng_container_mark_damaged(ef->view.container);
        return block.first;
    }
    uint64_t want = value & LOW_MASK(ef->low_bits);
    /* Without a branch: which half it is cannot be foretold. */
    for (uint64_t left = length; left > 0;) {
        uint64_t half = (left + 1) / 2;
        low += low_part(ef, low + half - 1) < want ? half : 0;
        left -= half;
    }
    if (contains) *contains = low < high && low_part(ef, low) == want;
    return low;
}

/* Numbers tend to be spread evenly: blocks low to high, around where the index would then be, hold it. */
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

uint64_t ng_ef_get(const struct ng_ef *ef, uint64_t index) {
    uint64_t last = ef->buckets / BLOCK_BUCKETS - 1;
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
    uint64_t bits = block.end - block.first + BLOCK_BUCKETS;
    uint64_t at = select_from(ef, block.bit, index - block.first, 0, bits);
    uint64_t bucket = low * BLOCK_BUCKETS + at - (index - block.first);
    uint64_t value = bucket << ef->low_bits | low_part(ef, index);
    if (value < ef->bound) return value;
    ng_container_mark_damaged(ef->view.container);
    return ef->bound - 1;
}

void ng_ef_prefetch(const struct ng_ef *ef, uint64_t value) {
    struct block block;
    if (value >= ef->bound || !load_block(ef, (value >> ef->low_bits) / BLOCK_BUCKETS, &block)) return;
    __builtin_prefetch(ef->view.data + ef->high_at + (block.bit >> 3));
    __builtin_prefetch(ef->view.data + ef->low_at + (block.first * ef->low_bits >> 3));
}
