/*
 * Visits of a pool side by side, as in batch_portable.h, but a whole register of visits enters and leaves a level at
 * once. A part of batch_impl.h, for processors that have AVX-512, or AVX2 and BMI2.
 *
 * A visit has a slot while it goes down its leaf. The slots form groups, and one group is worked on at a time: its
 * cells are read, its places are mapped to the next level, and its free slots get the pool's next visits. Each of these
 * steps writes numbers one by one that the next step reads as registers, and such a read waits until all of them are
 * written. So the group before, which by then has its visits for the next level, enters that level in between. The
 * cells that it asks for arrive while other groups are worked on.
 */
#include "common/rank/levels_lanes.h"

/* The ways of visits down their leaves; ranks and LF-steps are never mixed. */
struct ways {
    struct slots slots;
    struct numbers found[2]; /* ones before the places, in the level */
    /* Ranks: as in struct visit. */
    struct numbers word;
    uint64_t ranges; /* a bit for each slot */
    /* LF-steps: as in struct visit; the inner nodes of this depth and of the next; and where those of the depth after
     * are read. */
    struct numbers node, place, inner, next_inner;
    const uint8_t *inner_at[SLOTS];
};

static NG_ALWAYS_INLINE size_t first_slot(uint64_t slots) {
    return (size_t)__builtin_ctzll(slots);
}

static NG_ALWAYS_INLINE struct cell_ones read_slot(const struct slots *slots, const struct slot_cells *cells, size_t slot,
                                                   uint32_t delta) {
    const struct encoding encoding = {.plain = (uint64_t)(int32_t)cells->plain.of[slot],
                                      .stored = (uint64_t)(int32_t)cells->stored.of[slot],
                                      .delta = delta,
                                      .flip = cells->flip.of[slot]};
    return decoded_rank(slots->leaf[slot] + cells->data.of[slot], &encoding, cells->before.of[slot],
                        cells->places[0].of[slot], cells->places[1].of[slot]);
}

/* Reads the first cells of some slots. If delta-sparse cells are read in another way, all of these are delta-sparse or
 * none is. */
static NG_ALWAYS_INLINE void read_some(struct ways *ways, uint64_t some, bool delta) {
    const struct slots *slots = &ways->slots;
    for (; some; some &= some - 1) {
        size_t slot = first_slot(some);
        uint32_t as = DELTA_APART ? 0 - (uint32_t)delta : slots->first.delta.of[slot];
        struct cell_ones ones = read_slot(slots, &slots->first, slot, as);
        ways->found[0].of[slot] = ones.before[0];
        ways->found[1].of[slot] = ones.before[1];
    }
}

static NG_ALWAYS_INLINE void read_slots(struct ways *ways, uint64_t group) {
    const struct slots *slots = &ways->slots;
    uint64_t some = slots->used & group;
    if (DELTA_APART) read_some(ways, some & slots->delta, true);
    read_some(ways, DELTA_APART ? some & ~slots->delta : some, false);
    for (uint64_t left = some & slots->apart; left; left &= left - 1) {
        size_t slot = first_slot(left);
        ways->found[1].of[slot] = read_slot(slots, &slots->second, slot, slots->second.delta.of[slot]).before[1];
    }
}

/* Asks for all cells of a group, also those of free slots: prefetching reads nothing. */
static NG_ALWAYS_INLINE void prefetch_slots(const struct slots *slots, size_t group) {
    for (size_t slot = group; slot < group + GROUP; slot++) {
        const uint8_t *data = slots->leaf[slot] + slots->first.data.of[slot];
        __builtin_prefetch(data);
        __builtin_prefetch(data + CELL_READ_BYTES - 1);
    }
    for (uint64_t apart = slots->used & slots->apart & group_of(group); apart; apart &= apart - 1) {
        size_t slot = first_slot(apart);
        const uint8_t *data = slots->leaf[slot] + slots->second.data.of[slot];
        __builtin_prefetch(data);
        __builtin_prefetch(data + CELL_READ_BYTES - 1);
    }
}

/* Ends the visits of some slots. Those among `nothing` end with an empty range. */
static NG_ALWAYS_INLINE void end_slots(struct pool *pool, struct slots *slots, uint64_t some, uint64_t nothing) {
    slots->used &= ~some;
    for (; some; some &= some - 1) {
        size_t slot = first_slot(some);
        size_t i = slots->visit[slot];
        pool->visits[i].at[0] = slots->at[0].of[slot];
        pool->visits[i].at[1] = slots->at[1].of[slot];
        pool->progress[i] = nothing >> slot & 1 ? NOTHING : AT_END;
    }
}

/* A free slot is computed along with its group. The only memory read for it is the headers of a level. So its headers
 * stay at its last level if that was sound, else they are zeros. */
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
    end_slots(pool, slots, some, 0);
    clear_slots(slots, some);
    for (; some; some &= some - 1) pool->progress[slots->visit[first_slot(some)]] = FAILED;
}

/* Maps the places of a register of slots to the next level: to the left, or to the right, after the zeros. */
static NG_ALWAYS_INLINE void map_places(struct ways *ways, size_t lane, lane_mask right) {
    struct slots *slots = &ways->slots;
    lanes zeros = lanes_load(&slots->size, lane) - lanes_load(&slots->ones, lane);
    for (size_t i = 0; i < 2; i++) {
        lanes found = lanes_load(&ways->found[i], lane);
        lanes left = lanes_load(&slots->at[i], lane) - found;
        lanes_store(&slots->at[i], lane, lanes_choose(right, zeros + found, left));
    }
}

/* As rank_map, for a group. Returns those that go on. */
static NG_ALWAYS_INLINE uint64_t map_ranks(struct pool *pool, struct ways *ways, size_t group) {
    struct slots *slots = &ways->slots;
    uint64_t nothing = 0;
    uint64_t last = 0;
    for (size_t lane = group; lane < group + GROUP; lane += LANES) {
        lanes word = lanes_load(&ways->word, lane);
        map_places(ways, lane, lanes_have(word, lanes_number(1)));
        word >>= 1;
        lanes_store(&ways->word, lane, word);
        lane_mask alike = lanes_equal(lanes_load(&slots->at[0], lane), lanes_load(&slots->at[1], lane));
        nothing |= (uint64_t)mask_bits(alike) << lane;
        last |= (uint64_t)mask_bits(lanes_at_most(word, lanes_number(1))) << lane;
    }
    uint64_t used = slots->used & group_of(group);
    nothing &= ways->ranges;
    end_slots(pool, slots, used & (nothing | last), nothing);
    return used & ~nothing & ~last;
}

/* As lf_map and lf_arrive, for a group. Returns those that go on. */
static NG_ALWAYS_INLINE uint64_t map_steps(const struct ng_rank *rank, struct pool *pool, struct ways *ways, size_t group) {
    struct slots *slots = &ways->slots;
    uint64_t ends = 0;
    uint64_t sound = 0;
    for (size_t lane = group; lane < group + GROUP; lane += LANES) {
        lanes inner = lanes_load(&ways->inner, lane);
        lanes next_inner = lanes_load(&ways->next_inner, lane);
        lanes one = lanes_load(&ways->found[1], lane) - lanes_load(&ways->found[0], lane);
        lane_mask right = lanes_have(one, one);
        map_places(ways, lane, right);
        lanes_store(&slots->at[1], lane, lanes_load(&slots->at[0], lane) + 1);
        lanes node = lanes_load(&ways->node, lane) + (inner & lanes_fill(right));
        lane_mask ending = lanes_at_most(next_inner, node);
        lanes place = lanes_load(&ways->place, lane) + lanes_choose(ending, node, inner + inner);
        lanes_store(&ways->node, lane, node);
        lanes_store(&ways->place, lane, place - next_inner);
        ends |= (uint64_t)mask_bits(ending) << lane;
        sound |= (uint64_t)mask_bits(lanes_at_most(next_inner, inner + inner)) << lane;
    }
    uint64_t used = slots->used & group_of(group);
    for (uint64_t left = used & ends; left; left &= left - 1) {
        size_t slot = first_slot(left);
        struct visit *v = &pool->visits[slots->visit[slot]];
        v->place = ways->place.of[slot];
        end_slots(pool, slots, left & -left, 0);
        pool->progress[slots->visit[slot]] = lf_arrive(rank, v);
        if (v->place < v->super.symbols) __builtin_prefetch(super_place(&v->super, v->place));
    }
    fail_slots(rank, pool, slots, used & ~ends & ~sound);
    return used & ~ends & sound;
}

/* Moves some slots of a group down to the next level. */
static NG_ALWAYS_INLINE void go_down(const struct ng_rank *rank, struct pool *pool, struct ways *ways, size_t group,
                                     uint64_t some, bool steps) {
    struct slots *slots = &ways->slots;
    uint64_t deep = 0;
    for (size_t lane = group; lane < group + GROUP; lane += LANES) {
        deep |= leave_levels(slots, lane, some & register_of(lane));
    }
    fail_slots(rank, pool, slots, some & ~deep);
    for (uint64_t left = deep; left; left &= left - 1) {
        size_t slot = first_slot(left);
        slots->size.of[slot] = ng_le_load16(slots->leaf[slot] + slots->sizes.of[slot]);
        slots->sizes.of[slot] += 2;
        if (!steps) continue;
        ways->inner.of[slot] = ways->next_inner.of[slot];
        ways->next_inner.of[slot] = slots->depth_left.of[slot] > 1 ? *ways->inner_at[slot] : 0;
        ways->inner_at[slot]++;
    }
}

/* Gives a slot to a visit that has loaded its superblock and leaf. */
static NG_ALWAYS_INLINE void take_slot(const struct ng_rank *rank, const struct pool *pool, struct ways *ways, size_t i,
                                       size_t slot, const struct descent *d) {
    struct slots *slots = &ways->slots;
    const struct visit *v = &pool->visits[i];
    const uint8_t *leaf = leaf_of(rank, &v->spot);
    slots->used |= UINT64_C(1) << slot;
    slots->leaf[slot] = leaf;
    slots->visit[slot] = (uint8_t)i;
    slots->headers.of[slot] = (uint32_t)(d->headers - leaf);
    slots->headers_end.of[slot] = (uint32_t)(d->headers_end - leaf);
    slots->cells.of[slot] = (uint32_t)(d->cells - leaf);
    slots->cells_end.of[slot] = (uint32_t)(d->cells_end - leaf);
    slots->sizes.of[slot] = (uint32_t)(d->sizes - leaf);
    slots->size.of[slot] = d->size;
    slots->depth_left.of[slot] = v->leaf.depth;
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
    const uint8_t *inner_at = v->leaf.inner;
    ways->node.of[slot] = ways->place.of[slot] = 0;
    ways->inner.of[slot] = inner_at[0];
    ways->next_inner.of[slot] = v->leaf.depth > 1 ? inner_at[1] : 0;
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

/* Enters the level of a group. If a level has no rows, the levels below it have none either. */
static NG_ALWAYS_INLINE void enter(const struct ng_rank *rank, struct pool *pool, struct ways *ways, size_t group) {
    struct slots *slots = &ways->slots;
    uint64_t sound = 0;
    uint64_t empty = 0;
    for (size_t lane = group; lane < group + GROUP; lane += LANES) {
        sound |= enter_levels(slots, lane, 1u << rank->leaf_log2);
        empty |= (uint64_t)mask_bits(lanes_equal(lanes_load(&slots->size, lane), lanes_number(0))) << lane;
    }
    fail_slots(rank, pool, slots, slots->used & group_of(group) & ~sound);
    empty &= slots->used;
    if (empty) end_slots(pool, slots, empty, ways->ranges);
    prefetch_slots(slots, group);
}

/* Runs all visits of a pool, whose leaves are found, to their ends: ranks or, with steps, LF-steps. */
static NG_ALWAYS_INLINE void run_pool(const struct ng_rank *rank, struct pool *pool, bool steps) {
    struct ways ways;
    ways.slots.used = ways.slots.apart = ways.slots.delta = ways.ranges = 0;
    clear_slots(&ways.slots, low_mask(SLOTS));
    size_t before = 0;
    for (size_t group = 0; ways.slots.used || pool->loaded < pool->count; group = group + GROUP < SLOTS ? group + GROUP : 0) {
        bool used = ways.slots.used & group_of(group);
        if (used) read_slots(&ways, group_of(group));
        if (ways.slots.used & group_of(before)) enter(rank, pool, &ways, before);
        if (used) {
            uint64_t some = steps ? map_steps(rank, pool, &ways, group) : map_ranks(pool, &ways, group);
            go_down(rank, pool, &ways, group, some, steps);
        }
        refill(rank, pool, &ways, group_of(group), steps);
        before = group;
    }
}
