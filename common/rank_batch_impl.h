/*
 * Many visits side by side. A part of rank_impl.h, compiled once for each kind of processor.
 */
enum { BATCH = 16 };

/* So few visits wait for memory longer than it takes to fetch their leaves whole. */
enum { FEW = 4 };

static NG_ALWAYS_INLINE uint64_t leaf_bytes_ahead(size_t visits) {
    return visits <= FEW ? UINT64_MAX : (uint64_t)LEAF_HEAD_BYTES;
}

/* The visits of a batch that are still under way, by number. */
struct active {
    uint8_t visit[2 * BATCH];
    size_t count;
};

static void lf_group(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    struct visit visits[BATCH];
    enum progress progress[BATCH];
    struct active active = {.count = 0};
    for (size_t i = 0; i < count; i++) prefetch_entry(rank, steps[i].row);
    for (size_t i = 0; i < count; i++) {
        struct visit *v = &visits[i];
        v->row = steps[i].row;
        progress[i] = v->row < rank->rows && find_spot(rank, v->row, &v->spot) ? GOES_ON : FAILED;
        if (progress[i] == GOES_ON) prefetch_spot(rank, &v->spot, leaf_bytes_ahead(count));
    }
    for (size_t i = 0; i < count; i++) {
        if (progress[i] == GOES_ON) progress[i] = lf_load(rank, &visits[i]);
        if (progress[i] != GOES_ON) continue;
        prefetch_cell(&visits[i].cell);
        active.visit[active.count++] = (uint8_t)i;
    }
    while (active.count > 0) {
        size_t left = 0;
        for (size_t k = 0; k < active.count; k++) {
            uint8_t i = active.visit[k];
            progress[i] = lf_descend(rank, &visits[i]);
            if (progress[i] == GOES_ON) {
                prefetch_cell(&visits[i].cell);
                active.visit[left++] = i;
            } else if (progress[i] == AT_END) {
                __builtin_prefetch(super_place(&visits[i].super, visits[i].place));
            }
        }
        active.count = left;
    }
    for (size_t i = 0; i < count; i++) lf_end(rank, &visits[i], progress[i], &steps[i]);
}

static void lf_batch(const struct ng_rank *rank, struct ng_rank_step *steps, size_t count) {
    for (size_t at = 0; at < count; at += BATCH) lf_group(rank, steps + at, count - at < BATCH ? count - at : BATCH);
}

static NG_ALWAYS_INLINE void prefetch_places(const struct visit *v) {
    if (v->at[0] < v->d.size) {
        struct level_cell cell = find_cell(&v->leaf, &v->d, v->at[0]);
        prefetch_cell(&cell);
    }
    if (v->at[1] == v->at[0] || v->at[1] >= v->d.size) return;
    struct level_cell cell = find_cell(&v->leaf, &v->d, v->at[1]);
    prefetch_cell(&cell);
}

/* Takes all visits, whose rows, symbols and places are set, to their ends. */
static void rank_visits(const struct ng_rank *rank, struct visit *visits, enum progress *progress, size_t count) {
    struct active active = {.count = 0};
    for (size_t i = 0; i < count; i++) prefetch_entry(rank, visits[i].row);
    for (size_t i = 0; i < count; i++) {
        progress[i] = find_spot(rank, visits[i].row, &visits[i].spot) ? GOES_ON : FAILED;
        if (progress[i] == GOES_ON) prefetch_spot(rank, &visits[i].spot, leaf_bytes_ahead(count));
    }
    for (size_t i = 0; i < count; i++) {
        if (progress[i] == GOES_ON) progress[i] = rank_load_super(rank, &visits[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (progress[i] == GOES_ON) progress[i] = rank_load_leaf(rank, &visits[i]);
        if (progress[i] != GOES_ON) continue;
        prefetch_places(&visits[i]);
        active.visit[active.count++] = (uint8_t)i;
    }
    while (active.count > 0) {
        size_t left = 0;
        for (size_t k = 0; k < active.count; k++) {
            uint8_t i = active.visit[k];
            progress[i] = rank_descend(rank, &visits[i]);
            if (progress[i] != GOES_ON) continue;
            prefetch_places(&visits[i]);
            active.visit[left++] = i;
        }
        active.count = left;
    }
}

static NG_ALWAYS_INLINE void set_visit(struct visit *v, uint8_t symbol, uint64_t begin, uint64_t end) {
    unsigned at = (unsigned)(begin % NG_LEAF_ROWS);
    v->row = begin;
    v->symbol = symbol;
    v->at[0] = at;
    v->at[1] = at + (unsigned)(end - begin);
}

/* Each range takes one visit, or two where its ends are in different leaves, or none at the end of the rows. */
static void extend_group(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count) {
    struct visit visits[2 * BATCH];
    enum progress progress[2 * BATCH];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ng_rank_range *range = &ranges[i];
        if (rank->dense[range->symbol] == NG_RANK_ABSENT) continue;
        if (in_one_leaf(rank, range->begin, range->end)) {
            set_visit(&visits[used++], range->symbol, range->begin, range->end);
            continue;
        }
        if (range->begin < rank->rows) set_visit(&visits[used++], range->symbol, range->begin, range->begin);
        if (range->end < rank->rows) set_visit(&visits[used++], range->symbol, range->end, range->end);
    }
    rank_visits(rank, visits, progress, used);
    used = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_rank_range *range = &ranges[i];
        uint64_t total = rank->total[range->symbol];
        uint64_t begin[2] = {total, total};
        uint64_t end[2] = {total, total};
        if (rank->dense[range->symbol] == NG_RANK_ABSENT) {
            set_range(rank, range, 0, 0);
        } else if (in_one_leaf(rank, range->begin, range->end)) {
            rank_end(rank, &visits[used], progress[used], begin);
            used++;
            set_range(rank, range, begin[0], begin[1]);
        } else {
            if (range->begin < rank->rows) {
                rank_end(rank, &visits[used], progress[used], begin);
                used++;
            }
            if (range->end < rank->rows) {
                rank_end(rank, &visits[used], progress[used], end);
                used++;
            }
            set_range(rank, range, begin[0], end[0]);
        }
    }
}

static void extend_batch(const struct ng_rank *rank, struct ng_rank_range *ranges, size_t count) {
    for (size_t at = 0; at < count; at += BATCH) {
        extend_group(rank, ranges + at, count - at < BATCH ? count - at : BATCH);
    }
}
