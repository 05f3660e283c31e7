/*
 * Visits of a pool side by side, for processors that have AVX-512: as in rank_batch_impl.h, but 16 visits at once enter a
 * level, and leave it. A part of rank_batch_impl.h.
 *
 * A visit has a slot while it goes down its leaf. The slots are in groups of 16, of which one is worked on at a time: its
 * cells are read, its places mapped, and slots that have become free get the pool's next visits. What one of these writes
 * number by number, the next reads 16 numbers at a time, for which the processor waits until all are written: so the
 * group before, which has its visits for the next level, enters that in between. The cells that it asks for there are on
 * their way while the groups between are worked on.
 */
#include "common/rank/levels_avx512.h"

/* The ways of visits down their leaves; ranks and LF-steps are never mixed. */
struct ways {
    struct slots slots;
    struct numbers found[2]; /* ones before the places, in the level */
    /* Ranks: as in struct visit. */
    struct numbers word;
    uint64_t ranges; /* a bit for each slot */
    /* LF-steps: as in struct visit; and inner nodes of this depth and the next, and where those of the one after stand. */
    struct numbers node, place, inner, next_inner;
    const uint8_t *inner_at[SLOTS];
};

static NG_ALWAYS_INLINE uint64_t group_of(size_t lane) {
    return UINT64_C(0xffff) << lane;
}

static NG_ALWAYS_INLINE size_t first_slot(uint64_t slots) {
    return (size_t)__builtin_ctzll(slots);
}

static NG_ALWAYS_INLINE struct cell_ones read_slot(const struct slots *slots, const struct slot_cells *cells,
                                                   size_t slot) {
    const struct encoding encoding = {.plain = (uint64_t)(int32_t)cells->plain.of[slot],
                                      .stored = (uint64_t)(int32_t)cells->stored.of[slot],
                                      .delta = cells->delta.of[slot],
                                      .flip = cells->flip.of[slot]};
    return decoded_rank(slots->leaf[slot] + cells->data.of[slot], &encoding, cells->before.of[slot],
                        cells->places[0].of[slot], cells->places[1].of[slot]);
}

static NG_ALWAYS_INLINE void read_slots(struct ways *ways, uint64_t group) {
    const struct slots *slots = &ways->slots;
    for (uint64_t left = slots->used & group; left; left &= left - 1) {
        size_t slot = first_slot(left);
        struct cell_ones ones = read_slot(slots, &slots->first, slot);
        ways->found[0].of[slot] = ones.before[0];
        ways->found[1].of[slot] = ones.before[1];
    }
    for (uint64_t left = slots->used & slots->apart & group; left; left &= left - 1) {
        size_t slot = first_slot(left);
        ways->found[1].of[slot] = read_slot(slots, &slots->second, slot).before[1];
    }
}

static NG_ALWAYS_INLINE void prefetch_slots(const struct slots *slots, const struct slot_cells *cells, uint64_t some) {
    for (; some; some &= some - 1) {
        size_t slot = first_slot(some);
        const uint8_t *data = slots->leaf[slot] + cells->data.of[slot];
        __builtin_prefetch(data);
        __builtin_prefetch(data + CELL_READ_BYTES - 1);
    }
}

/* Visits of some slots end. */
static NG_ALWAYS_INLINE void end_slots(struct pool *pool, struct slots *slots, uint64_t some, enum progress progress) {
    slots->used &= ~some;
    for (; some; some &= some - 1) {
        size_t slot = first_slot(some);
        size_t i = slots->visit[slot];
        pool->visits[i].at[0] = slots->at[0].of[slot];
        pool->visits[i].at[1] = slots->at[1].of[slot];
        pool->progress[i] = progress;
    }
}

/* A free slot's numbers are reckoned with those of its group. All that is read by them is a level's headers: so these
 * stay where its last level was sound, or lead to zeros. */
static void clear_slots(struct slots *slots, uint64_t some) {
    static const uint8_t nothing[2 * NG_LEVEL_CELLS];
    for (; some; some &= some - 1) {
        size_t slot = first_slot(some);
        slots->leaf[slot] = nothing;
        slots->headers.of[slot] = slots->headers_end.of[slot] = 0;
        slots->size.of[slot] = slots->at[0].of[slot] = slots->at[1].of[slot] = 0;
    }
}

static void fail_slots(const struct ng_rank *rank, struct pool *pool, struct slots *slots, uint64_t some) {
    if (!some) return;
    (void)visit_fail(rank);
    end_slots(pool, slots, some, FAILED);
    clear_slots(slots, some);
}

/* A group's places, mapped to the next level: to the right, behind the zeros, or to the left. */
static NG_ALWAYS_INLINE void map_places(struct ways *ways, size_t lane, __mmask16 right) {
    struct slots *slots = &ways->slots;
    __m512i zeros = _mm512_sub_epi32(lanes_load(&slots->size, lane), lanes_load(&slots->ones, lane));
    for (size_t i = 0; i < 2; i++) {
        __m512i found = lanes_load(&ways->found[i], lane);
        __m512i at = _mm512_sub_epi32(lanes_load(&slots->at[i], lane), found);
        lanes_store(&slots->at[i], lane, _mm512_mask_add_epi32(at, right, zeros, found));
    }
}

/* As rank_map, for a group. Returns those that go on. */
static NG_ALWAYS_INLINE __mmask16 map_ranks(struct pool *pool, struct ways *ways, size_t lane) {
    struct slots *slots = &ways->slots;
    __m512i word = lanes_load(&ways->word, lane);
    map_places(ways, lane, _mm512_test_epi32_mask(word, lanes_number(1)));
    word = _mm512_srli_epi32(word, 1);
    lanes_store(&ways->word, lane, word);
    __mmask16 used = (__mmask16)(slots->used >> lane);
    __mmask16 nothing = _mm512_cmpeq_epi32_mask(lanes_load(&slots->at[0], lane), lanes_load(&slots->at[1], lane));
    nothing &= (__mmask16)(ways->ranges >> lane) & used;
    __mmask16 more = _mm512_mask_cmpgt_epu32_mask(used, word, lanes_number(1));
    end_slots(pool, slots, (uint64_t)nothing << lane, NOTHING);
    end_slots(pool, slots, (uint64_t)(used & ~nothing & ~more) << lane, AT_END);
    return more & ~nothing;
}

/* As lf_map and lf_arrive, for a group. Returns those that go on. */
static NG_ALWAYS_INLINE __mmask16 map_steps(const struct ng_rank *rank, struct pool *pool, struct ways *ways,
                                            size_t lane) {
    struct slots *slots = &ways->slots;
    __m512i inner = lanes_load(&ways->inner, lane);
    __m512i next_inner = lanes_load(&ways->next_inner, lane);
    __m512i twice = _mm512_add_epi32(inner, inner);
    __mmask16 right = _mm512_cmpneq_epi32_mask(lanes_load(&ways->found[0], lane), lanes_load(&ways->found[1], lane));
    map_places(ways, lane, right);
    lanes_store(&slots->at[1], lane, _mm512_add_epi32(lanes_load(&slots->at[0], lane), lanes_number(1)));
    __m512i node = lanes_load(&ways->node, lane);
    node = _mm512_mask_add_epi32(node, right, node, inner);
    __mmask16 ends = _mm512_cmpge_epu32_mask(node, next_inner);
    __m512i place = _mm512_add_epi32(lanes_load(&ways->place, lane), _mm512_mask_blend_epi32(ends, twice, node));
    lanes_store(&ways->node, lane, node);
    lanes_store(&ways->place, lane, _mm512_sub_epi32(place, next_inner));
    __mmask16 used = (__mmask16)(slots->used >> lane);
    for (uint64_t left = (uint64_t)(used & ends) << lane; left; left &= left - 1) {
        size_t slot = first_slot(left);
        struct visit *v = &pool->visits[slots->visit[slot]];
        v->place = ways->place.of[slot];
        end_slots(pool, slots, left & -left, lf_arrive(rank, v));
        if (v->place < v->super.symbols) __builtin_prefetch(super_place(&v->super, v->place));
    }
    __mmask16 bad = _mm512_cmplt_epu32_mask(twice, next_inner);
    fail_slots(rank, pool, slots, (uint64_t)(used & ~ends & bad) << lane);
    return used & ~ends & ~bad;
}

/* Some of a group go down to the next level. */
static NG_ALWAYS_INLINE void go_down(const struct ng_rank *rank, struct pool *pool, struct ways *ways, size_t lane,
                                     __mmask16 some, bool steps) {
    struct slots *slots = &ways->slots;
    __mmask16 deep = leave_levels(slots, lane, some);
    fail_slots(rank, pool, slots, (uint64_t)(some & ~deep) << lane);
    for (uint64_t left = (uint64_t)deep << lane; left; left &= left - 1) {
        size_t slot = first_slot(left);
        slots->size.of[slot] = ng_le_load16(slots->leaf[slot] + slots->sizes.of[slot]);
        slots->sizes.of[slot] += 2;
        if (!steps) continue;
        ways->inner.of[slot] = ways->next_inner.of[slot];
        ways->next_inner.of[slot] = slots->depth_left.of[slot] > 1 ? *ways->inner_at[slot] : 0;
        ways->inner_at[slot]++;
    }
}

/* A visit that has loaded its superblock and leaf gets a slot. */
static NG_ALWAYS_INLINE void take_slot(const struct ng_rank *rank, const struct pool *pool, struct ways *ways, size_t i,
                                       size_t slot, const struct descent *d) {
    struct slots *slots = &ways->slots;
    const struct visit *v = &pool->visits[i];
    const uint8_t *leaf = rank->data.data + v->spot.leaf_at;
    slots->used |= UINT64_C(1) << slot;
    slots->leaf[slot] = leaf;
    slots->visit[slot] = (uint8_t)i;
    slots->headers.of[slot] = (uint32_t)(d->headers - leaf);
    slots->headers_end.of[slot] = (uint32_t)(d->headers_end - leaf);
    slots->cells.of[slot] = (uint32_t)(d->cells - leaf);
    slots->cells_end.of[slot] = (uint32_t)(d->cells_end - leaf);
    slots->sizes.of[slot] = (uint32_t)(d->sizes - leaf);
    slots->size.of[slot] = d->size;
    slots->depth_left.of[slot] = v->super.depth;
    slots->at[0].of[slot] = v->at[0];
    slots->at[1].of[slot] = v->at[1];
}

static NG_ALWAYS_INLINE void start_rank(const struct ng_rank *rank, struct pool *pool, struct ways *ways, size_t i,
                                        size_t slot) {
    struct visit *v = &pool->visits[i];
    struct descent d = {0};
    if (pool->progress[i] == GOES_ON) pool->progress[i] = rank_load_super(rank, v);
    if (pool->progress[i] == GOES_ON) pool->progress[i] = rank_begin_leaf(rank, v, &d);
    if (pool->progress[i] != GOES_ON) return;
    take_slot(rank, pool, ways, i, slot, &d);
    ways->word.of[slot] = v->word;
    ways->ranges = (ways->ranges & ~(UINT64_C(1) << slot)) | (uint64_t)v->is_range << slot;
}

static NG_ALWAYS_INLINE void start_step(const struct ng_rank *rank, struct pool *pool, struct ways *ways, size_t i,
                                        size_t slot) {
    struct visit *v = &pool->visits[i];
    struct descent d = {0};
    if (pool->progress[i] == GOES_ON) pool->progress[i] = lf_begin_leaf(rank, v, &d);
    if (pool->progress[i] != GOES_ON) return;
    v->at[1] = v->at[0] + 1;
    take_slot(rank, pool, ways, i, slot, &d);
    const uint8_t *inner_at = v->super.head + NG_SUPER_INNER_AT;
    ways->node.of[slot] = ways->place.of[slot] = 0;
    ways->inner.of[slot] = inner_at[0];
    ways->next_inner.of[slot] = v->super.depth > 1 ? inner_at[1] : 0;
    ways->inner_at[slot] = inner_at + 2;
}

static NG_ALWAYS_INLINE void refill(const struct ng_rank *rank, struct pool *pool, struct ways *ways, uint64_t group,
                                    bool steps) {
    while ((group & ~ways->slots.used) && pool->loaded < pool->count) {
        size_t i = pool->loaded++;
        seek_next(rank, pool, !steps);
        if (steps) start_step(rank, pool, ways, i, first_slot(group & ~ways->slots.used));
        else start_rank(rank, pool, ways, i, first_slot(group & ~ways->slots.used));
    }
}

/* A group enters its level. Where that has no rows, those below have none either. */
static NG_ALWAYS_INLINE void enter(const struct ng_rank *rank, struct pool *pool, struct ways *ways, size_t lane) {
    struct slots *slots = &ways->slots;
    uint64_t group = group_of(lane);
    __mmask16 sound = enter_levels(slots, lane);
    __m512i size = lanes_load(&slots->size, lane);
    fail_slots(rank, pool, slots, slots->used & group & ~((uint64_t)sound << lane));
    uint64_t empty = slots->used & (uint64_t)_mm512_testn_epi32_mask(size, size) << lane;
    if (empty) {
        end_slots(pool, slots, empty & ways->ranges, NOTHING);
        end_slots(pool, slots, empty & slots->used, AT_END);
    }
    prefetch_slots(slots, &slots->first, slots->used & group);
    prefetch_slots(slots, &slots->second, slots->used & slots->apart & group);
}

/* Takes all visits of a pool, whose leaves are found, to their ends: ranks or, with steps, LF-steps. */
static NG_ALWAYS_INLINE void run_pool(const struct ng_rank *rank, struct pool *pool, bool steps) {
    struct ways ways;
    ways.slots.used = ways.slots.apart = ways.ranges = 0;
    clear_slots(&ways.slots, (UINT64_C(1) << SLOTS) - 1);
    size_t before = 0;
    for (size_t lane = 0; ways.slots.used || pool->loaded < pool->count; lane = lane + LANES < SLOTS ? lane + LANES : 0) {
        bool used = ways.slots.used & group_of(lane);
        if (used) read_slots(&ways, group_of(lane));
        if (ways.slots.used & group_of(before)) enter(rank, pool, &ways, before);
        if (used) {
            __mmask16 some = steps ? map_steps(rank, pool, &ways, lane) : map_ranks(pool, &ways, lane);
            go_down(rank, pool, &ways, lane, some, steps);
        }
        refill(rank, pool, &ways, group_of(lane), steps);
        before = lane;
    }
}
