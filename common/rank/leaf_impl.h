/*
 * From a row to its leaf, and down the leaf's levels. A part of rank_impl.h, compiled once for each kind of
 * processor.
 *
 * Every value read from the file is bounded before it becomes an address, a loop limit or a shift.
 */
#include "common/base/le.h"
#include "common/rank/cell_impl.h"
#include "common/rank/rank.h"

static NG_ALWAYS_INLINE uint64_t load48(const uint8_t *bytes) {
    return ng_le_load64(bytes) & low_mask(48);
}

/* The numbers of a row's superblock and hyperblock. */
static NG_ALWAYS_INLINE uint64_t super_of(const struct ng_rank *rank, uint64_t row) {
    return row >> (rank->leaf_log2 + NG_SUPER_LEAVES_LOG2);
}

static NG_ALWAYS_INLINE uint64_t hyper_of(const struct ng_rank *rank, uint64_t row) {
    return row >> (rank->leaf_log2 + NG_SUPER_LEAVES_LOG2 + NG_HYPER_SUPERS_LOG2);
}

/* The row's place in its leaf. */
static NG_ALWAYS_INLINE unsigned place_in_leaf(const struct ng_rank *rank, uint64_t row) {
    return (unsigned)(row & low_mask(rank->leaf_log2));
}

/* How many rows the leaf of a row has; row < rows. */
static NG_ALWAYS_INLINE unsigned leaf_rows(const struct ng_rank *rank, uint64_t row) {
    uint64_t left = rank->rows - (row & ~low_mask(rank->leaf_log2));
    unsigned most = 1u << rank->leaf_log2;
    return left < most ? (unsigned)left : most;
}

/* Where a row's superblock and leaf stand. */
struct spot {
    uint64_t super_at; /* in the directory */
    uint64_t leaf_at;  /* in the data */
    ptrdiff_t moved;   /* from there to a copy of the leaf */
    uint32_t super_bytes;
    uint32_t leaf_bytes;
};

/* Finds the row's superblock; row < rows. */
static NG_ALWAYS_INLINE bool find_super(const struct ng_rank *rank, uint64_t row, struct spot *spot) {
    uint64_t at = NG_RDIR_OFFSETS_AT + super_of(rank, row) * NG_RDIR_OFFSET_BYTES;
    if (!ng_view_check(&rank->directory, at, (size_t)2 * NG_RDIR_OFFSET_BYTES)) return false;
    uint64_t begin = load48(rank->directory.data + at);
    uint64_t end = load48(rank->directory.data + at + NG_RDIR_OFFSET_BYTES);
    spot->super_at = rank->supers_at + begin;
    spot->super_bytes = (uint32_t)(end - begin);
    if (begin < end && end - begin <= UINT32_MAX && spot->super_at < rank->directory.length_bytes) return true;
    ng_container_mark_damaged(rank->directory.container);
    return false;
}

/* Finds the row's leaf, from its superblock's first line. */
static NG_ALWAYS_INLINE bool find_leaf(const struct ng_rank *rank, uint64_t row, struct spot *spot) {
    if (!ng_view_check(&rank->directory, spot->super_at, NG_SUPER_BITMAP_AT)) return false;
    const uint8_t *super = rank->directory.data + spot->super_at;
    unsigned leaf = (unsigned)(row >> rank->leaf_log2) % NG_SUPER_LEAVES;
    /* The two bytes before the first end are zero. */
    const uint8_t *ends = super + NG_SUPER_ENDS_AT + (size_t)2 * leaf;
    uint64_t begin = (uint64_t)ng_le_load16(ends - 2) << rank->unit_log2;
    uint64_t end = (uint64_t)ng_le_load16(ends) << rank->unit_log2;
    spot->leaf_at = load48(super + NG_SUPER_DATA_AT) + begin;
    spot->leaf_bytes = (uint32_t)(end - begin);
    spot->moved = 0;
    if (begin <= end) return true;
    ng_container_mark_damaged(rank->directory.container);
    return false;
}

/* Where the leaf begins. It need not be inside the data: whoever reads there checks it. */
static NG_ALWAYS_INLINE const uint8_t *leaf_of(const struct ng_rank *rank, const struct spot *spot) {
    return (const uint8_t *)((uintptr_t)rank->data.data + spot->leaf_at + (uintptr_t)spot->moved);
}

/* A superblock in the directory. */
struct super {
    const uint8_t *head;
    uint16_t symbols;
    uint16_t place_bytes;
};

static NG_ALWAYS_INLINE bool load_super(const struct ng_rank *rank, const struct spot *spot, struct super *super) {
    if (!ng_view_check(&rank->directory, spot->super_at, spot->super_bytes)) return false;
    super->head = rank->directory.data + spot->super_at;
    super->symbols = (uint16_t)(super->head[NG_SUPER_SYMBOLS_AT] + 1u);
    super->place_bytes = rank->place_bytes;
    if (spot->super_bytes == ng_super_bytes(super->symbols, super->place_bytes)) return true;
    ng_container_mark_damaged(rank->directory.container);
    return false;
}

static NG_ALWAYS_INLINE const uint8_t *super_place(const struct super *super, unsigned index) {
    return super->head + NG_SUPER_PLACES_AT + super->symbols + (size_t)index * super->place_bytes;
}

static NG_ALWAYS_INLINE uint8_t place_symbol(const struct super *super, unsigned index) {
    return super_place(super, index + 1)[-NG_PLACE_SYMBOL_BACK];
}

/* The place of a symbol in a superblock, or -1 where it does not occur there. */
static NG_ALWAYS_INLINE int find_place(const struct super *super, uint8_t symbol) {
    const uint8_t *bitmap = super->head + NG_SUPER_BITMAP_AT;
    unsigned before = 0;
    unsigned word = symbol / 64;
    /* Branch-free: the symbol is unpredictable. */
    for (unsigned i = 0; i < 3; i++) before += popcount(ng_le_load64(bitmap + (size_t)8 * i)) & (0 - (unsigned)(i < word));
    uint64_t last = ng_le_load64(bitmap + (size_t)8 * word);
    if (!(last >> symbol % 64 & 1)) return -1;
    before += popcount(last & low_mask(symbol % 64));
    if (before >= super->symbols) return -1;
    unsigned place = super->head[NG_SUPER_PLACES_AT + before];
    return place < super->symbols ? (int)place : -1;
}

/* Where a descent through a leaf's levels stands. */
struct descent {
    const uint8_t *headers; /* of this level's cells */
    const uint8_t *headers_end;
    const uint8_t *cells;   /* of this level */
    const uint8_t *cells_end;
    const uint8_t *sizes;   /* of the levels below */
    unsigned size;          /* rows of this level */
    unsigned level_cells;
    unsigned most;          /* rows that a level may have */
    unsigned ones;          /* of this level */
    struct level_sums sums;
};

/* The numbers from 0 to 255, and as many more as a search may load past them. */
#define FOUR_NUMBERS(n) (n), (n) + 1, (n) + 2, (n) + 3
#define SIXTEEN_NUMBERS(n) FOUR_NUMBERS(n), FOUR_NUMBERS((n) + 4), FOUR_NUMBERS((n) + 8), FOUR_NUMBERS((n) + 12)
#define SIXTY_FOUR_NUMBERS(n) \
    SIXTEEN_NUMBERS(n), SIXTEEN_NUMBERS((n) + 16), SIXTEEN_NUMBERS((n) + 32), SIXTEEN_NUMBERS((n) + 48)
static const uint8_t same_numbers[256 + 64] = {SIXTY_FOUR_NUMBERS(0), SIXTY_FOUR_NUMBERS(64), SIXTY_FOUR_NUMBERS(128),
                                               SIXTY_FOUR_NUMBERS(192)};
#undef FOUR_NUMBERS
#undef SIXTEEN_NUMBERS
#undef SIXTY_FOUR_NUMBERS

/* A leaf, parsed. Its code: words, one every word_stride bytes, and the places of their symbols in the superblock. */
struct leaf {
    const uint8_t *counts;
    const uint8_t *inner; /* nodes of the code's tree at each depth */
    const uint8_t *words;
    const uint8_t *order;
    uint16_t counts_bytes;
    uint16_t symbols;
    uint8_t word_stride;
    uint8_t depth; /* 0: one symbol only */
    uint8_t cell_count;
};

/* The code of the leaf that begins there. *sizes is where the sizes of its levels begin, which may be past the leaf's
 * end. */
static NG_ALWAYS_INLINE bool load_code(const struct ng_rank *rank, const uint8_t *begin, struct leaf *leaf,
                                       const uint8_t **sizes) {
    unsigned shape_number = begin[NG_LEAF_SHAPE_AT];
    const struct ng_rank_shape *shape = &rank->shapes[shape_number < NG_SHAPES ? shape_number : 0];
    leaf->symbols = (uint16_t)(begin[NG_LEAF_SYMBOLS_AT] + 1u);
    leaf->cell_count = begin[NG_LEAF_CELLS_AT];
    leaf->depth = shape->depth;
    leaf->inner = shape->inner;
    leaf->words = (const uint8_t *)shape->word;
    leaf->word_stride = sizeof *shape->word;
    leaf->order = begin + NG_LEAF_ORDER_AT;
    *sizes = leaf->order + leaf->symbols;
    return shape_number < NG_SHAPES && leaf->symbols <= shape->words && leaf->cell_count <= NG_LEAF_MAX_CELLS;
}

/* Version 1: the superblock has one code for its leaves. A symbol's number is that of its place. */
static NG_ALWAYS_INLINE bool load_code_v1(const struct super *super, const uint8_t *begin, struct leaf *leaf,
                                          const uint8_t **sizes) {
    leaf->cell_count = begin[0];
    leaf->inner = super->head + NG_SUPER_INNER_AT;
    leaf->words = super_place(super, 0) + NG_PLACE_WORD_AT;
    leaf->word_stride = NG_PLACE_BYTES_V1;
    *sizes = begin + 1;
    if (leaf->cell_count > 0) {
        leaf->symbols = super->symbols;
        leaf->order = same_numbers;
        leaf->depth = super->head[NG_SUPER_DEPTH_AT];
        return leaf->depth > 0 && leaf->depth <= NG_MAX_CODE_BITS && leaf->cell_count <= NG_LEAF_MAX_CELLS_V1;
    }
    leaf->symbols = 1;
    leaf->order = begin + 1;
    leaf->depth = 0;
    ++*sizes;
    return leaf->order[0] < super->symbols;
}

static NG_ALWAYS_INLINE bool load_leaf(const struct ng_rank *rank, const struct spot *spot, const struct super *super,
                                       uint64_t row, struct leaf *leaf, struct descent *d) {
    if (!ng_view_check(&rank->data, spot->leaf_at, spot->leaf_bytes)) return false;
    const uint8_t *begin = leaf_of(rank, spot);
    const uint8_t *end = begin + spot->leaf_bytes;
    if (spot->leaf_bytes < 2) goto damaged;
    /* The branch is predictable: shards of one index seldom differ. */
    bool sound = rank->is_v1 ? load_code_v1(super, begin, leaf, &d->sizes) : load_code(rank, begin, leaf, &d->sizes);
    leaf->counts_bytes = ng_le_load16(super->head + NG_SUPER_COUNT_BYTES_AT);
    d->size = leaf_rows(rank, row);
    d->most = 1u << rank->leaf_log2;
    d->headers = d->sizes + (leaf->depth > 0 ? (size_t)2 * leaf->depth - 2 : 0);
    d->headers_end = d->headers + (size_t)2 * leaf->cell_count;
    leaf->counts = d->headers_end;
    d->cells = leaf->counts + leaf->counts_bytes;
    d->cells_end = end;
    if (sound && d->cells <= end) return true;
damaged:
    ng_container_mark_damaged(rank->data.container);
    return false;
}

static NG_ALWAYS_INLINE uint16_t leaf_word(const struct leaf *leaf, unsigned number) {
    return ng_le_load16(leaf->words + (size_t)number * leaf->word_stride);
}

/* Where a place of the superblock stands among the symbols of a leaf, or -1. */
static NG_ALWAYS_INLINE int find_in_leaf(const struct leaf *leaf, unsigned place) {
#if defined(__AVX512VBMI2__)
    for (unsigned at = 0; at < leaf->symbols; at += 64) {
        uint64_t found = _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(leaf->order + at), _mm512_set1_epi8((char)place));
        found &= low_mask((unsigned)leaf->symbols - at);
        if (found) return (int)(at + (unsigned)__builtin_ctzll(found));
    }
#elif defined(__AVX2__)
    for (unsigned at = 0; at < leaf->symbols; at += 32) {
        __m256i some = _mm256_loadu_si256((const __m256i *)(const void *)(leaf->order + at));
        uint64_t found = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(some, _mm256_set1_epi8((char)place)));
        found &= low_mask((unsigned)leaf->symbols - at);
        if (found) return (int)(at + (unsigned)__builtin_ctzll(found));
    }
#else
    for (unsigned at = 0; at < leaf->symbols; at++) {
        if (leaf->order[at] == place) return (int)at;
    }
#endif
    return -1;
}

static NG_ALWAYS_INLINE bool enter_level(struct descent *d) {
    d->level_cells = (d->size + NG_CELL_BITS - 1) >> NG_CELL_LOG2;
    if (d->size > d->most || (size_t)2 * d->level_cells > (size_t)(d->headers_end - d->headers)) return false;
    sum_level(d->headers, &d->sums);
    d->ones = sum_of_ones(&d->sums, d->level_cells);
    return d->ones <= d->size && sum_of_bytes(&d->sums, d->level_cells) <= (size_t)(d->cells_end - d->cells);
}

/* Goes to the level below, which exists. */
static NG_ALWAYS_INLINE void leave_level(struct descent *d) {
    d->headers += (size_t)2 * d->level_cells;
    d->cells += sum_of_bytes(&d->sums, d->level_cells);
    d->size = ng_le_load16(d->sizes);
    d->sizes += 2;
}

/* The cell that holds place at of this level; at < d->size. */
static NG_ALWAYS_INLINE struct level_cell find_cell(const struct descent *d, unsigned at) {
    unsigned cell = at >> NG_CELL_LOG2;
    unsigned bits = d->size - (cell << NG_CELL_LOG2);
    return (struct level_cell){.data = d->cells + sum_of_bytes(&d->sums, cell),
                               .header = ng_le_load16(d->headers + (size_t)2 * cell),
                               .bits = bits < NG_CELL_BITS ? bits : (unsigned)NG_CELL_BITS,
                               .before = sum_of_ones(&d->sums, cell)};
}

/* The cell that holds a place of this level, and the place within it. A place at the level's end belongs to the last
 * cell. place <= d->size, which is not 0. */
static NG_ALWAYS_INLINE struct level_cell find_place_cell(const struct descent *d, unsigned place, unsigned *in_cell) {
    unsigned cell = place >> NG_CELL_LOG2;
    cell -= cell == d->level_cells;
    *in_cell = place - (cell << NG_CELL_LOG2);
    return find_cell(d, cell << NG_CELL_LOG2);
}

/* The ranks of a symbol at two rows, from the places where their ways down the leaf ended. The leaf stores the count
 * minus the place of the symbol's first row, modulo its width, which the sum undoes. A rank that damage made too large
 * would become a row past the end. */
static NG_ALWAYS_INLINE void ranks_from(const struct ng_rank *rank, const struct super *super, const struct leaf *leaf,
                                        unsigned index, uint8_t symbol, const unsigned way_ends[2], uint64_t ranks[2]) {
    const uint8_t *place = super_place(super, index);
    const uint8_t *place_end = place + super->place_bytes;
    unsigned offset = ng_le_load16(place_end - NG_PLACE_OFFSET_BACK);
    unsigned width = place_end[-NG_PLACE_WIDTH_BACK];
    uint64_t total = rank->total[symbol];
    if (width > rank->leaf_log2 + NG_SUPER_LEAVES_LOG2 + 1u || offset / 8 > leaf->counts_bytes) {
        ng_container_mark_damaged(rank->data.container);
        ranks[0] = ranks[1] = 0;
        return;
    }
    uint64_t before = load48(place + NG_PLACE_BEFORE_AT);
    uint64_t within = ng_packed_get(leaf->counts, offset, width);
    uint64_t mask = (UINT64_C(1) << width) - 1;
    ranks[0] = before + ((within + way_ends[0]) & mask);
    ranks[1] = before + ((within + way_ends[1]) & mask);
    if (ranks[0] <= total && ranks[1] <= total) return;
    ng_container_mark_damaged(rank->data.container);
    ranks[0] = ranks[1] = total;
}
