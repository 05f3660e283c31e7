/*
 * Many visits side by side. A part of rank_impl.h, compiled once for each kind of processor.
 *
 * Visits wait their turn in a pool. A few at a time are under way, all one level deeper in each round; those that
 * end make room for the next ones, whose memory was asked for some turns before. So there is always work to do while
 * memory is on its way, also when a few visits go much deeper than the others.
 */
enum {
    POOL = 128, /* visits: two for each of 64 ranges, so that these go through one pool, and it runs dry once */
    UNDER_WAY = 32,
    AHEAD = 32 /* visits between the one that asks for its leaf and the one that reads it */
};

struct pool {
    struct visit visits[POOL];
    enum progress progress[POOL];
    size_t count;
    size_t sought;              /* visits that have asked for their leaves */
    size_t loaded;              /* visits that have read their leaves */
    uint8_t active[2 * UNDER_WAY]; /* those under way, by number; first those that the next round is for. Half is used */
    size_t active_count;
    size_t ready_count;         /* of them; the others have only just asked for their cells */
};

/* So many of those that were ready are still under way. The others join them. */
static NG_ALWAYS_INLINE void end_round(struct pool *pool, size_t left) {
    size_t fresh = pool->active_count - pool->ready_count;
    uint8_t moved[UNDER_WAY]; /* as many as there could be: one move of a register */
    memcpy(moved, pool->active + pool->ready_count, sizeof moved);
    memcpy(pool->active + left, moved, sizeof moved);
    pool->active_count = pool->ready_count = left + fresh;
}

/* ---- LF ---- */

static NG_ALWAYS_INLINE void lf_seek(const struct ng_rank *rank, struct pool *pool) {
    size_t i = pool->sought++;
    struct visit *v = &pool->visits[i];
    if (pool->progress[i] == GOES_ON && !seek_leaf(rank, v->row, &v->spot, false)) pool->progress[i] = FAILED;
}

static NG_ALWAYS_INLINE void lf_refill(const struct ng_rank *rank, struct pool *pool) {
    while (pool->active_count < UNDER_WAY && pool->loaded < pool->count) {
        size_t i = pool->loaded++;
        if (pool->sought < pool->count) lf_seek(rank, pool);
        if (pool->progress[i] == GOES_ON) pool->progress[i] = lf_load(rank, &pool->visits[i]);
        if (pool->progress[i] != GOES_ON) continue;
        prefetch_cell(&pool->visits[i].cell);
        pool->active[pool->active_count++] = (uint8_t)i;
    }
}

/* One level for all that are under way. The cells are read in a loop of their own: it is short, so the processor has
 * several turns of it in hand at a time. */
static NG_ALWAYS_INLINE void lf_round(const struct ng_rank *rank, struct pool *pool) {
    struct cell_ones found[UNDER_WAY];
    size_t left = 0;
    for (size_t k = 0; k < pool->ready_count; k++) found[k] = lf_look(&pool->visits[pool->active[k]], true);
    for (size_t k = 0; k < pool->ready_count; k++) {
        uint8_t i = pool->active[k];
        struct visit *v = &pool->visits[i];
        pool->progress[i] = lf_descend(rank, v, found[k]);
        if (pool->progress[i] == GOES_ON) {
            prefetch_cell(&v->cell);
            pool->active[left++] = i;
        } else if (pool->progress[i] == AT_END) {
            __builtin_prefetch(super_place(&v->super, v->place));
        }
    }
    end_round(pool, left);
}

static void lf_pool(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    _Alignas(64) struct pool pool;
    pool.count = count;
    pool.sought = pool.loaded = pool.active_count = pool.ready_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct visit *v = &pool.visits[i];
        v->row = steps[i].row;
        pool.progress[i] = seek_super(rank, v->row, &v->spot) ? GOES_ON : FAILED;
    }
    while (pool.sought < count && pool.sought < AHEAD) lf_seek(rank, &pool);
    do {
        lf_round(rank, &pool);
        lf_refill(rank, &pool);
    } while (pool.active_count > 0 || pool.loaded < count);
    for (size_t i = 0; i < count; i++) lf_end(rank, &pool.visits[i], pool.progress[i], &steps[i]);
}

/* So few wait for memory longer than it takes to fetch their leaves whole; then each goes down on its own. */
enum { FEW = 3 };

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
        if (seek_leaf(rank, v->row, &v->spot, true)) prefetch_first_places(rank, &v->spot);
        else progress[i] = FAILED;
    }
    for (size_t i = 0; i < count; i++) {
        struct visit *v = &visits[i];
        if (progress[i] == GOES_ON) progress[i] = lf_load(rank, v);
        while (progress[i] == GOES_ON) progress[i] = lf_descend(rank, v, lf_look(v, false));
        lf_end(rank, v, progress[i], &steps[i]);
        lf_ask(rank, steps[i].row);
    }
}

static void lf_batch(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    if (count <= FEW) {
        lf_few(rank, steps, count);
        return;
    }
    for (size_t at = 0; at < count; at += POOL) lf_pool(rank, steps + at, count - at < POOL ? count - at : POOL);
}

/* ---- Rank ---- */

static NG_ALWAYS_INLINE void prefetch_places(struct visit *v) {
    if (v->at[0] >= v->d.size) return;
    v->cell = find_cell(&v->d, v->at[0]);
    prefetch_cell(&v->cell);
    if (v->at[1] >> NG_CELL_LOG2 == v->at[0] >> NG_CELL_LOG2 || v->at[1] >= v->d.size) return;
    struct level_cell second = find_cell(&v->d, v->at[1]);
    prefetch_cell(&second);
}

static NG_ALWAYS_INLINE void rank_seek(const struct ng_rank *rank, struct pool *pool) {
    size_t i = pool->sought++;
    struct visit *v = &pool->visits[i];
    if (pool->progress[i] != GOES_ON) return;
    if (seek_leaf(rank, v->row, &v->spot, false)) prefetch_symbols(rank, &v->spot);
    else pool->progress[i] = FAILED;
}

static NG_ALWAYS_INLINE void rank_refill(const struct ng_rank *rank, struct pool *pool) {
    while (pool->active_count < UNDER_WAY && pool->loaded < pool->count) {
        size_t i = pool->loaded++;
        if (pool->sought < pool->count) rank_seek(rank, pool);
        if (pool->progress[i] == GOES_ON) pool->progress[i] = rank_load_super(rank, &pool->visits[i]);
        if (pool->progress[i] == GOES_ON) pool->progress[i] = rank_load_leaf(rank, &pool->visits[i]);
        if (pool->progress[i] != GOES_ON) continue;
        prefetch_places(&pool->visits[i]);
        pool->active[pool->active_count++] = (uint8_t)i;
    }
}

static NG_ALWAYS_INLINE void rank_round(const struct ng_rank *rank, struct pool *pool) {
    struct cell_ones found[UNDER_WAY];
    size_t left = 0;
    for (size_t k = 0; k < pool->ready_count; k++) {
        const struct visit *v = &pool->visits[pool->active[k]];
        found[k] = level_ones(&v->d, &v->cell, v->at, true);
    }
    for (size_t k = 0; k < pool->ready_count; k++) {
        uint8_t i = pool->active[k];
        pool->progress[i] = rank_descend(rank, &pool->visits[i], found[k]);
        if (pool->progress[i] != GOES_ON) continue;
        prefetch_places(&pool->visits[i]);
        pool->active[left++] = i;
    }
    end_round(pool, left);
}

static NG_ALWAYS_INLINE void add_visit(const struct ng_rank *rank, struct pool *pool, uint8_t symbol, uint64_t begin,
                                       uint64_t end) {
    struct visit *v = &pool->visits[pool->count];
    unsigned at = (unsigned)(begin % NG_LEAF_ROWS);
    v->row = begin;
    v->symbol = symbol;
    v->at[0] = at;
    v->at[1] = at + (unsigned)(end - begin);
    pool->progress[pool->count++] = seek_super(rank, begin, &v->spot) ? GOES_ON : FAILED;
}

/* The ranges' new ends, from what became of their visits. */
static void set_ranges(const struct ng_rank *rank, const struct pool *pool, struct ng_rank_range *ranges, size_t count) {
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_rank_range *range = &ranges[i];
        uint64_t total = rank->total[range->symbol];
        uint64_t begin[2] = {total, total};
        uint64_t end[2] = {total, total};
        if (rank->dense[range->symbol] == NG_RANK_ABSENT) {
            set_range(rank, range, 0, 0);
        } else if (in_one_leaf(rank, range->begin, range->end)) {
            rank_end(rank, &pool->visits[used], pool->progress[used], begin);
            used++;
            set_range(rank, range, begin[0], begin[1]);
        } else {
            if (range->begin < rank->rows) {
                rank_end(rank, &pool->visits[used], pool->progress[used], begin);
                used++;
            }
            if (range->end < rank->rows) {
                rank_end(rank, &pool->visits[used], pool->progress[used], end);
                used++;
            }
            set_range(rank, range, begin[0], end[0]);
        }
    }
}

/* As many of the ranges as their visits have room in a pool: one each, or two where the ends are in different
 * leaves, or none at the rows' end. Returns how many. */
static size_t extend_pool(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count) {
    _Alignas(64) struct pool pool;
    size_t taken = 0;
    pool.count = pool.sought = pool.loaded = pool.active_count = pool.ready_count = 0;
    for (; taken < count && pool.count + 2 <= POOL; taken++) {
        const struct ng_rank_range *range = &ranges[taken];
        if (rank->dense[range->symbol] == NG_RANK_ABSENT) continue;
        if (in_one_leaf(rank, range->begin, range->end)) {
            add_visit(rank, &pool, range->symbol, range->begin, range->end);
            continue;
        }
        if (range->begin < rank->rows) add_visit(rank, &pool, range->symbol, range->begin, range->begin);
        if (range->end < rank->rows) add_visit(rank, &pool, range->symbol, range->end, range->end);
    }
    while (pool.sought < pool.count && pool.sought < AHEAD) rank_seek(rank, &pool);
    do {
        rank_round(rank, &pool);
        rank_refill(rank, &pool);
    } while (pool.active_count > 0 || pool.loaded < pool.count);
    set_ranges(rank, &pool, ranges, taken);
    return taken;
}

static void extend_batch(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count) {
    for (size_t at = 0; at < count;) at += extend_pool(rank, ranges + at, count - at);
}
