/*
 * Visits of a pool side by side, each with its own way down the levels. A part of batch_impl.h.
 */
enum { UNDER_WAY = 32 };

/* A cell may cross the end of a cache line. That is unpredictable, so both ends are prefetched. */
static NG_ALWAYS_INLINE void prefetch_cell(const struct level_cell *cell) {
    __builtin_prefetch(cell->data);
    __builtin_prefetch(cell->data + CELL_READ_BYTES - 1);
}

/* A cell to be read, and two places in it. */
struct cell_places {
    struct level_cell cell;
    unsigned places[2];
};

/* The visits under way, by number. */
struct ways {
    struct descent d[POOL];
    uint8_t active[UNDER_WAY];
    size_t active_count;
    /* The cells that they wait for, one or two each, in the same order; and the last one of each. */
    struct cell_places cells[2 * UNDER_WAY];
    uint8_t last_cell[UNDER_WAY];
    size_t cell_count;
};

/*
 * A round takes all visits under way one level down. Its loops have no branches on which way a visit goes or where it
 * ends: both are unpredictable, and a wrong guess costs as much as reading a cell. First the cells are read. Then the
 * places of each visit are mapped, and the visits that go on move to the front of active. These enter the next level
 * and ask for its cells.
 */
static NG_ALWAYS_INLINE void read_cells(const struct ways *ways, struct cell_ones found[2 * UNDER_WAY]) {
    for (size_t c = 0; c < ways->cell_count; c++) {
        const struct cell_places *at = &ways->cells[c];
        found[c] = cell_rank(&at->cell, at->places[0], at->places[1]);
    }
}

/* Visit i has entered a level. */
static NG_ALWAYS_INLINE void lf_join(const struct pool *pool, struct ways *ways, size_t i) {
    const struct visit *v = &pool->visits[i];
    unsigned in_cell = v->at[0] % NG_CELL_BITS;
    struct level_cell cell = find_cell(&ways->d[i], v->at[0]);
    prefetch_cell(&cell);
    ways->cells[ways->cell_count++] = (struct cell_places){.cell = cell, .places = {in_cell, in_cell + 1}};
    ways->active[ways->active_count++] = (uint8_t)i;
}

static NG_ALWAYS_INLINE void lf_refill(const struct ng_rank *rank, struct pool *pool, struct ways *ways) {
    while (ways->active_count < UNDER_WAY && pool->loaded < pool->count) {
        size_t i = pool->loaded++;
        seek_next(rank, pool, false);
        if (pool->progress[i] == GOES_ON) pool->progress[i] = lf_load(rank, &pool->visits[i], &ways->d[i]);
        if (pool->progress[i] == GOES_ON) lf_join(pool, ways, i);
    }
}

static NG_ALWAYS_INLINE void lf_round(const struct ng_rank *rank, struct pool *pool, struct ways *ways) {
    struct cell_ones found[2 * UNDER_WAY];
    uint8_t ended[UNDER_WAY];
    size_t ended_count = 0;
    size_t left = 0;
    read_cells(ways, found);
    for (size_t k = 0; k < ways->active_count; k++) {
        uint8_t i = ways->active[k];
        bool ends = lf_map(&pool->visits[i], &ways->d[i], found[k]);
        ways->active[left] = i;
        ended[ended_count] = i;
        left += !ends;
        ended_count += ends;
    }
    ways->active_count = ways->cell_count = 0;
    for (size_t k = 0; k < ended_count; k++) {
        struct visit *v = &pool->visits[ended[k]];
        pool->progress[ended[k]] = lf_arrive(rank, v);
        if (pool->progress[ended[k]] == AT_END) __builtin_prefetch(super_place(&v->super, v->place));
    }
    for (size_t k = 0; k < left; k++) {
        uint8_t i = ways->active[k];
        pool->progress[i] = lf_go_down(rank, &pool->visits[i], &ways->d[i]);
        if (pool->progress[i] == GOES_ON) lf_join(pool, ways, i);
    }
}

/* Visit i has entered a level. Its places are in two cells so rarely that a branch costs less than branch-free code. */
static NG_ALWAYS_INLINE void rank_join(const struct pool *pool, struct ways *ways, size_t i) {
    const struct visit *v = &pool->visits[i];
    struct cell_places *first = &ways->cells[ways->cell_count];
    unsigned in_cell[2];
    struct level_cell cell = find_place_cell(&ways->d[i], v->at[0], &in_cell[0]);
    in_cell[1] = v->at[1] - v->at[0] + in_cell[0];
    prefetch_cell(&cell);
    first[0] = (struct cell_places){.cell = cell, .places = {in_cell[0], in_cell[1]}};
    if (in_cell[1] > cell.bits) {
        first[0].places[1] = in_cell[0];
        cell = find_place_cell(&ways->d[i], v->at[1], &in_cell[1]);
        prefetch_cell(&cell);
        first[1] = (struct cell_places){.cell = cell, .places = {in_cell[1], in_cell[1]}};
        ways->cell_count++;
    }
    ways->last_cell[ways->active_count] = (uint8_t)ways->cell_count++;
    ways->active[ways->active_count++] = (uint8_t)i;
}

static NG_ALWAYS_INLINE void rank_refill(const struct ng_rank *rank, struct pool *pool, struct ways *ways) {
    while (ways->active_count < UNDER_WAY && pool->loaded < pool->count) {
        size_t i = pool->loaded++;
        seek_next(rank, pool, true);
        if (pool->progress[i] == GOES_ON) pool->progress[i] = rank_load_super(rank, &pool->visits[i]);
        if (pool->progress[i] == GOES_ON) pool->progress[i] = rank_load_leaf(rank, &pool->visits[i], &ways->d[i]);
        if (pool->progress[i] == GOES_ON) rank_join(pool, ways, i);
    }
}

static NG_ALWAYS_INLINE void rank_round(const struct ng_rank *rank, struct pool *pool, struct ways *ways) {
    struct cell_ones found[2 * UNDER_WAY];
    size_t cell = 0;
    size_t left = 0;
    read_cells(ways, found);
    for (size_t k = 0; k < ways->active_count; k++) {
        uint8_t i = ways->active[k];
        struct visit *v = &pool->visits[i];
        size_t last = ways->last_cell[k];
        rank_map(v, &ways->d[i], (struct cell_ones){{found[cell].before[0], found[last].before[1]}});
        cell = last + 1;
        pool->progress[i] = rank_arrive(v); /* unless it goes on, below */
        ways->active[left] = i;
        left += (v->word > 1) & (!rank_is_nothing(v));
    }
    ways->active_count = ways->cell_count = 0;
    for (size_t k = 0; k < left; k++) {
        uint8_t i = ways->active[k];
        pool->progress[i] = rank_go_down(rank, &pool->visits[i], &ways->d[i]);
        if (pool->progress[i] == GOES_ON) rank_join(pool, ways, i);
    }
}

/* Runs all visits of a pool, whose leaves are found, to their ends: ranks or, with steps, LF-steps. */
static NG_ALWAYS_INLINE void run_pool(const struct ng_rank *rank, struct pool *pool, bool steps) {
    struct ways ways;
    ways.active_count = ways.cell_count = 0;
    do {
        if (steps) {
            lf_round(rank, pool, &ways);
            lf_refill(rank, pool, &ways);
        } else {
            rank_round(rank, pool, &ways);
            rank_refill(rank, pool, &ways);
        }
    } while (ways.active_count > 0 || pool->loaded < pool->count);
}
