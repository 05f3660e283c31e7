/*
 * From a row to its leaf, and down the leaf's levels. A part of rank_impl.h, compiled once for each kind of
 * processor.
 *
 * Every value read from the file is bounded before it becomes an address, a loop limit or a shift.
 */
#include "common/packed.h"
#include "common/rank.h"
#include "common/rank_cell_impl.h"

static NG_ALWAYS_INLINE uint64_t load48(const uint8_t *bytes) {
    return ng_le_load64(bytes) & low_mask(48);
}

/* Where a row's superblock and leaf stand: one cache line of the directory. */
struct spot {
    uint64_t record_at;    /* in the directory */
    uint64_t record_bytes;
    uint64_t leaf_at;      /* in the data */
    uint64_t leaf_bytes;
};

/* row < rows. */
static NG_ALWAYS_INLINE uint64_t entry_at(uint64_t row) {
    return NG_RDIR_ENTRIES_AT + (row >> NG_SUPER_LOG2) * NG_SUPER_ENTRY_BYTES;
}

static NG_ALWAYS_INLINE bool find_spot(const struct ng_rank *rank, uint64_t row, struct spot *spot) {
    uint64_t at = entry_at(row);
    if (!ng_view_check(&rank->directory, at, NG_SUPER_ENTRY_BYTES)) return false;
    const uint8_t *entry = rank->directory.data + at;
    unsigned leaf = (unsigned)(row >> NG_LEAF_LOG2) % NG_SUPER_LEAVES;
    /* The four bytes before the first end are zero but for the first two, which the shift drops. */
    const uint8_t *ends = entry + NG_SUPER_ENDS_AT + (size_t)3 * leaf;
    uint64_t begin = leaf ? ng_le_load32(ends - 3) & 0xffffff : 0;
    uint64_t end = ng_le_load32(ends - 1) >> 8;
    spot->record_at = rank->records_at + load48(entry + NG_SUPER_RECORD_AT);
    spot->record_bytes = ng_le_load16(entry + NG_SUPER_RECORD_BYTES_AT);
    spot->leaf_at = load48(entry + NG_SUPER_DATA_AT) + begin;
    spot->leaf_bytes = end - begin;
    if (begin <= end) return true;
    ng_container_mark_damaged(rank->directory.container);
    return false;
}

/* A superblock's record in the directory. */
struct super {
    const uint8_t *record;
    const uint8_t *places;
    unsigned symbols;
    unsigned depth;
};

static NG_ALWAYS_INLINE bool load_super(const struct ng_rank *rank, const struct spot *spot, struct super *super) {
    if (!ng_view_check(&rank->directory, spot->record_at, spot->record_bytes)) return false;
    super->record = rank->directory.data + spot->record_at;
    super->symbols = super->record[NG_RECORD_SYMBOLS_AT] + 1u;
    super->depth = super->record[NG_RECORD_DEPTH_AT];
    super->places = super->record + NG_RECORD_PLACES_AT + super->symbols;
    if (spot->record_bytes == NG_RECORD_PLACES_AT + (1 + NG_PLACE_BYTES) * super->symbols &&
        super->depth <= NG_MAX_CODE_BITS) {
        return true;
    }
    ng_container_mark_damaged(rank->directory.container);
    return false;
}

static NG_ALWAYS_INLINE const uint8_t *super_place(const struct super *super, unsigned index) {
    return super->places + (size_t)index * NG_PLACE_BYTES;
}

/* The place of a symbol in a superblock's record, or -1 where it does not occur there. */
static NG_ALWAYS_INLINE int find_place(const struct super *super, uint8_t symbol) {
    const uint8_t *bitmap = super->record + NG_RECORD_BITMAP_AT;
    unsigned before = 0;
    unsigned word = symbol / 64;
    for (unsigned i = 0; i < word; i++) before += popcount(ng_le_load64(bitmap + (size_t)8 * i));
    uint64_t last = ng_le_load64(bitmap + (size_t)8 * word);
    if (!(last >> symbol % 64 & 1)) return -1;
    before += popcount(last & low_mask(symbol % 64));
    if (before >= super->symbols) return -1;
    unsigned place = super->record[NG_RECORD_PLACES_AT + before];
    return place < super->symbols ? (int)place : -1;
}

/* A leaf, parsed. */
struct leaf {
    const uint8_t *counts;
    const uint8_t *sizes;   /* of levels 1 and deeper */
    const uint8_t *headers;
    const uint8_t *cells;
    unsigned cell_count;    /* 0: one symbol only */
    unsigned place;         /* its place in the record */
    unsigned rows;
    size_t cells_bytes;
};

static NG_ALWAYS_INLINE bool load_leaf(const struct ng_rank *rank, const struct spot *spot, const struct super *super,
                             uint64_t row, struct leaf *leaf) {
    if (!ng_view_check(&rank->data, spot->leaf_at, spot->leaf_bytes)) return false;
    uint64_t counts_bytes = ng_le_load16(super->record + NG_RECORD_COUNT_BYTES_AT);
    uint64_t rows = rank->rows - (row & ~(uint64_t)(NG_LEAF_ROWS - 1));
    leaf->rows = rows < NG_LEAF_ROWS ? (unsigned)rows : (unsigned)NG_LEAF_ROWS;
    leaf->counts = rank->data.data + spot->leaf_at;
    if (spot->leaf_bytes < counts_bytes + 2) goto damaged;
    leaf->cell_count = leaf->counts[counts_bytes];
    leaf->place = leaf->counts[counts_bytes + 1];
    leaf->sizes = leaf->counts + counts_bytes + 1;
    if (leaf->cell_count == 0) {
        if (leaf->place >= super->symbols) goto damaged;
        return true;
    }
    if (super->depth == 0) goto damaged;
    leaf->headers = leaf->sizes + (size_t)2 * (super->depth - 1);
    leaf->cells = leaf->headers + (size_t)2 * leaf->cell_count;
    if (leaf->cell_count > NG_LEAF_MAX_CELLS || leaf->cells > leaf->counts + spot->leaf_bytes) goto damaged;
    leaf->cells_bytes = (size_t)(leaf->counts + spot->leaf_bytes - leaf->cells);
    return true;
damaged:
    ng_container_mark_damaged(rank->data.container);
    return false;
}

/* Where a descent through a leaf's levels stands. */
struct descent {
    unsigned first_cell; /* of this level */
    unsigned size;       /* rows of this level */
    size_t cell_at;      /* bytes of cells before this level */
    unsigned level_cells;
    unsigned ones;       /* of this level */
    struct level_sums sums;
};

static NG_ALWAYS_INLINE bool enter_level(const struct leaf *leaf, struct descent *d) {
    d->level_cells = (d->size + NG_CELL_BITS - 1) >> NG_CELL_LOG2;
    if (d->size > NG_LEAF_ROWS || d->first_cell + d->level_cells > leaf->cell_count) return false;
    sum_level(leaf->headers + (size_t)2 * d->first_cell, &d->sums);
    d->ones = d->sums.ones[d->level_cells];
    return d->ones <= d->size && d->cell_at + d->sums.bytes[d->level_cells] <= leaf->cells_bytes;
}

static NG_ALWAYS_INLINE void leave_level(const struct leaf *leaf, struct descent *d, unsigned depth) {
    d->first_cell += d->level_cells;
    d->cell_at += d->sums.bytes[d->level_cells];
    d->size = ng_le_load16(leaf->sizes + (size_t)2 * depth);
}

/* The cell that holds place at of this level; at < d->size. */
static NG_ALWAYS_INLINE struct level_cell find_cell(const struct leaf *leaf, const struct descent *d, unsigned at) {
    unsigned cell = at >> NG_CELL_LOG2;
    unsigned bits = d->size - (cell << NG_CELL_LOG2);
    return (struct level_cell){.data = leaf->cells + d->cell_at + d->sums.bytes[cell],
                               .header = ng_le_load16(leaf->headers + (size_t)2 * (d->first_cell + cell)),
                               .bits = bits < NG_CELL_BITS ? bits : (unsigned)NG_CELL_BITS,
                               .before = d->sums.ones[cell]};
}

/* Ones before a place of this level. */
static NG_ALWAYS_INLINE unsigned level_ones(const struct leaf *leaf, const struct descent *d, unsigned at) {
    if (at >= d->size) return d->ones;
    struct level_cell cell = find_cell(leaf, d, at);
    unsigned ones = cell.before + cell_rank(&cell, at % NG_CELL_BITS).ones;
    return ones < at ? ones : at;
}

/* From where a row's way down a leaf ended to the rank of its symbol there. The leaf's count has the place of the
 * symbol's first row subtracted, modulo its width, which the sum undoes. A rank that damage made too large would
 * become a row beyond the end. */
static NG_ALWAYS_INLINE uint64_t rank_from(const struct ng_rank *rank, const struct super *super, const struct leaf *leaf,
                                 unsigned index, uint8_t symbol, unsigned way_end) {
    const uint8_t *place = super_place(super, index);
    unsigned offset = ng_le_load16(place + NG_PLACE_OFFSET_AT);
    unsigned width = place[NG_PLACE_WIDTH_AT];
    uint64_t total = rank->total[symbol];
    if (width > NG_SUPER_LOG2 + 1 || leaf->counts + offset / 8 > leaf->sizes) {
        ng_container_mark_damaged(rank->data.container);
        return 0;
    }
    uint64_t within = (ng_packed_get(leaf->counts, offset, width) + way_end) & low_mask(width);
    uint64_t count = load48(place + NG_PLACE_BEFORE_AT) + within;
    if (count <= total) return count;
    ng_container_mark_damaged(rank->data.container);
    return total;
}
