/*
 * Levels of many leaves, entered side by side: one instruction does the same work for as many leaves as a register has
 * lanes. A part of batch_lanes.h.
 *
 * A visit has a slot while it goes down its leaf. Each kind of number has an array of its own, with an element for each
 * slot, so that the numbers of neighbouring slots form a register.
 */
#include "common/rank/lanes.h"

/* The size of a group, one register or two, and the number of slots. More slots hide more of the wait for memory, but
 * more of them stand empty when a pool runs dry. These numbers are the best that were measured. */
enum { GROUP = 16, SLOTS = LANES == GROUP ? 48 : 32 };

/* A number for each slot. */
struct numbers {
    _Alignas(64) uint32_t of[SLOTS];
};

/* Cells to be read, one for each slot. */
struct slot_cells {
    struct numbers data;   /* offset in the leaf */
    struct numbers before; /* ones of the level before it */
    struct numbers places[2];
    struct numbers plain, stored, delta, flip; /* struct encoding */
};

struct slots {
    uint64_t used;  /* a bit for each */
    uint64_t apart; /* those whose two places are in two cells */
    uint64_t delta; /* those whose first cell is delta-sparse */
    const uint8_t *leaf[SLOTS];
    uint8_t visit[SLOTS]; /* the number of its visit in the pool */
    /* struct descent, as offsets in the leaf; the level's bytes are added to cells when it is left */
    struct numbers headers, headers_end, cells, cells_end, sizes, size, ones, bytes;
    struct numbers depth_left; /* levels from this one on */
    struct numbers at[2];
    struct slot_cells first, second; /* the cells of the places; the second where they are apart */
};

/* The bits of the slots in the register, or in the group, that begins at this slot. */
static NG_ALWAYS_INLINE uint64_t register_of(size_t slot) {
    return low_mask(LANES) << slot;
}

static NG_ALWAYS_INLINE uint64_t group_of(size_t slot) {
    return low_mask(GROUP) << slot;
}

static NG_ALWAYS_INLINE lanes lanes_load(const struct numbers *numbers, size_t lane) {
    return *(const lanes *)(const void *)(numbers->of + lane);
}

static NG_ALWAYS_INLINE void lanes_store(struct numbers *numbers, size_t lane, lanes values) {
    *(lanes *)(void *)(numbers->of + lane) = values;
}

/* The number of cells that hold this many rows. */
static NG_ALWAYS_INLINE lanes lanes_cells(lanes size) {
    return (size + (NG_CELL_BITS - 1u)) >> NG_CELL_LOG2;
}

/* Sums over eight headers of a few levels, one level in each 128 bits. Each cell has 16 bits for the sum up to its
 * end. */
struct level_parts {
    lanes headers, ones, bytes;
};

/* The headers of a slot's level, from a cell on. */
static NG_ALWAYS_INLINE __m128i slot_headers(const struct slots *slots, size_t slot, size_t cell) {
    return _mm_loadu_si128((const __m128i *)(const void *)(slots->leaf[slot] + slots->headers.of[slot] + 2 * cell));
}

/* The same of slots first, first + 4 and so on. */
static NG_ALWAYS_INLINE lanes load_headers(const struct slots *slots, size_t first, size_t cell) {
#if defined(__AVX512VBMI2__)
    wide headers = _mm512_castsi128_si512(slot_headers(slots, first, cell));
    headers = _mm512_inserti32x4(headers, slot_headers(slots, first + 4, cell), 1);
    headers = _mm512_inserti32x4(headers, slot_headers(slots, first + 8, cell), 2);
    return (lanes)_mm512_inserti32x4(headers, slot_headers(slots, first + 12, cell), 3);
#else
    return (lanes)_mm256_set_m128i(slot_headers(slots, first + 4, cell), slot_headers(slots, first, cell));
#endif
}

/* As sum_eight, for slots first, first + 4 and so on. Cells before this one do not count. */
static NG_ALWAYS_INLINE struct level_parts sum_levels(const struct slots *slots, size_t first, size_t cell) {
    const half_lanes longest = (half_lanes){0} + NG_CELL_LENGTH_MASK;
    half_lanes headers = (half_lanes)load_headers(slots, first, cell);
    half_lanes length = headers >> NG_CELL_LENGTH_SHIFT & longest;
    half_lanes full = halves_equal(length, (half_lanes){0}) & headers >> 15;
    half_lanes ones = (headers & NG_CELL_ONES_MASK) + (full << NG_CELL_LOG2);
    half_lanes bytes = length - halves_equal(length, longest); /* 63 stands for 64 */
    return (struct level_parts){.headers = (lanes)headers,
                                .ones = (lanes)halves_prefix_sums(ones),
                                .bytes = (lanes)halves_prefix_sums(bytes)};
}

/* For the slot of each lane: the sums before the cell of the first place, before that of the second, and over the whole
 * level, with ones in the low 16 bits and bytes above; and the headers of the two cells. */
struct level_choice {
    lanes before[2], all;
    lanes headers[2];
};

/* Unpacking twice brings the numbers to the lanes of the sums, and what was chosen back: slot 4 * i + j is part i of
 * register j. A number n becomes the byte indices that choose the 16 bits below number n from two parts, or zero if n
 * is 0; then two indices that choose zero. */
static NG_ALWAYS_INLINE struct level_choice choose(const struct slots *slots, size_t lane, const lanes cells[2], lanes all) {
    const half_lanes below = (half_lanes)lanes_number(0x9090fefe);
    lanes first = (lanes)((half_lanes)cells[0] * 0x0202 + below);
    lanes last = (lanes)((half_lanes)all * 0x0202 + below);
    lanes second = (lanes)((half_lanes)cells[1] * 0x0202 + below);
    lanes low = unpack_low32(first, last);
    lanes high = unpack_high32(first, last);
    lanes low_second = unpack_low32(second, second);
    lanes high_second = unpack_high32(second, second);
    const lanes wanted[4] = {unpack_low64(low, low_second), unpack_high64(low, low_second),
                             unpack_low64(high, high_second), unpack_high64(high, high_second)};
    lanes sums[4];
    lanes headers[4];
    for (size_t i = 0; i < 4; i++) {
        struct level_parts former = sum_levels(slots, lane + i, 0);
        struct level_parts latter = sum_levels(slots, lane + i, 8);
        const lanes last_sum = lanes_number(0x0f0e0f0e);
        half_lanes ones = (half_lanes)latter.ones + (half_lanes)lanes_bytes(former.ones, last_sum);
        half_lanes bytes = (half_lanes)latter.bytes + (half_lanes)lanes_bytes(former.bytes, last_sum);
        lanes in_former = bytes_below_16(wanted[i]);
        lanes in_latter = bytes_from_16(wanted[i]);
        sums[i] = lanes_bytes(former.ones, in_former) | lanes_bytes(former.bytes, in_former << 16 | in_former >> 16) |
                  lanes_bytes((lanes)ones, in_latter) | lanes_bytes((lanes)bytes, in_latter << 16 | in_latter >> 16);
        lanes next = (lanes)((half_lanes)wanted[i] + (half_lanes)lanes_number(0x0202));
        headers[i] = lanes_bytes(former.headers, bytes_below_16(next)) | lanes_bytes(latter.headers, bytes_from_16(next));
    }
    lanes low01 = unpack_low32(sums[0], sums[1]);
    lanes low23 = unpack_low32(sums[2], sums[3]);
    lanes high01 = unpack_high32(sums[0], sums[1]);
    lanes high23 = unpack_high32(sums[2], sums[3]);
    lanes first_headers01 = unpack_low32(headers[0], headers[1]);
    lanes first_headers23 = unpack_low32(headers[2], headers[3]);
    lanes second_headers01 = unpack_high32(headers[0], headers[1]);
    lanes second_headers23 = unpack_high32(headers[2], headers[3]);
    return (struct level_choice){.before = {unpack_low64(low01, low23), unpack_low64(high01, high23)},
                                 .all = unpack_high64(low01, low23),
                                 .headers = {unpack_low64(first_headers01, first_headers23),
                                             unpack_low64(second_headers01, second_headers23)}};
}

/* The encoding of each lane's cell, from its header and its number of bits. */
static NG_ALWAYS_INLINE void lanes_encoding(struct slot_cells *cells, size_t lane, lanes header, lanes bits) {
    const lanes nothing = lanes_number(0);
    lanes length = header >> NG_CELL_LENGTH_SHIFT & NG_CELL_LENGTH_MASK;
    lanes ones = header & NG_CELL_ONES_MASK;
    lanes plain_length = (bits + 7) >> 3;
    plain_length -= plain_length >> 6; /* 63 stands for 64 */
    lanes high = lanes_fill(lanes_have(header, lanes_number(NG_CELL_DELTA)));
    lanes stored = ~lanes_fill(lanes_equal(length, nothing));
    lanes plain = lanes_fill(lanes_equal(length, plain_length));
    lanes few = lanes_fill(lanes_at_most(ones + ones, bits));
    lanes_store(&cells->plain, lane, plain);
    lanes_store(&cells->stored, lane, stored);
    lanes_store(&cells->delta, lane, high & stored);
    lanes_store(&cells->flip, lane, ~(few | plain | high) | (high & ~stored));
}

/* The cells that hold places of levels with this many cells. A place at the end belongs to the last cell; 0 if there is
 * no cell. */
static NG_ALWAYS_INLINE lanes lanes_cell_of(lanes at, lanes all) {
    lanes last = all + lanes_fill(lanes_have(all, all));
    return lanes_min(at >> NG_CELL_LOG2, last);
}

static NG_ALWAYS_INLINE void set_cells(struct slots *slots, struct slot_cells *cells, size_t lane, lanes cell, lanes before,
                                       lanes header) {
    lanes start = cell << NG_CELL_LOG2;
    lanes bits = lanes_min(lanes_load(&slots->size, lane) - start, lanes_number(NG_CELL_BITS));
    lanes_store(&cells->data, lane, lanes_load(&slots->cells, lane) + (before >> 16));
    lanes_store(&cells->before, lane, before & 0xffff);
    for (size_t i = 0; i < 2; i++) lanes_store(&cells->places[i], lane, lanes_load(&slots->at[i], lane) - start);
    lanes_encoding(cells, lane, header, bits);
}

/* Enters a level in a register of slots, whose sizes and places are set. The level has at most this many rows. Returns
 * the slots whose level is sound; it may have no rows. */
static NG_ALWAYS_INLINE uint64_t enter_levels(struct slots *slots, size_t lane, unsigned most) {
    lanes size = lanes_load(&slots->size, lane);
    lanes at[2] = {lanes_load(&slots->at[0], lane), lanes_load(&slots->at[1], lane)};
    lanes all = lanes_cells(size);
    lanes headers_room = lanes_load(&slots->headers_end, lane) - lanes_load(&slots->headers, lane);
    lanes cells_room = lanes_load(&slots->cells_end, lane) - lanes_load(&slots->cells, lane);
    lane_mask sound = lanes_at_most(size, lanes_number(most)) & lanes_at_most(all + all, headers_room) &
                      lanes_at_most(at[0], at[1]) & lanes_at_most(at[1], size);
    const lanes cells[2] = {lanes_cell_of(at[0], all), lanes_cell_of(at[1], all)};
    struct level_choice choice = choose(slots, lane, cells, all);
    lanes ones = choice.all & 0xffff;
    lanes bytes = choice.all >> 16;
    sound &= lanes_at_most(ones, size) & lanes_at_most(bytes, cells_room);
    lanes_store(&slots->ones, lane, ones);
    lanes_store(&slots->bytes, lane, bytes);
    set_cells(slots, &slots->first, lane, cells[0], choice.before[0], choice.headers[0]);
    lanes delta = lanes_load(&slots->first.delta, lane);
    slots->delta = (slots->delta & ~register_of(lane)) | (uint64_t)mask_bits(lanes_have(delta, delta)) << lane;
    uint64_t together = mask_bits(lanes_at_most(lanes_load(&slots->first.places[1], lane), lanes_number(NG_CELL_BITS)));
    uint64_t apart = ~(together << lane) & register_of(lane);
    slots->apart = (slots->apart & ~register_of(lane)) | apart;
    if (apart) set_cells(slots, &slots->second, lane, cells[1], choice.before[1], choice.headers[1]);
    return (uint64_t)mask_bits(sound) << lane;
}

/* Moves some slots of a register to the level below. Returns those that have one. */
static NG_ALWAYS_INLINE uint64_t leave_levels(struct slots *slots, size_t lane, uint64_t some) {
    lanes leaving = lanes_fill(mask_of((unsigned)(some >> lane)));
    lanes headers = lanes_load(&slots->headers, lane);
    lanes all = lanes_cells(lanes_load(&slots->size, lane));
    lanes left = lanes_load(&slots->depth_left, lane) + leaving;
    lanes_store(&slots->headers, lane, headers + ((all + all) & leaving));
    lanes_store(&slots->cells, lane, lanes_load(&slots->cells, lane) + (lanes_load(&slots->bytes, lane) & leaving));
    lanes_store(&slots->depth_left, lane, left);
    return some & (uint64_t)mask_bits(lanes_have(left, left)) << lane;
}
