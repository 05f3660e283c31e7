/*
 * Ranks in cells, branch-free: the encoding and the places are unpredictable, and a wrong guess costs as much as the rank.
 * A part of cell_impl.h, for processors that have BMI2.
 *
 * The stored bytes of a cell are not spread out to their places. A mask tells how many of them lie before a place, and
 * whether a part of the next one does: so the bits to be counted are a prefix of the stored bytes.
 */

/* Whether a delta-sparse cell is read in another way than others. */
enum { DELTA_APART = true };

/* The bytes that a cell stores, and a bit for each of its 64 bytes that says whether it is among them. */
struct stream {
    const uint8_t *bytes;
    uint64_t mask;
};

/* A plain cell is read as a sparse one all of whose bytes are there, a constant one as one that has none. */
static NG_ALWAYS_INLINE struct stream find_stream(const uint8_t *data, const struct encoding *encoding) {
    uint64_t words = _pdep_u64(data[0], UINT64_C(0x0101010101010101)) * 255;
    uint64_t mask = _pdep_u64(ng_le_load64(data + 1), words);
    size_t skip = (1 + popcount(data[0])) & ~encoding->plain;
    return (struct stream){.bytes = data + skip, .mask = (mask & encoding->stored) | encoding->plain};
}

/* How many bits before a place are in bytes of the mask. Of the place's own byte, only the bits before it count. */
static NG_ALWAYS_INLINE unsigned bits_within(uint64_t mask, unsigned place) {
    unsigned byte = place / 8;
    unsigned in_byte = place % 8 & (0 - (unsigned)(mask >> byte % 64 & 1)); /* 0 for the place behind the last */
    return 8 * popcount(_bzhi_u64(mask, byte)) + in_byte;
}

/* The ones before two places in 512 bits. For a place at the end another word is read, to no effect. */
static NG_ALWAYS_INLINE struct cell_ones count_ones(const uint8_t *bits, unsigned first, unsigned second) {
    unsigned before[NG_CELL_WORDS + 1];
    before[0] = 0;
    for (size_t i = 0; i < NG_CELL_WORDS; i++) before[i + 1] = before[i] + popcount(ng_le_load64(bits + 8 * i));
    unsigned in_first = popcount(_bzhi_u64(ng_le_load64(bits + first / 64 * (size_t)8), first % 64));
    unsigned in_second = popcount(_bzhi_u64(ng_le_load64(bits + second / 64 * (size_t)8), second % 64));
    return (struct cell_ones){{before[first / 64] + in_first, before[second / 64] + in_second}};
}

/* As count_ones, for the bits that a delta-sparse cell encodes. Within a byte that is not stored the bit never changes:
 * the byte is all ones if the last stored byte before it ends with a one. */
static NG_ALWAYS_INLINE struct cell_ones count_delta_ones(const struct stream *stream, unsigned first, unsigned second) {
    uint64_t words[NG_CELL_WORDS + 1];
    uint64_t carry = 0; /* all ones where the bit before is set */
    uint64_t last_bits = 0; /* of each stored byte */
    for (size_t i = 0; i < NG_CELL_WORDS; i++) {
        words[i] = prefix_parity(ng_le_load64(stream->bytes + 8 * i)) ^ carry;
        carry = 0 - (words[i] >> 63);
        last_bits |= _pext_u64(words[i], UINT64_C(0x8080808080808080)) << 8 * i;
    }
    words[NG_CELL_WORDS] = 0;
    uint64_t gaps = prefix_parity(_pdep_u64(last_bits ^ last_bits << 1, stream->mask)) & ~stream->mask;
    struct cell_ones ones =
        count_ones((const uint8_t *)words, bits_within(stream->mask, first), bits_within(stream->mask, second));
    ones.before[0] += bits_within(gaps, first);
    ones.before[1] += bits_within(gaps, second);
    return ones;
}

/* The ones before two places of a cell, plus those of the level before the cell. */
static NG_ALWAYS_INLINE struct cell_ones decoded_rank(const uint8_t *data, const struct encoding *encoding, unsigned before,
                                                      unsigned first, unsigned second) {
    struct stream stream = find_stream(data, encoding);
    struct cell_ones ones;
    if (encoding->delta) {
        ones = count_delta_ones(&stream, first, second);
    } else {
        ones = count_ones(stream.bytes, bits_within(stream.mask, first), bits_within(stream.mask, second));
        ones.before[0] += (first - 2 * ones.before[0]) & encoding->flip;
        ones.before[1] += (second - 2 * ones.before[1]) & encoding->flip;
    }
    ones.before[0] += before;
    ones.before[1] += before;
    return ones;
}
