/*
 * The queries of the rank structure, compiled once for each kind of processor: the file that includes this
 * defines NG_RANK_KERNEL, the name of the struct ng_rank_kernel to be made. With BMI2 and POPCNT the compiler
 * turns the bit tricks into one instruction each; the meaning is the same.
 *
 * Every value read from the file is bounded before it becomes an address, a loop limit or a shift.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#if defined(__BMI2__)
#include <immintrin.h>
#endif

#include "common/le.h"
#include "common/packed.h"
#include "common/rank.h"
#include "common/rank_format.h"

static inline uint64_t low_mask(unsigned bits) {
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static inline unsigned popcount(uint64_t word) {
    return (unsigned)__builtin_popcountll(word);
}

/* Puts the nibbles of bits, lowest first, where mask has a one, one mask bit a nibble of the result. */
static inline uint64_t expand_nibbles(uint64_t bits, unsigned mask) {
#if defined(__BMI2__)
    return _pdep_u64(bits, _pdep_u64(mask, UINT64_C(0x1111111111111111)) * 15);
#else
    uint64_t word = 0;
    for (; mask; mask &= mask - 1, bits >>= 4) word |= (bits & 15) << (4 * (unsigned)__builtin_ctz(mask));
    return word;
#endif
}

/* Bit i of the result is the parity of bits 0 to i. */
static inline uint64_t prefix_parity(uint64_t word) {
#if defined(__PCLMUL__)
    __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)word), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
#else
    for (unsigned shift = 1; shift < 64; shift *= 2) word ^= word << shift;
    return word;
#endif
}

/* A bit of a cell, and the ones before it. */
struct cell_rank {
    unsigned ones;
    unsigned bit;
};

static inline struct cell_rank plain_rank(const uint8_t *cell, unsigned at) {
    unsigned ones = 0;
    unsigned word = at / 64;
    for (unsigned i = 0; i < word; i++) ones += popcount(ng_le_load64(cell + (size_t)8 * i));
    uint64_t last = ng_le_load64(cell + (size_t)8 * word);
    return (struct cell_rank){.ones = ones + popcount(last & low_mask(at % 64)), .bit = last >> (at % 64) & 1};
}

/* Bits set among the first count nibbles. */
static inline unsigned nibble_ones(const uint8_t *nibbles, unsigned count) {
    unsigned ones = 0;
    for (; count >= 16; count -= 16, nibbles += 8) ones += popcount(ng_le_load64(nibbles));
    return ones + popcount(ng_le_load64(nibbles) & low_mask(4 * count));
}

static inline struct cell_rank direct_rank(const uint8_t *cell, unsigned at, bool flip) {
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
    unsigned ones = nibble_ones(nibbles, count) + part;
    return flip ? (struct cell_rank){.ones = at - ones, .bit = bit ^ 1} : (struct cell_rank){.ones = ones, .bit = bit};
}

static inline struct cell_rank delta_rank(const uint8_t *cell, unsigned at) {
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

/* One cell of a level. */
struct level_cell {
    const uint8_t *data;
    unsigned header;
    unsigned bits;   /* that it has, 1 to 512 */
    unsigned before; /* ones of the level before it */
};

/* at < cell->bits. */
static inline struct cell_rank cell_rank(const struct level_cell *cell, unsigned at) {
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

/* Sums over up to four cell headers in the lanes of a word. */
#define LANES UINT64_C(0x0001000100010001)

struct header_sums {
    unsigned ones;
    unsigned length;
};

static inline struct header_sums sum_headers(uint64_t headers) {
    uint64_t length = headers >> NG_CELL_LENGTH_SHIFT & (NG_CELL_LENGTH_MASK * LANES);
    uint64_t stored = (length + NG_CELL_LENGTH_MASK * LANES) >> 6 & LANES; /* 1 where length > 0 */
    uint64_t full = headers >> 15 & ~stored & LANES;                      /* 1 where all 512 bits are set */
    uint64_t ones = (headers & NG_CELL_ONES_MASK * LANES) + (full << NG_CELL_LOG2);
    length += (length + LANES) >> 6 & LANES; /* 63 stands for 64 */
    return (struct header_sums){.ones = (unsigned)(ones * LANES >> 48), .length = (unsigned)(length * LANES >> 48)};
}

static inline struct header_sums sum_cells(const uint8_t *headers, unsigned count) {
    unsigned low = count < 4 ? count : 4;
    struct header_sums a = sum_headers(ng_le_load64(headers) & low_mask(16 * low));
    struct header_sums b = sum_headers(ng_le_load64(headers + 8) & low_mask(16 * (count - low)));
    return (struct header_sums){.ones = a.ones + b.ones, .length = a.length + b.length};
}

/* A superblock's record in the directory. */
struct super {
    uint64_t data_at;
    uint64_t data_end;
    const uint8_t *counts;
    unsigned symbols;
    unsigned depth;
    unsigned leaves;
    const uint8_t *inner;
    const uint8_t *leaf_at;
    const uint8_t *bitmap;
    const uint8_t *entry_of;
    const uint8_t *symbol;
    const uint8_t *word;
    const uint8_t *offset;
};

static inline const uint8_t *hyper_of(const struct ng_rank *rank, uint64_t row) {
    return rank->directory.data + rank->hyper_at + (row >> NG_HYPER_LOG2) * rank->hyper_bytes;
}

static inline unsigned hyper_offset(const struct ng_rank *rank, const uint8_t *hyper, uint64_t dense) {
    return ng_le_load16(hyper + rank->symbols * 8 + dense * 2);
}

/* row < rows. */
static bool load_super(const struct ng_rank *rank, uint64_t row, struct super *super) {
    const struct ng_view *view = &rank->directory;
    uint64_t index = row >> NG_SUPER_LOG2;
    uint64_t entry_at = rank->super_at + index * NG_SUPER_ENTRY_BYTES;
    if (!ng_view_check(view, rank->hyper_at + (row >> NG_HYPER_LOG2) * rank->hyper_bytes, rank->hyper_bytes) ||
        !ng_view_check(view, entry_at, 2 * (uint64_t)NG_SUPER_ENTRY_BYTES)) {
        return false;
    }
    const uint8_t *entry = view->data + entry_at;
    uint64_t records_at = rank->super_at + (rank->super_count + 1) * NG_SUPER_ENTRY_BYTES;
    uint64_t begin = ng_le_load64(entry + 8);
    uint64_t end = ng_le_load64(entry + NG_SUPER_ENTRY_BYTES + 8);
    super->data_at = ng_le_load64(entry);
    super->data_end = ng_le_load64(entry + NG_SUPER_ENTRY_BYTES);
    uint64_t counts_bytes = (hyper_offset(rank, hyper_of(rank, row), rank->symbols) + 7u) / 8;
    if (begin > end || end > view->length_bytes - records_at || end - begin < counts_bytes + 2 ||
        !ng_view_check(view, records_at + begin, end - begin) || super->data_at > super->data_end ||
        super->data_end > rank->data.length_bytes) {
        ng_container_mark_damaged(view->container);
        return false;
    }
    uint64_t rows = rank->rows - (index << NG_SUPER_LOG2);
    if (rows > NG_SUPER_ROWS) rows = NG_SUPER_ROWS;
    super->leaves = (unsigned)((rows + NG_LEAF_ROWS - 1) >> NG_LEAF_LOG2);
    super->counts = view->data + records_at + begin;
    super->symbols = super->counts[counts_bytes] + 1u;
    super->depth = super->counts[counts_bytes + 1];
    super->inner = super->counts + counts_bytes + 2;
    super->leaf_at = super->inner + super->depth;
    super->bitmap = super->leaf_at + (size_t)4 * (super->leaves + 1);
    super->entry_of = super->bitmap + NG_SUPER_BITMAP_BYTES;
    super->symbol = super->entry_of + super->symbols;
    super->word = super->symbol + super->symbols;
    super->offset = super->word + (size_t)2 * super->symbols;
    if (super->offset + (size_t)2 * (super->symbols + 1) != super->counts + (end - begin) ||
        super->depth > NG_MAX_CODE_BITS) {
        ng_container_mark_damaged(view->container);
        return false;
    }
    return true;
}

/* A leaf, parsed. */
struct leaf {
    const uint8_t *counts;
    const uint8_t *sizes;   /* of levels 1 and deeper */
    const uint8_t *headers;
    const uint8_t *cells;
    unsigned cell_count;    /* 0: one symbol only, entry */
    unsigned entry;
    unsigned rows;
    size_t cells_bytes;
};

static inline bool find_leaf(const struct ng_rank *rank, const struct super *super, uint64_t row, uint64_t *begin,
                             uint64_t *end) {
    unsigned index = (unsigned)(row >> NG_LEAF_LOG2) % NG_SUPER_LEAVES;
    *begin = super->data_at + ng_le_load32(super->leaf_at + (size_t)4 * index);
    *end = super->data_at + ng_le_load32(super->leaf_at + (size_t)4 * index + 4);
    if (*begin <= *end && *end <= super->data_end) return true;
    ng_container_mark_damaged(rank->data.container);
    return false;
}

static bool load_leaf(const struct ng_rank *rank, const struct super *super, uint64_t row, struct leaf *leaf) {
    uint64_t begin;
    uint64_t end;
    if (!find_leaf(rank, super, row, &begin, &end) || !ng_view_check(&rank->data, begin, end - begin)) return false;
    uint64_t length = end - begin;
    uint64_t counts_bytes = (ng_le_load16(super->offset + (size_t)2 * super->symbols) + 7u) / 8;
    uint64_t rows = rank->rows - (row & ~(uint64_t)(NG_LEAF_ROWS - 1));
    leaf->rows = rows < NG_LEAF_ROWS ? (unsigned)rows : (unsigned)NG_LEAF_ROWS;
    leaf->counts = rank->data.data + begin;
    if (length < counts_bytes + 2) goto damaged;
    leaf->cell_count = leaf->counts[counts_bytes];
    leaf->entry = leaf->counts[counts_bytes + 1];
    leaf->sizes = leaf->counts + counts_bytes + 1;
    if (leaf->cell_count == 0) {
        if (leaf->entry >= super->symbols) goto damaged;
        return true;
    }
    if (super->depth == 0) goto damaged;
    leaf->headers = leaf->sizes + (size_t)2 * (super->depth - 1);
    leaf->cells = leaf->headers + (size_t)2 * leaf->cell_count;
    if (leaf->cell_count > NG_LEAF_MAX_CELLS || leaf->cells > leaf->counts + length) goto damaged;
    leaf->cells_bytes = (size_t)(leaf->counts + length - leaf->cells);
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
    struct header_sums total; /* of this level */
};

static inline bool enter_level(const struct leaf *leaf, struct descent *d) {
    d->level_cells = (d->size + NG_CELL_BITS - 1) >> NG_CELL_LOG2;
    if (d->size > NG_LEAF_ROWS || d->first_cell + d->level_cells > leaf->cell_count) return false;
    d->total = sum_cells(leaf->headers + (size_t)2 * d->first_cell, d->level_cells);
    return d->total.ones <= d->size && d->cell_at + d->total.length <= leaf->cells_bytes;
}

/* The cell that holds place at of this level; at < d->size. */
static inline struct level_cell find_cell(const struct leaf *leaf, const struct descent *d, unsigned at) {
    unsigned cell = at >> NG_CELL_LOG2;
    const uint8_t *headers = leaf->headers + (size_t)2 * d->first_cell;
    struct header_sums before = sum_cells(headers, cell);
    unsigned bits = d->size - (cell << NG_CELL_LOG2);
    return (struct level_cell){.data = leaf->cells + d->cell_at + before.length,
                               .header = ng_le_load16(headers + (size_t)2 * cell),
                               .bits = bits < NG_CELL_BITS ? bits : (unsigned)NG_CELL_BITS,
                               .before = before.ones};
}

/* Ones before place at of this level. */
static inline unsigned level_ones(const struct leaf *leaf, const struct descent *d, unsigned at) {
    if (at >= d->size) return d->total.ones;
    struct level_cell cell = find_cell(leaf, d, at);
    unsigned ones = cell.before + cell_rank(&cell, at % NG_CELL_BITS).ones;
    return ones < at ? ones : at;
}

static inline void leave_level(const struct leaf *leaf, struct descent *d, unsigned depth) {
    d->first_cell += d->level_cells;
    d->cell_at += d->total.length;
    d->size = ng_le_load16(leaf->sizes + (size_t)2 * depth);
}

/* Follows a symbol's word: maps places of the leaf to places in the order where the word ends. */
static void descend(const struct ng_rank *rank, const struct super *super, const struct leaf *leaf, unsigned word,
                    unsigned places[2]) {
    struct descent d = {.size = leaf->rows};
    bool two = places[0] != places[1];
    for (unsigned depth = 0; word > 1; depth++, word >>= 1) {
        if (depth > 0) leave_level(leaf, &d, depth - 1);
        if (depth >= super->depth || !enter_level(leaf, &d)) {
            ng_container_mark_damaged(rank->data.container);
            return;
        }
        unsigned zeros = d.size - d.total.ones;
        unsigned ones = level_ones(leaf, &d, places[0]);
        unsigned ones_end = two ? level_ones(leaf, &d, places[1]) : ones;
        if (word & 1) {
            places[0] = zeros + ones;
            places[1] = zeros + ones_end;
        } else {
            places[0] -= ones;
            places[1] -= ones_end;
        }
    }
}

/* The entry of a symbol in a superblock's tables, or -1 where it does not occur there. */
static inline int find_entry(const struct super *super, uint8_t symbol) {
    unsigned before = 0;
    unsigned word = symbol / 64;
    for (unsigned i = 0; i < word; i++) before += popcount(ng_le_load64(super->bitmap + (size_t)8 * i));
    uint64_t last = ng_le_load64(super->bitmap + (size_t)8 * word);
    if (!(last >> symbol % 64 & 1)) return -1;
    before += popcount(last & low_mask(symbol % 64));
    if (before >= super->symbols || super->entry_of[before] >= super->symbols) return -1;
    return super->entry_of[before];
}

/* Symbols of one kind before the superblock. */
static inline uint64_t super_base(const struct ng_rank *rank, const struct super *super, uint64_t row, uint8_t symbol) {
    const uint8_t *hyper = hyper_of(rank, row);
    uint64_t dense = rank->dense[symbol];
    unsigned offset = hyper_offset(rank, hyper, dense);
    unsigned width = hyper_offset(rank, hyper, dense + 1) - offset;
    if (width > NG_HYPER_LOG2 + 1 || offset > 256 * (NG_HYPER_LOG2 + 1)) {
        ng_container_mark_damaged(rank->directory.container);
        return 0;
    }
    return ng_le_load64(hyper + dense * 8) + ng_packed_get(super->counts, offset, width);
}

/* From a place behind the descent to the rank within the superblock. The leaf's count has the place of the
 * symbol's first row subtracted, modulo its width, which the sum undoes. */
static inline uint64_t leaf_rank(const struct ng_rank *rank, const struct super *super, const struct leaf *leaf,
                                 unsigned entry, unsigned place) {
    unsigned offset = ng_le_load16(super->offset + (size_t)2 * entry);
    unsigned width = ng_le_load16(super->offset + (size_t)2 * entry + 2) - offset;
    if (width > NG_SUPER_LOG2 + 1 || leaf->counts + offset / 8 > leaf->sizes) {
        ng_container_mark_damaged(rank->data.container);
        return 0;
    }
    return (ng_packed_get(leaf->counts, offset, width) + place) & low_mask(width);
}

/* A rank that damage made too large would become a row beyond the end. */
static inline uint64_t bounded(const struct ng_rank *rank, uint8_t symbol, uint64_t count) {
    if (count <= rank->total[symbol]) return count;
    ng_container_mark_damaged(rank->directory.container);
    return rank->total[symbol];
}

/* Ranks of a symbol at two rows of one leaf, rows[0] <= rows[1]. */
static void rank_in_leaf(const struct ng_rank *rank, uint8_t symbol, uint64_t rows[2]) {
    struct super super;
    struct leaf leaf;
    uint64_t row = rows[0];
    unsigned places[2] = {(unsigned)(row % NG_LEAF_ROWS), (unsigned)(row % NG_LEAF_ROWS + (rows[1] - row))};
    rows[0] = 0;
    rows[1] = 0;
    if (!load_super(rank, row, &super)) return;
    uint64_t base = super_base(rank, &super, row, symbol);
    int entry = find_entry(&super, symbol);
    if (entry < 0) {
        rows[0] = rows[1] = bounded(rank, symbol, base);
        return;
    }
    if (!load_leaf(rank, &super, row, &leaf)) return;
    if (leaf.cell_count == 0) {
        if (leaf.entry != (unsigned)entry) places[0] = places[1] = 0;
    } else {
        descend(rank, &super, &leaf, ng_le_load16(super.word + (size_t)2 * (unsigned)entry), places);
    }
    for (int i = 0; i < 2; i++) {
        rows[i] = bounded(rank, symbol, base + leaf_rank(rank, &super, &leaf, (unsigned)entry, places[i]));
    }
}

static uint64_t rank_at(const struct ng_rank *rank, uint8_t symbol, uint64_t row) {
    if (rank->dense[symbol] == NG_RANK_ABSENT) return 0;
    if (row >= rank->rows) return rank->total[symbol];
    uint64_t rows[2] = {row, row};
    rank_in_leaf(rank, symbol, rows);
    return rows[0];
}

static void extend(const struct ng_rank *rank, struct ng_rank_range *range) {
    uint64_t first = rank->first[range->symbol];
    uint64_t rows[2] = {range->begin, range->end};
    if (rank->dense[range->symbol] == NG_RANK_ABSENT) {
        rows[0] = rows[1] = 0;
    } else if (rows[1] < rank->rows && rows[0] >> NG_LEAF_LOG2 == rows[1] >> NG_LEAF_LOG2) {
        rank_in_leaf(rank, range->symbol, rows);
    } else {
        rows[0] = rank_at(rank, range->symbol, rows[0]);
        rows[1] = rank_at(rank, range->symbol, rows[1]);
    }
    range->begin = first + rows[0];
    range->end = first + (rows[1] > rows[0] ? rows[1] : rows[0]);
}

/* A row's way down a leaf, by the bits at its own place, to the symbol there. Cut into steps, so that many can be
 * taken side by side, each waiting for its memory while the others run. */
struct visit {
    struct super super;
    struct leaf leaf;
    struct descent d;
    struct level_cell cell; /* of place, in the level that d has entered */
    unsigned place;
    unsigned depth;
    unsigned node;    /* among the inner nodes of this depth */
    unsigned entries; /* words that end above; at the end, the entry of the symbol */
};

static inline void visit_fail(const struct ng_rank *rank, struct visit *v) {
    ng_container_mark_damaged(rank->data.container);
    v->entries = 0;
}

/* Returns whether there is a level to descend; without one the visit is at its end. */
static inline bool visit_start(const struct ng_rank *rank, struct visit *v, uint64_t row) {
    v->place = (unsigned)(row % NG_LEAF_ROWS);
    v->d = (struct descent){.size = v->leaf.rows};
    v->depth = 0;
    v->node = 0;
    v->entries = 0;
    if (v->leaf.cell_count == 0) {
        v->entries = v->leaf.entry;
        return false;
    }
    if (!enter_level(&v->leaf, &v->d) || v->place >= v->d.size) {
        visit_fail(rank, v);
        return false;
    }
    v->cell = find_cell(&v->leaf, &v->d, v->place);
    return true;
}

/* Descends one level; returns whether there is another. */
static inline bool visit_descend(const struct ng_rank *rank, struct visit *v) {
    struct cell_rank found = cell_rank(&v->cell, v->place % NG_CELL_BITS);
    unsigned ones = v->cell.before + found.ones;
    unsigned inner = v->super.inner[v->depth];
    unsigned next_inner = v->depth + 1 < v->super.depth ? v->super.inner[v->depth + 1] : 0;
    v->place = found.bit ? v->d.size - v->d.total.ones + ones : v->place - ones;
    v->node += found.bit ? inner : 0;
    if (v->node >= next_inner) {
        v->entries += v->node - next_inner;
        if (v->entries >= v->super.symbols) visit_fail(rank, v);
        return false;
    }
    v->entries += 2 * inner - next_inner;
    leave_level(&v->leaf, &v->d, v->depth++);
    if (2 * inner < next_inner || !enter_level(&v->leaf, &v->d) || v->place >= v->d.size) {
        visit_fail(rank, v);
        return false;
    }
    v->cell = find_cell(&v->leaf, &v->d, v->place);
    return true;
}

static inline void visit_end(const struct ng_rank *rank, const struct visit *v, struct ng_rank_step *step) {
    uint64_t row = step->row;
    uint8_t symbol = v->super.symbol[v->entries];
    if (rank->dense[symbol] == NG_RANK_ABSENT) {
        ng_container_mark_damaged(rank->data.container);
        *step = (struct ng_rank_step){0};
        return;
    }
    uint64_t count = super_base(rank, &v->super, row, symbol) + leaf_rank(rank, &v->super, &v->leaf, v->entries, v->place);
    step->symbol = symbol;
    step->row = rank->first[symbol] + bounded(rank, symbol, count);
    /* rank(c, i) of an occurrence of c is below the total, unless the file lies. */
    if (step->row >= rank->rows) step->row = rank->rows - 1;
}

static void lf(const struct ng_rank *rank, struct ng_rank_step *step) {
    struct visit v;
    if (step->row >= rank->rows || !load_super(rank, step->row, &v.super) ||
        !load_leaf(rank, &v.super, step->row, &v.leaf)) {
        *step = (struct ng_rank_step){0};
        return;
    }
    for (bool more = visit_start(rank, &v, step->row); more;) more = visit_descend(rank, &v);
    visit_end(rank, &v, step);
}

enum { BATCH = 32 };

static inline void prefetch_range(const uint8_t *begin, const uint8_t *end) {
    for (; begin < end; begin += 64) __builtin_prefetch(begin);
}

/* First pass over a batch: the directory entries that lead to the superblock. */
static inline void prefetch_entries(const struct ng_rank *rank, uint64_t row) {
    if (row >= rank->rows) return;
    __builtin_prefetch(rank->directory.data + rank->super_at + (row >> NG_SUPER_LOG2) * NG_SUPER_ENTRY_BYTES);
}

/* Second pass: the superblock's record. */
static inline void prefetch_super(const struct ng_rank *rank, uint64_t row) {
    if (row >= rank->rows) return;
    const uint8_t *entry = rank->directory.data + rank->super_at + (row >> NG_SUPER_LOG2) * NG_SUPER_ENTRY_BYTES;
    const uint8_t *records = rank->directory.data + rank->super_at + (rank->super_count + 1) * NG_SUPER_ENTRY_BYTES;
    uint64_t begin = ng_le_load64(entry + 8);
    uint64_t end = ng_le_load64(entry + NG_SUPER_ENTRY_BYTES + 8);
    if (end - begin > NG_PAGE_BYTES) return;
    prefetch_range(records + begin, records + end);
}

/* Third pass: the leaf. */
static inline void prefetch_leaf(const struct ng_rank *rank, uint64_t row) {
    struct super super;
    uint64_t begin;
    uint64_t end;
    if (row >= rank->rows || !load_super(rank, row, &super) || !find_leaf(rank, &super, row, &begin, &end)) return;
    prefetch_range(rank->data.data + begin, rank->data.data + end);
}

static void extend_batch(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count) {
    for (size_t at = 0; at < count; at += BATCH) {
        size_t end = count - at < BATCH ? count : at + BATCH;
        for (size_t i = at; i < end; i++) {
            prefetch_entries(rank, ranges[i].begin);
            prefetch_entries(rank, ranges[i].end);
        }
        for (size_t i = at; i < end; i++) {
            prefetch_super(rank, ranges[i].begin);
            if (ranges[i].begin >> NG_SUPER_LOG2 != ranges[i].end >> NG_SUPER_LOG2) prefetch_super(rank, ranges[i].end);
        }
        for (size_t i = at; i < end; i++) {
            prefetch_leaf(rank, ranges[i].begin);
            if (ranges[i].begin >> NG_LEAF_LOG2 != ranges[i].end >> NG_LEAF_LOG2) prefetch_leaf(rank, ranges[i].end);
        }
        for (size_t i = at; i < end; i++) extend(rank, &ranges[i]);
    }
}

/* A cell may lie across a line's end. */
static inline void prefetch_cell(const struct level_cell *cell) {
    __builtin_prefetch(cell->data);
    __builtin_prefetch(cell->data + 63);
}

/* The part of a leaf that is read before its cells. */
enum { LEAF_HEAD_BYTES = 128 };

static inline void prefetch_leaf_head(const struct ng_rank *rank, const struct super *super, uint64_t row) {
    uint64_t begin;
    uint64_t end;
    if (!find_leaf(rank, super, row, &begin, &end)) return;
    prefetch_range(rank->data.data + begin, rank->data.data + begin + LEAF_HEAD_BYTES + 1);
}

static void lf_group(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    struct visit visits[BATCH];
    uint8_t active[BATCH]; /* visits that have a level to descend */
    uint8_t sound[BATCH];  /* visits that found their leaf */
    size_t sound_count = 0;
    size_t active_count = 0;
    for (size_t i = 0; i < count; i++) prefetch_entries(rank, steps[i].row);
    for (size_t i = 0; i < count; i++) prefetch_super(rank, steps[i].row);
    for (size_t i = 0; i < count; i++) {
        if (steps[i].row >= rank->rows || !load_super(rank, steps[i].row, &visits[i].super)) {
            steps[i] = (struct ng_rank_step){0};
            continue;
        }
        prefetch_leaf_head(rank, &visits[i].super, steps[i].row);
        sound[sound_count++] = (uint8_t)i;
    }
    size_t kept = 0;
    for (size_t k = 0; k < sound_count; k++) {
        uint8_t i = sound[k];
        if (!load_leaf(rank, &visits[i].super, steps[i].row, &visits[i].leaf)) {
            steps[i] = (struct ng_rank_step){0};
            continue;
        }
        sound[kept++] = i;
        if (!visit_start(rank, &visits[i], steps[i].row)) continue;
        prefetch_cell(&visits[i].cell);
        active[active_count++] = i;
    }
    while (active_count > 0) {
        size_t left = 0;
        for (size_t k = 0; k < active_count; k++) {
            uint8_t i = active[k];
            if (!visit_descend(rank, &visits[i])) continue;
            prefetch_cell(&visits[i].cell);
            active[left++] = i;
        }
        active_count = left;
    }
    for (size_t k = 0; k < kept; k++) visit_end(rank, &visits[sound[k]], &steps[sound[k]]);
}

static void lf_batch(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    for (size_t at = 0; at < count; at += BATCH) lf_group(rank, steps + at, count - at < BATCH ? count - at : BATCH);
}

const struct ng_rank_kernel NG_RANK_KERNEL = {
    .name = NG_RANK_KERNEL_NAME,
    .rank = rank_at,
    .extend = extend,
    .lf = lf,
    .extend_batch = extend_batch,
    .lf_batch = lf_batch,
};
