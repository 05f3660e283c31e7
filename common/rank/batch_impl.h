/*
 * Many visits side by side. A part of rank_impl.h, compiled once for each kind of processor.
 *
 * Visits wait in a pool. A few at a time are under way. When one ends, the next takes its place; its memory was asked
 * for some turns before. So there is always work to do while memory arrives, even if a few visits go much deeper than
 * the others.
 */
enum {
    POOL = 2 * NG_RANK_BATCH, /* visits: two for each range of a batch, so that the pool runs dry once a batch */
    AHEAD = 8                 /* visits between the one that asks for the head of its leaf and the one that reads it */
};

_Static_assert((int)POOL <= UINT8_MAX + 1, "a byte holds the number of a visit");

struct pool {
    struct visit visits[POOL];
    enum progress progress[POOL];
    size_t count;
    size_t sought;              /* visits that have asked for the heads of their leaves */
    size_t loaded;              /* visits that have read their leaves */
};

static NG_ALWAYS_INLINE void pool_start(struct pool *pool) {
    pool->count = pool->sought = pool->loaded = 0;
}

static NG_ALWAYS_INLINE void prefetch_leaf(const struct ng_rank *rank, const struct visit *v, uint64_t at) {
    __builtin_prefetch((const void *)((uintptr_t)leaf_of(rank, &v->spot) + at));
}

/* Prefetches what the next visit reads first of its superblock and leaf. */
static NG_ALWAYS_INLINE void seek_next(const struct ng_rank *rank, struct pool *pool, bool symbols) {
    enum { LEAF_HEAD_BYTES = 128 };
    if (pool->sought == pool->count) return;
    const struct visit *v = &pool->visits[pool->sought++];
    prefetch_leaf(rank, v, 64);
    prefetch_leaf(rank, v, LEAF_HEAD_BYTES - 1);
    prefetch_leaf(rank, v, LEAF_HEAD_BYTES + 63);
    if (symbols) prefetch_symbols(rank, &v->spot);
}

/* If pages are not in memory: asks for those of the superblocks before any is read. Many superblocks share a page,
 * which is used again. Leaves are read as copies, below. */
static void ask_supers(const struct ng_rank *rank, const struct pool *pool) {
    if (pool->count >= NG_AHEAD_LEAST && ng_ahead_ask_whole(&rank->directory)) return;
    for (size_t i = 0; i < pool->count; i++) {
        const struct spot *spot = &pool->visits[i].spot;
        if (pool->progress[i] == GOES_ON) ng_ahead_ask(&rank->directory, spot->super_at, spot->super_bytes);
    }
}

static void copy_leaves(const struct ng_rank *rank, struct pool *pool) {
    int frames[POOL];
    ng_frames_begin();
    for (size_t i = 0; i < pool->count; i++) {
        const struct spot *spot = &pool->visits[i].spot;
        frames[i] = NG_FRAME_NONE;
        if (pool->progress[i] != GOES_ON) continue;
        frames[i] = ng_frames_ask(&rank->data, spot->leaf_at, spot->leaf_bytes);
        if (frames[i] == NG_FRAME_NONE) ng_ahead_ask(&rank->data, spot->leaf_at, spot->leaf_bytes);
    }
    ng_frames_wait();
    for (size_t i = 0; i < pool->count; i++) {
        struct spot *spot = &pool->visits[i].spot;
        const uint8_t *copy = ng_frames_at(frames[i]);
        if (copy) spot->moved = (ptrdiff_t)((uintptr_t)copy - (uintptr_t)leaf_of(rank, spot));
    }
}

/* Looks, at a thread's first batch, whether the first leaves are absent from memory. */
static bool look_for_leaves(const struct ng_rank *rank, const struct pool *pool) {
    const uint8_t *bytes[NG_AHEAD_LOOKS];
    size_t count = 0;
    for (size_t i = 0; i < pool->count && count < NG_AHEAD_LOOKS; i++) {
        const uint64_t at = pool->visits[i].spot.leaf_at;
        if (pool->progress[i] == GOES_ON && at < rank->data.length_bytes) bytes[count++] = rank->data.data + at;
    }
    return ng_ahead_look(bytes, count);
}

/* Finds the leaves of all visits. Prefetches their first lines in a loop that does nothing else: each line is in a page
 * of its own, and the processor has to translate its address. Meanwhile only the instructions in its window go on. A
 * short loop has several translations under way at once. */
static NG_ALWAYS_INLINE void find_leaves(const struct ng_rank *rank, struct pool *pool, bool symbols) {
    const bool asks = ng_ahead_asks();
    if (asks) ask_supers(rank, pool);
    for (size_t i = 0; i < pool->count; i++) {
        struct visit *v = &pool->visits[i];
        if (pool->progress[i] == GOES_ON && !find_leaf(rank, v->row, &v->spot)) pool->progress[i] = FAILED;
        if (pool->progress[i] != GOES_ON) v->spot = (struct spot){0};
    }
    if (asks || (!ng_ahead_thread.looked && look_for_leaves(rank, pool))) copy_leaves(rank, pool);
    for (size_t i = 0; i < pool->count; i++) prefetch_leaf(rank, &pool->visits[i], 0);
    for (size_t i = 0; i < AHEAD; i++) seek_next(rank, pool, symbols);
}

#if defined(__AVX2__)
#include "common/rank/batch_lanes.h"
#else
#include "common/rank/batch_portable.h"
#endif

/* ---- LF ---- */

static void lf_pool(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    _Alignas(64) struct pool pool;
    const uint64_t begin_ns = ng_ahead_begin(count);
    pool_start(&pool);
    for (; pool.count < count; pool.count++) {
        struct visit *v = &pool.visits[pool.count];
        v->row = steps[pool.count].row;
        pool.progress[pool.count] = seek_super(rank, v->row, &v->spot) ? GOES_ON : FAILED;
    }
    find_leaves(rank, &pool, false);
    run_pool(rank, &pool, true);
    for (size_t i = 0; i < count; i++) lf_end(rank, &pool.visits[i], pool.progress[i], &steps[i]);
    ng_ahead_end(begin_ns, count);
}

/* With this many visits or fewer, waiting for memory takes longer than fetching whole leaves. So they fetch theirs
 * whole, and then each goes down by itself. */
enum { FEW = 6 };

static void lf_few(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    struct visit visits[FEW];
    enum progress progress[FEW];
    for (size_t i = 0; i < count; i++) {
        visits[i].row = steps[i].row;
        progress[i] = seek_super(rank, steps[i].row, &visits[i].spot) ? GOES_ON : FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        struct visit *v = &visits[i];
        if (progress[i] != GOES_ON) continue;
        if (seek_leaf(rank, v->row, &v->spot)) prefetch_first_places(rank, &v->spot);
        else progress[i] = FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        struct visit *v = &visits[i];
        struct descent d = {0};
        if (progress[i] == GOES_ON) progress[i] = lf_load(rank, v, &d);
        while (progress[i] == GOES_ON) progress[i] = lf_descend(rank, v, &d);
        lf_end(rank, v, progress[i], &steps[i]);
        lf_ask(rank, steps[i].row);
    }
}

static void lf_batch(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    if (count <= FEW && !ng_ahead_asks()) {
        lf_few(rank, steps, count);
        return;
    }
    for (size_t at = 0; at < count; at += POOL) lf_pool(rank, steps + at, count - at < POOL ? count - at : POOL);
}

/* ---- Rank ---- */

static NG_ALWAYS_INLINE void add_visit(const struct ng_rank *rank, struct pool *pool, uint8_t symbol, uint64_t begin,
                                       uint64_t end) {
    struct visit *v = &pool->visits[pool->count++];
    unsigned at = place_in_leaf(rank, begin);
    v->row = begin;
    v->symbol = symbol;
    v->at[0] = at;
    v->at[1] = at + (unsigned)(end - begin);
    v->is_range = begin < end;
}

/* Adds the visits of as many ranges as there is room for: one visit for both ends, or two if the ends are in different
 * leaves. Branch-free, since which it is is unpredictable. Returns the number of ranges. */
static NG_ALWAYS_INLINE size_t add_ranges(const struct ng_rank *rank, struct pool *pool,
                                          const struct ng_rank_range *ranges, size_t count) {
    size_t taken = 0;
    for (; taken < count && pool->count + 2 <= POOL; taken++) {
        const struct ng_rank_range *range = &ranges[taken];
        unsigned one = in_one_leaf(rank, range->begin, range->end);
        add_visit(rank, pool, range->symbol, range->begin, one ? range->end : range->begin);
        add_visit(rank, pool, range->symbol, range->end, range->end);
        pool->count -= one;
    }
    return taken;
}

static NG_ALWAYS_INLINE enum progress rank_start(const struct ng_rank *rank, struct visit *v) {
    if (rank->dense[v->symbol] == NG_RANK_ABSENT) return FAILED;
    if (v->row >= rank->rows) return BEHIND;
    return seek_super(rank, v->row, &v->spot) ? GOES_ON : FAILED;
}

/* Sets the new ends of the ranges, from the outcomes of their visits. */
static NG_ALWAYS_INLINE void set_ranges(const struct ng_rank *rank, const struct pool *pool,
                                        struct ng_rank_range *ranges, size_t count) {
    uint64_t ranks[POOL][2];
    size_t first = 0;
    for (size_t i = 0; i < pool->count; i++) rank_end(rank, &pool->visits[i], pool->progress[i], ranks[i]);
    for (size_t i = 0; i < count; i++) {
        size_t last = first + !in_one_leaf(rank, ranges[i].begin, ranges[i].end);
        set_range(rank, &ranges[i], ranks[first][0], ranks[last][1]);
        first = last + 1;
    }
}

static size_t extend_pool(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count) {
    _Alignas(64) struct pool pool;
    pool_start(&pool);
    size_t taken = add_ranges(rank, &pool, ranges, count);
    const uint64_t begin_ns = ng_ahead_begin(pool.count);
    for (size_t i = 0; i < pool.count; i++) pool.progress[i] = rank_start(rank, &pool.visits[i]);
    find_leaves(rank, &pool, true);
    run_pool(rank, &pool, false);
    set_ranges(rank, &pool, ranges, taken);
    ng_ahead_end(begin_ns, pool.count);
    return taken;
}

static void extend_batch(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count) {
    for (size_t at = 0; at < count;) at += extend_pool(rank, ranges + at, count - at);
}
