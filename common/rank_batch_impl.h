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
    AHEAD = 8 /* visits between the one that asks for the head of its leaf and the one that reads it */
};

/* A cell to be read, and two places in it. */
struct cell_places {
    struct level_cell cell;
    unsigned places[2];
};

struct pool {
    struct visit visits[POOL];
    enum progress progress[POOL];
    size_t count;
    size_t sought;              /* visits that have asked for the heads of their leaves */
    size_t loaded;              /* visits that have read their leaves */
    uint8_t active[UNDER_WAY];  /* those under way, by number */
    size_t active_count;
    /* The cells that they wait for, in the same order, one or two each; and the last one of each. */
    struct cell_places cells[2 * UNDER_WAY];
    uint8_t last_cell[UNDER_WAY];
    size_t cell_count;
};

static NG_ALWAYS_INLINE void pool_start(struct pool *pool) {
    pool->count = pool->sought = pool->loaded = pool->active_count = pool->cell_count = 0;
}

/*
 * A round takes all that are under way one level down, in loops without branches on which way a visit goes or where it
 * ends: that cannot be foretold, and a wrong guess costs as much as reading a cell. First the cells are read. Then each
 * visit's places are mapped, and those that go on are kept at the front of active. These then enter the next level and
 * ask for its cells.
 */
static NG_ALWAYS_INLINE void read_cells(const struct pool *pool, struct cell_ones found[2 * UNDER_WAY]) {
    for (size_t c = 0; c < pool->cell_count; c++) {
        const struct cell_places *at = &pool->cells[c];
        found[c] = cell_rank(&at->cell, at->places[0], at->places[1], true);
    }
}

/* Prefetching reads nothing, so the address need not be one of the file's: whoever reads there checks it. */
static NG_ALWAYS_INLINE void prefetch_leaf(const struct ng_rank *rank, const struct visit *v, uint64_t at) {
    __builtin_prefetch((const void *)((uintptr_t)rank->data.data + v->spot.leaf_at + at));
}

/* The next visit asks for what it reads first of superblock and leaf. */
static NG_ALWAYS_INLINE void seek_next(const struct ng_rank *rank, struct pool *pool, bool symbols) {
    enum { LEAF_HEAD_BYTES = 128 };
    if (pool->sought == pool->count) return;
    const struct visit *v = &pool->visits[pool->sought++];
    prefetch_leaf(rank, v, 64);
    prefetch_leaf(rank, v, LEAF_HEAD_BYTES - 1);
    if (symbols) prefetch_symbols(rank, &v->spot);
}

/* Finds the leaves of all visits. Their first lines are asked for in a loop that does nothing else: each is in a page of
 * its own, which the processor has to look up, and only what fits into its window behind such a request goes on
 * meanwhile. So it looks up several pages at once. */
static NG_ALWAYS_INLINE void find_leaves(const struct ng_rank *rank, struct pool *pool, bool symbols) {
    for (size_t i = 0; i < pool->count; i++) {
        struct visit *v = &pool->visits[i];
        if (pool->progress[i] == GOES_ON && !find_leaf(rank, v->row, &v->spot)) pool->progress[i] = FAILED;
        if (pool->progress[i] != GOES_ON) v->spot = (struct spot){0};
    }
    for (size_t i = 0; i < pool->count; i++) prefetch_leaf(rank, &pool->visits[i], 0);
    for (size_t i = 0; i < AHEAD; i++) seek_next(rank, pool, symbols);
}

/* ---- LF ---- */

/* Visit i has entered a level. */
static NG_ALWAYS_INLINE void lf_join(struct pool *pool, size_t i) {
    const struct visit *v = &pool->visits[i];
    unsigned in_cell = v->at[0] % NG_CELL_BITS;
    struct level_cell cell = find_cell(&v->d, v->at[0]);
    prefetch_cell(&cell);
    pool->cells[pool->cell_count++] = (struct cell_places){.cell = cell, .places = {in_cell, in_cell + 1}};
    pool->active[pool->active_count++] = (uint8_t)i;
}

static NG_ALWAYS_INLINE void lf_refill(const struct ng_rank *rank, struct pool *pool) {
    while (pool->active_count < UNDER_WAY && pool->loaded < pool->count) {
        size_t i = pool->loaded++;
        seek_next(rank, pool, false);
        if (pool->progress[i] == GOES_ON) pool->progress[i] = lf_load(rank, &pool->visits[i]);
        if (pool->progress[i] == GOES_ON) lf_join(pool, i);
    }
}

static NG_ALWAYS_INLINE void lf_round(const struct ng_rank *rank, struct pool *pool) {
    struct cell_ones found[2 * UNDER_WAY];
    uint8_t ended[UNDER_WAY];
    size_t ended_count = 0;
    size_t left = 0;
    read_cells(pool, found);
    for (size_t k = 0; k < pool->active_count; k++) {
        uint8_t i = pool->active[k];
        bool ends = lf_map(&pool->visits[i], found[k]);
        pool->active[left] = i;
        ended[ended_count] = i;
        left += !ends;
        ended_count += ends;
    }
    pool->active_count = pool->cell_count = 0;
    for (size_t k = 0; k < ended_count; k++) {
        const struct visit *v = &pool->visits[ended[k]];
        pool->progress[ended[k]] = lf_arrive(rank, v);
        if (pool->progress[ended[k]] == AT_END) __builtin_prefetch(super_place(&v->super, v->place));
    }
    for (size_t k = 0; k < left; k++) {
        uint8_t i = pool->active[k];
        pool->progress[i] = lf_go_down(rank, &pool->visits[i]);
        if (pool->progress[i] == GOES_ON) lf_join(pool, i);
    }
}

static void lf_pool(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    _Alignas(64) struct pool pool;
    pool_start(&pool);
    for (; pool.count < count; pool.count++) {
        struct visit *v = &pool.visits[pool.count];
        v->row = steps[pool.count].row;
        pool.progress[pool.count] = seek_super(rank, v->row, &v->spot) ? GOES_ON : FAILED;
    }
    find_leaves(rank, &pool, false);
    do {
        lf_round(rank, &pool);
        lf_refill(rank, &pool);
    } while (pool.active_count > 0 || pool.loaded < count);
    for (size_t i = 0; i < count; i++) lf_end(rank, &pool.visits[i], pool.progress[i], &steps[i]);
}

/* So few wait for memory longer than it takes to fetch their leaves whole; then each goes down on its own. */
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
        if (progress[i] == GOES_ON) progress[i] = lf_load(rank, v);
        while (progress[i] == GOES_ON) progress[i] = lf_descend(rank, v);
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

/* Visit i has entered a level. Its places are in two cells so seldom that a branch costs less than to do without. */
static NG_ALWAYS_INLINE void rank_join(struct pool *pool, size_t i) {
    const struct visit *v = &pool->visits[i];
    struct cell_places *first = &pool->cells[pool->cell_count];
    unsigned in_cell[2];
    struct level_cell cell = find_place_cell(&v->d, v->at[0], &in_cell[0]);
    in_cell[1] = v->at[1] - v->at[0] + in_cell[0];
    prefetch_cell(&cell);
    first[0] = (struct cell_places){.cell = cell, .places = {in_cell[0], in_cell[1]}};
    if (in_cell[1] > cell.bits) {
        first[0].places[1] = in_cell[0];
        cell = find_place_cell(&v->d, v->at[1], &in_cell[1]);
        prefetch_cell(&cell);
        first[1] = (struct cell_places){.cell = cell, .places = {in_cell[1], in_cell[1]}};
        pool->cell_count++;
    }
    pool->last_cell[pool->active_count] = (uint8_t)pool->cell_count++;
    pool->active[pool->active_count++] = (uint8_t)i;
}

static NG_ALWAYS_INLINE void rank_refill(const struct ng_rank *rank, struct pool *pool) {
    while (pool->active_count < UNDER_WAY && pool->loaded < pool->count) {
        size_t i = pool->loaded++;
        seek_next(rank, pool, true);
        if (pool->progress[i] == GOES_ON) pool->progress[i] = rank_load_super(rank, &pool->visits[i]);
        if (pool->progress[i] == GOES_ON) pool->progress[i] = rank_load_leaf(rank, &pool->visits[i]);
        if (pool->progress[i] == GOES_ON) rank_join(pool, i);
    }
}

static NG_ALWAYS_INLINE void rank_round(const struct ng_rank *rank, struct pool *pool) {
    struct cell_ones found[2 * UNDER_WAY];
    size_t cell = 0;
    size_t left = 0;
    read_cells(pool, found);
    for (size_t k = 0; k < pool->active_count; k++) {
        uint8_t i = pool->active[k];
        struct visit *v = &pool->visits[i];
        size_t last = pool->last_cell[k];
        rank_map(v, (struct cell_ones){{found[cell].before[0], found[last].before[1]}});
        cell = last + 1;
        pool->progress[i] = rank_arrive(v); /* unless it goes on, below */
        pool->active[left] = i;
        left += (v->word > 1) & (!rank_is_nothing(v));
    }
    pool->active_count = pool->cell_count = 0;
    for (size_t k = 0; k < left; k++) {
        uint8_t i = pool->active[k];
        pool->progress[i] = rank_go_down(rank, &pool->visits[i]);
        if (pool->progress[i] == GOES_ON) rank_join(pool, i);
    }
}

static NG_ALWAYS_INLINE void add_visit(struct pool *pool, uint8_t symbol, uint64_t begin, uint64_t end) {
    struct visit *v = &pool->visits[pool->count++];
    unsigned at = (unsigned)(begin % NG_LEAF_ROWS);
    v->row = begin;
    v->symbol = symbol;
    v->at[0] = at;
    v->at[1] = at + (unsigned)(end - begin);
    v->is_range = begin < end;
}

/* Adds the visits of as many ranges as there is room for: one for both ends, or two where these are in different
 * leaves. Without a branch: which it is cannot be foretold. Returns how many. */
static NG_ALWAYS_INLINE size_t add_ranges(const struct ng_rank *rank, struct pool *pool,
                                          const struct ng_rank_range *ranges, size_t count) {
    size_t taken = 0;
    for (; taken < count && pool->count + 2 <= POOL; taken++) {
        const struct ng_rank_range *range = &ranges[taken];
        unsigned one = in_one_leaf(rank, range->begin, range->end);
        add_visit(pool, range->symbol, range->begin, one ? range->end : range->begin);
        add_visit(pool, range->symbol, range->end, range->end);
        pool->count -= one;
    }
    return taken;
}

static NG_ALWAYS_INLINE enum progress rank_start(const struct ng_rank *rank, struct visit *v) {
    if (rank->dense[v->symbol] == NG_RANK_ABSENT) return FAILED;
    if (v->row >= rank->rows) return BEHIND;
    return seek_super(rank, v->row, &v->spot) ? GOES_ON : FAILED;
}

/* The ranges' new ends, from what became of their visits. */
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
    for (size_t i = 0; i < pool.count; i++) pool.progress[i] = rank_start(rank, &pool.visits[i]);
    find_leaves(rank, &pool, true);
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
