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
    uint64_t at = NG_RDIR_OFFSETS_AT + (row >> NG_SUPER_LOG2) * NG_RDIR_OFFSET_BYTES;
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
    unsigned leaf = (unsigned)(row >> NG_LEAF_LOG2) % NG_SUPER_LEAVES;
    /* The two bytes before the first end are zero. */
    const uint8_t *ends = super + NG_SUPER_ENDS_AT + (size_t)2 * leaf;
    uint64_t begin = (uint64_t)ng_le_load16(ends - 2) * 2;
    uint64_t end = (uint64_t)ng_le_load16(ends) * 2;
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
    uint16_t depth;
};

static NG_ALWAYS_INLINE bool load_super(const struct ng_rank *rank, const struct spot *spot, struct super *super) {
    if (!ng_view_check(&rank->directory, spot->super_at, spot->super_bytes)) return false;
    super->head = rank->directory.data + spot->super_at;
    super->symbols = (uint16_t)(super->head[NG_SUPER_SYMBOLS_AT] + 1u);
    super->depth = super->head[NG_SUPER_DEPTH_AT];
    if (spot->super_bytes == ng_super_bytes(super->symbols) && super->depth <= NG_MAX_CODE_BITS) return true;
    ng_container_mark_damaged(rank->directory.container);
    return false;
}

static NG_ALWAYS_INLINE const uint8_t *super_place(const struct super *super, unsigned index) {
    return super->head + NG_SUPER_PLACES_AT + super->symbols + (size_t)index * NG_PLACE_BYTES;
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
    unsigned ones;          /* of this level */
    struct level_sums sums;
};

/* A leaf, parsed. */
struct leaf {
    const uint8_t *counts;
    uint16_t counts_bytes;
    uint8_t cell_count; /* 0: one symbol only */
    uint8_t place;      /* its place in the superblock */
};

static NG_ALWAYS_INLINE bool load_leaf(const struct ng_rank *rank, const struct spot *spot, const struct super *super,
                                       uint64_t row, struct leaf *leaf, struct descent *d) {
    if (!ng_view_check(&rank->data, spot->leaf_at, spot->leaf_bytes)) return false;
    const uint8_t *begin = leaf_of(rank, spot);
    const uint8_t *end = begin + spot->leaf_bytes;
    leaf->counts_bytes = ng_le_load16(super->head + NG_SUPER_COUNT_BYTES_AT);
    uint64_t rows = rank->rows - (row & ~(uint64_t)(NG_LEAF_ROWS - 1));
    if (spot->leaf_bytes < 2) goto damaged;
    leaf->cell_count = begin[0];
    leaf->place = begin[1];
    if (leaf->cell_count == 0) {
        leaf->counts = begin + 2;
        if (leaf->place >= super->symbols || leaf->counts + leaf->counts_bytes > end) goto damaged;
        return true;
    }
    if (super->depth == 0) goto damaged;
    d->size = rows < NG_LEAF_ROWS ? (unsigned)rows : (unsigned)NG_LEAF_ROWS;
    d->sizes = begin + 1;
    d->headers = d->sizes + (size_t)2 * (super->depth - 1);
    d->headers_end = d->headers + (size_t)2 * leaf->cell_count;
    leaf->counts = d->headers_end;
    d->cells = leaf->counts + leaf->counts_bytes;
    d->cells_end = end;
    if (leaf->cell_count > NG_LEAF_MAX_CELLS || d->cells > end) goto damaged;
    return true;
damaged:
    ng_container_mark_damaged(rank->data.container);
    return false;
}

static NG_ALWAYS_INLINE bool enter_level(struct descent *d) {
    d->level_cells = (d->size + NG_CELL_BITS - 1) >> NG_CELL_LOG2;
    if (d->size > NG_LEAF_ROWS || (size_t)2 * d->level_cells > (size_t)(d->headers_end - d->headers)) return false;
    sum_level(d->headers, &d->sums);
    d->ones = sum_of_ones(&d->sums, d->level_cells);
    return d->ones <= d->size && sum_of_bytes(&d->sums, d->level_cells) <= (size_t)(d->cells_end - d->cells);
}

/* To the level below; there is one. */
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

/* The cell that holds a place of this level, or the level's last for the place behind it, and where it is in there;
 * place <= d->size, which is not 0. */
static NG_ALWAYS_INLINE struct level_cell find_place_cell(const struct descent *d, unsigned place, unsigned *in_cell) {
    unsigned cell = place >> NG_CELL_LOG2;
    cell -= cell == d->level_cells;
    *in_cell = place - (cell << NG_CELL_LOG2);
    return find_cell(d, cell << NG_CELL_LOG2);
}

/* From where the ways of two rows down a leaf ended to the ranks of their symbol there. The leaf's count has the place
 * of the symbol's first row subtracted, modulo its width, which the sum undoes. A rank that damage made too large
 * would become a row beyond the end. */
static NG_ALWAYS_INLINE void ranks_from(const struct ng_rank *rank, const struct super *super, const struct leaf *leaf,
                                        unsigned index, uint8_t symbol, const unsigned way_ends[2], uint64_t ranks[2]) {
    const uint8_t *place = super_place(super, index);
    unsigned offset = ng_le_load16(place + NG_PLACE_OFFSET_AT);
    unsigned width = place[NG_PLACE_WIDTH_AT];
    uint64_t total = rank->total[symbol];
    if (width > NG_SUPER_LOG2 + 1 || offset / 8 > leaf->counts_bytes) {
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
