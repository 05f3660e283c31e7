/*
 * The queries of the rank structure, compiled once for each kind of processor: the file that includes this
 * defines NG_RANK_KERNEL, the name of the struct ng_rank_kernel to be made, and NG_RANK_KERNEL_NAME. With BMI2 and
 * POPCNT the compiler turns the bit tricks into one instruction each; the meaning is the same.
 *
 * A query is a visit to a leaf, cut into steps. One visit alone runs them one after the other; a batch takes each
 * step for all its visits before the next, and asks for the memory of the next step in between, so that visits wait
 * for memory together.
 */
#include <limits.h>

#include "common/container/ahead.h"
#include "common/container/frames.h"
#include "common/rank/leaf_impl.h"

struct visit {
    uint64_t row;
    struct spot spot;
    struct super super;
    struct leaf leaf;
    unsigned at[2];             /* one or two places of the leaf, mapped from level to level */
    unsigned place;             /* of the symbol in the superblock; LF: words that end above, until it is known */
    uint16_t word;              /* rank: what is left of the symbol's code word */
    uint16_t node;              /* LF: number among the inner nodes of this depth */
    uint8_t depth;
    uint8_t symbol;
    bool is_range;              /* rank: there are rows between the two places */
};

/* Fails a visit: nothing more is read for it. */
static NG_ALWAYS_INLINE bool visit_fail(const struct ng_rank *rank) {
    ng_container_mark_damaged(rank->data.container);
    return false;
}

static NG_ALWAYS_INLINE void prefetch_range(const uint8_t *begin, uint64_t bytes) {
    const uint8_t *line = (const uint8_t *)((uintptr_t)begin & ~(uintptr_t)63);
    for (; line < begin + bytes; line += 64) __builtin_prefetch(line, 0, 3);
}

static NG_ALWAYS_INLINE bool seek_super(const struct ng_rank *rank, uint64_t row, struct spot *spot) {
    if (row >= rank->rows || !find_super(rank, row, spot)) return false;
    __builtin_prefetch(rank->directory.data + spot->super_at);
    return true;
}

/* Prefetches the whole leaf: nothing else waits for memory. */
static NG_ALWAYS_INLINE bool seek_leaf(const struct ng_rank *rank, uint64_t row, struct spot *spot) {
    if (!find_leaf(rank, row, spot)) return false;
    if (!ng_checked_range(spot->leaf_at, spot->leaf_bytes, rank->data.length_bytes)) return true;
    prefetch_range(rank->data.data + spot->leaf_at, spot->leaf_bytes);
    return true;
}

/* Prefetches where a visit will end if its symbol is a frequent one: places are in the order of frequency. */
static NG_ALWAYS_INLINE void prefetch_first_places(const struct ng_rank *rank, const struct spot *spot) {
    const uint8_t *super = rank->directory.data + spot->super_at;
    const uint8_t *places = super + NG_SUPER_PLACES_AT + super[NG_SUPER_SYMBOLS_AT];
    __builtin_prefetch(places);
    __builtin_prefetch(places + 64);
}

enum { SYMBOLS_BYTES = 96 };

/* Prefetches a superblock's symbols, for a visit that looks for one. */
static NG_ALWAYS_INLINE void prefetch_symbols(const struct ng_rank *rank, const struct spot *spot) {
    const uint8_t *symbols = rank->directory.data + spot->super_at + NG_SUPER_BITMAP_AT;
    __builtin_prefetch(symbols);
    __builtin_prefetch(symbols + SYMBOLS_BYTES - 1);
}

/* ---- Rank: down by the bits of a symbol's code word ---- */

/* How often a symbol occurs before a superblock that does not have it: as often as before the next superblock of the
 * hyperblock that has it, or else before the next hyperblock. */
static uint64_t rank_where_absent(const struct ng_rank *rank, uint8_t symbol, uint64_t row) {
    uint64_t index = super_of(rank, row);
    uint64_t at = rank->hypers_at + (hyper_of(rank, row) * rank->symbols + rank->dense[symbol]) * NG_HYPER_SYMBOL_BYTES;
    uint64_t next_at = at + rank->symbols * NG_HYPER_SYMBOL_BYTES;
    const uint8_t *data = rank->directory.data;
    uint64_t count = 0;
    if (!ng_view_check(&rank->directory, at, NG_HYPER_SYMBOL_BYTES) ||
        !ng_view_check(&rank->directory, next_at, NG_HYPER_SYMBOL_BYTES)) {
        return 0;
    }
    unsigned present = ng_le_load16(data + at + NG_HYPER_PRESENT_AT) & ~0u << index % NG_HYPER_SUPERS;
    if (present == 0) {
        count = ng_le_load64(data + next_at);
    } else {
        uint64_t next = index / NG_HYPER_SUPERS * NG_HYPER_SUPERS + (unsigned)__builtin_ctz(present);
        struct spot spot;
        struct super super;
        int place = -1;
        uint64_t first_row = next << (rank->leaf_log2 + NG_SUPER_LEAVES_LOG2);
        if (next < rank->super_count && find_super(rank, first_row, &spot) && load_super(rank, &spot, &super)) {
            place = find_place(&super, symbol);
        }
        if (place >= 0) count = load48(super_place(&super, (unsigned)place) + NG_PLACE_BEFORE_AT);
        else (void)visit_fail(rank);
    }
    if (count <= rank->total[symbol]) return count;
    (void)visit_fail(rank);
    return rank->total[symbol];
}

/* Whether a range's ends fall into one leaf, so that one visit answers for both. */
static NG_ALWAYS_INLINE bool in_one_leaf(const struct ng_rank *rank, uint64_t begin, uint64_t end) {
    return end < rank->rows && begin >> rank->leaf_log2 == end >> rank->leaf_log2;
}

/* What became of a step. */
enum progress {
    GOES_ON,
    AT_END,
    NOTHING, /* the symbol does not occur between the two places, so the counts before them no longer matter */
    ABSENT, /* the superblock does not have the symbol */
    BEHIND, /* the row is behind the last */
    FAILED  /* the file is damaged, or the symbol occurs nowhere */
};

/* v->row, v->symbol and v->at are set, the spot is found. */
static NG_ALWAYS_INLINE enum progress rank_load_super(const struct ng_rank *rank, struct visit *v) {
    if (!load_super(rank, &v->spot, &v->super)) return FAILED;
    int place = find_place(&v->super, v->symbol);
    if (place < 0) return v->is_range ? NOTHING : ABSENT;
    v->place = (unsigned)place;
    __builtin_prefetch(super_place(&v->super, v->place));
    return GOES_ON;
}

/* Whether the symbol does not occur between the two places: no row there has a word that starts like its own. Then the
 * counts before them do not matter. */
static NG_ALWAYS_INLINE bool rank_is_nothing(const struct visit *v) {
    return v->is_range & (v->at[0] == v->at[1]);
}

static NG_ALWAYS_INLINE enum progress rank_arrive(const struct visit *v) {
    return rank_is_nothing(v) ? NOTHING : AT_END;
}

/* Enters a level. If it has no rows, the levels below it have none either. */
static NG_ALWAYS_INLINE enum progress rank_enter(const struct ng_rank *rank, struct visit *v, struct descent *d) {
    if (!enter_level(d) || v->at[0] > v->at[1] || v->at[1] > d->size) {
        (void)visit_fail(rank);
        return FAILED;
    }
    return d->size > 0 ? GOES_ON : rank_arrive(v);
}

/* Comes to the leaf. If the visit goes on, it enters the first level next. */
static NG_ALWAYS_INLINE enum progress rank_begin_leaf(const struct ng_rank *rank, struct visit *v, struct descent *d) {
    if (!load_leaf(rank, &v->spot, &v->super, v->row, &v->leaf, d)) return FAILED;
    int number = find_in_leaf(&v->leaf, v->place);
    if (number < 0) v->at[0] = v->at[1] = 0;
    if (number < 0 || v->leaf.depth == 0) return rank_arrive(v);
    v->word = leaf_word(&v->leaf, (unsigned)number);
    v->depth = 0;
    return v->word > 1 ? GOES_ON : AT_END;
}

static NG_ALWAYS_INLINE enum progress rank_load_leaf(const struct ng_rank *rank, struct visit *v, struct descent *d) {
    enum progress progress = rank_begin_leaf(rank, v, d);
    return progress == GOES_ON ? rank_enter(rank, v, d) : progress;
}

/* Maps the places to the next level, by the ones before them. If v->word is 1 then, this level was the last. */
static NG_ALWAYS_INLINE void rank_map(struct visit *v, const struct descent *d, struct cell_ones ones) {
    unsigned zeros = d->size - d->ones;
    unsigned bit = 0 - (v->word & 1); /* as a mask, since it is unpredictable */
    for (int i = 0; i < 2; i++) {
        v->at[i] = ((zeros + ones.before[i]) & bit) | ((v->at[i] - ones.before[i]) & ~bit);
    }
    v->word >>= 1;
}

static NG_ALWAYS_INLINE enum progress rank_go_down(const struct ng_rank *rank, struct visit *v, struct descent *d) {
    if (++v->depth >= v->leaf.depth) {
        (void)visit_fail(rank);
        return FAILED;
    }
    leave_level(d);
    return rank_enter(rank, v, d);
}

/* The ranks at the visit's one or two rows. */
static NG_ALWAYS_INLINE void rank_end(const struct ng_rank *rank, const struct visit *v, enum progress progress, uint64_t ranks[2]) {
    if (progress == AT_END) {
        ranks_from(rank, &v->super, &v->leaf, v->place, v->symbol, v->at, ranks);
        return;
    }
    ranks[0] = progress == ABSENT ? rank_where_absent(rank, v->symbol, v->row) : 0;
    if (progress == BEHIND) ranks[0] = rank->total[v->symbol];
    ranks[1] = ranks[0];
}

/* Ones before the places, in one cell or two. */
static NG_ALWAYS_INLINE struct cell_ones places_ones(const struct visit *v, const struct descent *d) {
    unsigned in_cell[2];
    struct level_cell cell = find_place_cell(d, v->at[0], &in_cell[0]);
    in_cell[1] = v->at[1] - v->at[0] + in_cell[0];
    bool together = in_cell[1] <= cell.bits;
    struct cell_ones ones = cell_rank(&cell, in_cell[0], together ? in_cell[1] : in_cell[0]);
    if (!together) {
        struct level_cell other = find_place_cell(d, v->at[1], &in_cell[1]);
        ones.before[1] = cell_rank(&other, in_cell[1], in_cell[1]).before[1];
    }
    return ones;
}

/* Ranks of a symbol that occurs, at begin and at end, which is begin or in the same leaf. */
static void rank_alone(const struct ng_rank *rank, uint8_t symbol, uint64_t begin, uint64_t end, uint64_t ranks[2]) {
    unsigned at = place_in_leaf(rank, begin);
    struct visit v = {
        .row = begin, .symbol = symbol, .at = {at, at + (unsigned)(end - begin)}, .is_range = begin < end};
    struct descent d = {0};
    enum progress progress = FAILED;
    if (seek_super(rank, begin, &v.spot) && seek_leaf(rank, begin, &v.spot)) {
        prefetch_symbols(rank, &v.spot);
        progress = rank_load_super(rank, &v);
    }
    if (progress == GOES_ON) progress = rank_load_leaf(rank, &v, &d);
    while (progress == GOES_ON) {
        rank_map(&v, &d, places_ones(&v, &d));
        progress = v.word > 1 && !rank_is_nothing(&v) ? rank_go_down(rank, &v, &d) : rank_arrive(&v);
    }
    rank_end(rank, &v, progress, ranks);
}

static uint64_t rank_at(const struct ng_rank *rank, uint8_t symbol, uint64_t row) {
    uint64_t ranks[2];
    if (rank->dense[symbol] == NG_RANK_ABSENT) return 0;
    if (row >= rank->rows) return rank->total[symbol];
    rank_alone(rank, symbol, row, row, ranks);
    return ranks[0];
}

static NG_ALWAYS_INLINE void set_range(const struct ng_rank *rank, struct ng_rank_range *range, uint64_t begin, uint64_t end) {
    uint64_t first = rank->first[range->symbol];
    range->begin = first + begin;
    range->end = first + (end > begin ? end : begin);
}

static void extend(const struct ng_rank *rank, struct ng_rank_range *range) {
    uint64_t ranks[2] = {0, 0};
    if (rank->dense[range->symbol] == NG_RANK_ABSENT) {
        set_range(rank, range, 0, 0);
    } else if (in_one_leaf(rank, range->begin, range->end)) {
        rank_alone(rank, range->symbol, range->begin, range->end, ranks);
        set_range(rank, range, ranks[0], ranks[1]);
    } else {
        struct spot spot;
        /* Its memory arrives while the first is visited. */
        if (seek_super(rank, range->end, &spot) && seek_leaf(rank, range->end, &spot)) prefetch_symbols(rank, &spot);
        uint64_t begin = rank_at(rank, range->symbol, range->begin);
        set_range(rank, range, begin, rank_at(rank, range->symbol, range->end));
    }
}

/* ---- LF: down by the bits at the row's own place, to the symbol there ---- */

static NG_ALWAYS_INLINE enum progress lf_enter(const struct ng_rank *rank, struct visit *v, struct descent *d) {
    if (enter_level(d) && v->at[0] < d->size) return GOES_ON;
    (void)visit_fail(rank);
    return FAILED;
}

/* From the number of a word in the leaf to the superblock's place. A word past the last means damage. */
static NG_ALWAYS_INLINE enum progress lf_arrive(const struct ng_rank *rank, struct visit *v) {
    unsigned number = v->place;
    v->place = number < v->leaf.symbols ? v->leaf.order[number] : UINT_MAX;
    return v->place < v->super.symbols || visit_fail(rank) ? AT_END : FAILED;
}

/* Comes to the leaf. If the visit goes on, it enters the first level next. */
static NG_ALWAYS_INLINE enum progress lf_begin_leaf(const struct ng_rank *rank, struct visit *v, struct descent *d) {
    if (!load_super(rank, &v->spot, &v->super) || !load_leaf(rank, &v->spot, &v->super, v->row, &v->leaf, d)) {
        return FAILED;
    }
    v->at[0] = place_in_leaf(rank, v->row);
    v->depth = 0;
    v->node = 0;
    v->place = 0;
    return v->leaf.depth == 0 ? lf_arrive(rank, v) : GOES_ON;
}

static NG_ALWAYS_INLINE enum progress lf_load(const struct ng_rank *rank, struct visit *v, struct descent *d) {
    enum progress progress = lf_begin_leaf(rank, v, d);
    return progress == GOES_ON ? lf_enter(rank, v, d) : progress;
}

/* Maps the place to the next level, by the ones before it and behind it. Returns whether its word ends there. */
static NG_ALWAYS_INLINE bool lf_map(struct visit *v, const struct descent *d, struct cell_ones ones) {
    const uint8_t *inner_at = v->leaf.inner + v->depth;
    unsigned bit = 0 - (ones.before[1] - ones.before[0]); /* as a mask, since it is unpredictable */
    unsigned inner = inner_at[0];
    unsigned next_inner = v->depth + 1 < v->leaf.depth ? inner_at[1] : 0;
    v->at[0] = ((d->size - d->ones + ones.before[0]) & bit) | ((v->at[0] - ones.before[0]) & ~bit);
    v->node = (uint16_t)(v->node + (inner & bit));
    bool ends = v->node >= next_inner;
    v->place += (ends ? v->node : 2 * inner) - next_inner;
    return ends;
}

/* The word goes on, so there is a level below. */
static NG_ALWAYS_INLINE enum progress lf_go_down(const struct ng_rank *rank, struct visit *v, struct descent *d) {
    const uint8_t *inner_at = v->leaf.inner + v->depth;
    if (2u * inner_at[0] < inner_at[1]) {
        (void)visit_fail(rank);
        return FAILED;
    }
    leave_level(d);
    v->depth++;
    return lf_enter(rank, v, d);
}

static NG_ALWAYS_INLINE enum progress lf_descend(const struct ng_rank *rank, struct visit *v, struct descent *d) {
    unsigned in_cell = v->at[0] % NG_CELL_BITS;
    struct level_cell cell = find_cell(d, v->at[0]);
    return lf_map(v, d, cell_rank(&cell, in_cell, in_cell + 1)) ? lf_arrive(rank, v) : lf_go_down(rank, v, d);
}

static NG_ALWAYS_INLINE void lf_end(const struct ng_rank *rank, const struct visit *v, enum progress progress,
                          struct ng_rank_step *step) {
    *step = (struct ng_rank_step){0};
    if (progress != AT_END) return;
    step->symbol = place_symbol(&v->super, v->place);
    const unsigned way_ends[2] = {v->at[0], v->at[0]};
    uint64_t counts[2];
    ranks_from(rank, &v->super, &v->leaf, v->place, step->symbol, way_ends, counts);
    step->row = rank->first[step->symbol] + counts[0];
    /* The rank of an occurrence is below the total, unless the file is damaged. */
    if (step->row < rank->rows) return;
    (void)visit_fail(rank);
    step->row = rank->rows - 1;
}

/* Prefetches for a chain's next step, so that the memory arrives while the caller or other chains are at work. */
static NG_ALWAYS_INLINE void lf_ask(const struct ng_rank *rank, uint64_t row) {
    struct spot spot;
    if (seek_super(rank, row, &spot) && seek_leaf(rank, row, &spot)) prefetch_first_places(rank, &spot);
}

static void lf(const struct ng_rank *rank, struct ng_rank_step *step) {
    struct visit v = {.row = step->row};
    struct descent d = {0};
    enum progress progress = FAILED;
    if (seek_super(rank, v.row, &v.spot) && seek_leaf(rank, v.row, &v.spot)) {
        prefetch_first_places(rank, &v.spot);
        progress = lf_load(rank, &v, &d);
    }
    while (progress == GOES_ON) progress = lf_descend(rank, &v, &d);
    lf_end(rank, &v, progress, step);
    lf_ask(rank, step->row);
}

#include "common/rank/batch_impl.h"
#include "common/rank/decode_impl.h"

#include "common/rank/check_impl.h"

const struct ng_rank_kernel NG_RANK_KERNEL = {
    .name = NG_RANK_KERNEL_NAME,
    .rank = rank_at,
    .extend = extend,
    .lf = lf,
    .extend_batch = extend_batch,
    .lf_batch = lf_batch,
    .decode_leaf = decode_leaf,
    .check_leaf = check_leaf,
};
