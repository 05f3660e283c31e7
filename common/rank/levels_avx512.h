/*
 * Levels of many leaves, entered side by side: what is the same for each of them is done for 16 at once, in registers of
 * 512 bits. A part of rank_batch_impl.h, for processors that have AVX-512 with VBMI2.
 *
 * A visit has a slot while it goes down its leaf. The slots' numbers stand in arrays, one for each kind, so that 16 of
 * a kind are a register.
 */
#include "common/rank/cell_avx512.h"

enum { SLOTS = 48, LANES = 16 };

/* For each slot a number. */
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
    const uint8_t *leaf[SLOTS];
    uint8_t visit[SLOTS]; /* the number of each one's, in the pool */
    /* struct descent, as offsets in the leaf; the level's bytes are added to cells when it is left */
    struct numbers headers, headers_end, cells, cells_end, sizes, size, ones, bytes;
    struct numbers depth_left; /* levels from this one on */
    struct numbers at[2];
    struct slot_cells first, second; /* the cells of the places; the second where they are apart */
};

static NG_ALWAYS_INLINE __m512i lanes_load(const struct numbers *numbers, size_t lane) {
    return _mm512_load_si512(numbers->of + lane);
}

static NG_ALWAYS_INLINE void lanes_store(struct numbers *numbers, size_t lane, __m512i values) {
    _mm512_store_si512(numbers->of + lane, values);
}

static NG_ALWAYS_INLINE __m512i lanes_number(unsigned value) {
    return _mm512_set1_epi32((int)value);
}

/* How many cells so many rows have. */
static NG_ALWAYS_INLINE __m512i lanes_cells(__m512i size) {
    return _mm512_srli_epi32(_mm512_add_epi32(size, lanes_number(NG_CELL_BITS - 1)), NG_CELL_LOG2);
}

/* Sums over the headers of four levels, one in each quarter of a register: behind each cell, 16 bits. */
struct level_quarters {
    __m512i headers, ones, bytes;
};

static NG_ALWAYS_INLINE __m512i quarters_sum(__m512i lanes) {
    lanes = _mm512_add_epi16(lanes, _mm512_bslli_epi128(lanes, 2));
    lanes = _mm512_add_epi16(lanes, _mm512_bslli_epi128(lanes, 4));
    return _mm512_add_epi16(lanes, _mm512_bslli_epi128(lanes, 8));
}

static NG_ALWAYS_INLINE __m128i load_headers(const struct slots *slots, size_t slot) {
    return _mm_loadu_si128((const __m128i *)(const void *)(slots->leaf[slot] + slots->headers.of[slot]));
}

/* As sum_level, for slots first, first + 4, first + 8 and first + 12. */
static NG_ALWAYS_INLINE struct level_quarters sum_levels(const struct slots *slots, size_t first) {
    __m512i headers = _mm512_castsi128_si512(load_headers(slots, first));
    headers = _mm512_inserti32x4(headers, load_headers(slots, first + 4), 1);
    headers = _mm512_inserti32x4(headers, load_headers(slots, first + 8), 2);
    headers = _mm512_inserti32x4(headers, load_headers(slots, first + 12), 3);
    const __m512i length_mask = _mm512_set1_epi16(NG_CELL_LENGTH_MASK);
    __m512i bytes = _mm512_and_si512(_mm512_srli_epi16(headers, NG_CELL_LENGTH_SHIFT), length_mask);
    __mmask32 full = _mm512_testn_epi16_mask(bytes, bytes) & _mm512_movepi16_mask(headers);
    __mmask32 longest = _mm512_cmpeq_epi16_mask(bytes, length_mask); /* 63 stands for 64 */
    bytes = _mm512_mask_add_epi16(bytes, longest, bytes, _mm512_set1_epi16(1));
    __m512i ones = _mm512_and_si512(headers, _mm512_set1_epi16(NG_CELL_ONES_MASK));
    ones = _mm512_mask_add_epi16(ones, full, ones, _mm512_set1_epi16(NG_CELL_BITS));
    return (struct level_quarters){.headers = headers, .ones = quarters_sum(ones), .bytes = quarters_sum(bytes)};
}

/* Of 16 slots: sums before the first place's cell, before the second's and of the level, ones below bit 16 and bytes
 * above; and the headers of the cells. */
struct level_choice {
    __m512i before[2], all;
    __m512i headers[2];
};

/* The numbers are brought to where the sums are, four slots a register, and what was chosen back, by unpacking twice:
 * slot 4 * i + j is quarter i of register j. A number n becomes the bytes that choose 16 bits below number n from a
 * quarter, or zero where n is 0; and two bytes of zero. */
static NG_ALWAYS_INLINE struct level_choice choose(const struct slots *slots, size_t lane, const __m512i cells[2],
                                                   __m512i all) {
    const __m512i twice = lanes_number(0x0202);
    const __m512i below = lanes_number(0x8080fefe);
    __m512i first = _mm512_add_epi16(_mm512_mullo_epi16(cells[0], twice), below);
    __m512i last = _mm512_add_epi16(_mm512_mullo_epi16(all, twice), below);
    __m512i second = _mm512_add_epi16(_mm512_mullo_epi16(cells[1], twice), below);
    __m512i low = _mm512_unpacklo_epi32(first, last);
    __m512i high = _mm512_unpackhi_epi32(first, last);
    __m512i low_second = _mm512_unpacklo_epi32(second, second);
    __m512i high_second = _mm512_unpackhi_epi32(second, second);
    const __m512i wanted[4] = {_mm512_unpacklo_epi64(low, low_second), _mm512_unpackhi_epi64(low, low_second),
                               _mm512_unpacklo_epi64(high, high_second), _mm512_unpackhi_epi64(high, high_second)};
    __m512i sums[4];
    __m512i headers[4];
    for (size_t i = 0; i < 4; i++) {
        struct level_quarters level = sum_levels(slots, lane + i);
        __m512i ones = _mm512_shuffle_epi8(level.ones, wanted[i]);
        sums[i] = _mm512_or_si512(ones, _mm512_shuffle_epi8(level.bytes, _mm512_rol_epi32(wanted[i], 16)));
        headers[i] = _mm512_shuffle_epi8(level.headers, _mm512_add_epi16(wanted[i], twice));
    }
    __m512i low01 = _mm512_unpacklo_epi32(sums[0], sums[1]);
    __m512i low23 = _mm512_unpacklo_epi32(sums[2], sums[3]);
    __m512i high01 = _mm512_unpackhi_epi32(sums[0], sums[1]);
    __m512i high23 = _mm512_unpackhi_epi32(sums[2], sums[3]);
    __m512i first_headers01 = _mm512_unpacklo_epi32(headers[0], headers[1]);
    __m512i first_headers23 = _mm512_unpacklo_epi32(headers[2], headers[3]);
    __m512i second_headers01 = _mm512_unpackhi_epi32(headers[0], headers[1]);
    __m512i second_headers23 = _mm512_unpackhi_epi32(headers[2], headers[3]);
    return (struct level_choice){.before = {_mm512_unpacklo_epi64(low01, low23), _mm512_unpacklo_epi64(high01, high23)},
                                 .all = _mm512_unpackhi_epi64(low01, low23),
                                 .headers = {_mm512_unpacklo_epi64(first_headers01, first_headers23),
                                             _mm512_unpacklo_epi64(second_headers01, second_headers23)}};
}

/* Of each lane's cell, by its header and its bits. */
static NG_ALWAYS_INLINE void lanes_encoding(struct slot_cells *cells, size_t lane, __m512i header, __m512i bits) {
    __m512i length = _mm512_srli_epi32(header, NG_CELL_LENGTH_SHIFT);
    length = _mm512_and_si512(length, lanes_number(NG_CELL_LENGTH_MASK));
    __m512i ones = _mm512_and_si512(header, lanes_number(NG_CELL_ONES_MASK));
    __m512i plain_length = _mm512_srli_epi32(_mm512_add_epi32(bits, lanes_number(7)), 3);
    plain_length = _mm512_sub_epi32(plain_length, _mm512_srli_epi32(plain_length, 6)); /* 63 stands for 64 */
    __mmask16 high = _mm512_test_epi32_mask(header, lanes_number(NG_CELL_DELTA));
    __mmask16 stored = _mm512_test_epi32_mask(length, length);
    __mmask16 plain = _mm512_cmpeq_epi32_mask(length, plain_length);
    __mmask16 many = _mm512_cmplt_epi32_mask(bits, _mm512_add_epi32(ones, ones));
    __mmask16 flip = (__mmask16)((many & ~(plain | high)) | (high & ~stored));
    lanes_store(&cells->plain, lane, _mm512_movm_epi32(plain));
    lanes_store(&cells->stored, lane, _mm512_movm_epi32(stored));
    lanes_store(&cells->delta, lane, _mm512_movm_epi32(high & stored));
    lanes_store(&cells->flip, lane, _mm512_movm_epi32(flip));
}

/* The cells that hold places of levels of so many cells, or the last, for places behind it; 0 where there is none. */
static NG_ALWAYS_INLINE __m512i lanes_cell_of(__m512i at, __m512i all) {
    __m512i last = _mm512_subs_epu16(all, lanes_number(1));
    return _mm512_min_epu32(_mm512_srli_epi32(at, NG_CELL_LOG2), last);
}

static NG_ALWAYS_INLINE void set_cells(struct slots *slots, struct slot_cells *cells, size_t lane, __m512i cell,
                                       __m512i before, __m512i header) {
    __m512i start = _mm512_slli_epi32(cell, NG_CELL_LOG2);
    __m512i rest = _mm512_sub_epi32(lanes_load(&slots->size, lane), start);
    __m512i bits = _mm512_min_epu32(rest, lanes_number(NG_CELL_BITS));
    lanes_store(&cells->data, lane, _mm512_add_epi32(lanes_load(&slots->cells, lane), _mm512_srli_epi32(before, 16)));
    lanes_store(&cells->before, lane, _mm512_and_si512(before, lanes_number(0xffff)));
    for (size_t i = 0; i < 2; i++) {
        lanes_store(&cells->places[i], lane, _mm512_sub_epi32(lanes_load(&slots->at[i], lane), start));
    }
    lanes_encoding(cells, lane, header, bits);
}

/* Enters a level of 16 slots, whose sizes and places are set. Returns those where the level is sound; it may have no
 * rows there. */
static NG_ALWAYS_INLINE __mmask16 enter_levels(struct slots *slots, size_t lane) {
    __m512i size = lanes_load(&slots->size, lane);
    __m512i at[2] = {lanes_load(&slots->at[0], lane), lanes_load(&slots->at[1], lane)};
    __m512i all = lanes_cells(size);
    __m512i headers_room = _mm512_sub_epi32(lanes_load(&slots->headers_end, lane), lanes_load(&slots->headers, lane));
    __m512i cells_room = _mm512_sub_epi32(lanes_load(&slots->cells_end, lane), lanes_load(&slots->cells, lane));
    __mmask16 sound = _mm512_cmple_epu32_mask(size, lanes_number(NG_LEAF_ROWS)) &
                      _mm512_cmple_epu32_mask(_mm512_add_epi32(all, all), headers_room) &
                      _mm512_cmple_epu32_mask(at[0], at[1]) & _mm512_cmple_epu32_mask(at[1], size);
    const __m512i cells[2] = {lanes_cell_of(at[0], all), lanes_cell_of(at[1], all)};
    struct level_choice choice = choose(slots, lane, cells, all);
    __m512i ones = _mm512_and_si512(choice.all, lanes_number(0xffff));
    __m512i bytes = _mm512_srli_epi32(choice.all, 16);
    sound &= _mm512_cmple_epu32_mask(ones, size) & _mm512_cmple_epu32_mask(bytes, cells_room);
    lanes_store(&slots->ones, lane, ones);
    lanes_store(&slots->bytes, lane, bytes);
    set_cells(slots, &slots->first, lane, cells[0], choice.before[0], choice.headers[0]);
    __mmask16 apart = _mm512_cmpgt_epu32_mask(lanes_load(&slots->first.places[1], lane), lanes_number(NG_CELL_BITS));
    slots->apart = (slots->apart & ~(UINT64_C(0xffff) << lane)) | (uint64_t)apart << lane;
    if (apart) set_cells(slots, &slots->second, lane, cells[1], choice.before[1], choice.headers[1]);
    return sound;
}

/* Of 16 slots, those in lanes leave their level for the one below. Returns those that have one. */
static NG_ALWAYS_INLINE __mmask16 leave_levels(struct slots *slots, size_t lane, __mmask16 lanes) {
    __m512i headers = lanes_load(&slots->headers, lane);
    __m512i cells = lanes_load(&slots->cells, lane);
    __m512i all = lanes_cells(lanes_load(&slots->size, lane));
    __m512i left = lanes_load(&slots->depth_left, lane);
    left = _mm512_mask_sub_epi32(left, lanes, left, lanes_number(1));
    lanes_store(&slots->headers, lane, _mm512_mask_add_epi32(headers, lanes, headers, _mm512_add_epi32(all, all)));
    lanes_store(&slots->cells, lane, _mm512_mask_add_epi32(cells, lanes, cells, lanes_load(&slots->bytes, lane)));
    lanes_store(&slots->depth_left, lane, left);
    return _mm512_mask_test_epi32_mask(lanes, left, left);
}
