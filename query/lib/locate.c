#include "query/lib/locate.h"

#include "common/container/ahead.h"
#include "common/container/frames.h"
#include "common/shard/shard_format.h"

enum { LANES = NG_RANK_BATCH };

struct lane {
    size_t index;      /* of the row that it started from */
    uint64_t row;      /* that it has come to; not kept up where only positions are wanted */
    uint64_t distance; /* LF steps so far: how far the position lies behind that of the lane's row */
};

/* Chains under way, side by side. */
struct lanes {
    struct lane lanes[LANES];
    struct ng_rank_step steps[LANES];
    size_t used;
};

/* A chain that has come to its end. Its sample has been asked for. */
struct found {
    struct lane lane;
    uint64_t row;
    uint64_t sample;
};

/* Whether the row is a document's end or sampled. Then *sample is its document or its sample. */
static bool find_sample(const struct ng_shard *shard, uint64_t row, uint64_t *sample) {
    bool marked = true;
    if (row >= shard->first_terminator_row) *sample = row - shard->first_terminator_row;
    else *sample = ng_ef_rank(&shard->marks, row, &marked);
    return marked;
}

static uint64_t sampled_position(const struct ng_shard *shard, uint64_t row, uint64_t sample) {
    if (row >= shard->first_terminator_row) return ng_docs_end(&shard->docs, sample);
    uint64_t largest = (shard->rows - 1) / shard->sa_sample;
    return ng_shard_array_get(&shard->samples, sample, largest) * shard->sa_sample;
}

bool ng_locate_known(const struct ng_shard *shard, uint64_t row, uint64_t *position) {
    uint64_t sample;
    if (!find_sample(shard, row, &sample)) return false;
    *position = sampled_position(shard, row, sample);
    return true;
}

uint64_t ng_locate_started(const struct ng_shard *shard, uint64_t terminator_row) {
    uint64_t order = terminator_row - shard->rank.first[NG_TERMINATOR];
    return ng_shard_array_get(&shard->doc_order, order, shard->documents - 1);
}

/* Where a chain that met a document's start stands. */
static uint64_t start_position(const struct ng_shard *shard, uint64_t terminator_row) {
    return ng_docs_start(&shard->docs, ng_locate_started(shard, terminator_row));
}

static uint64_t bounded_sum(const struct ng_shard *shard, uint64_t position, uint64_t distance) {
    if (position < shard->rows && distance < shard->rows - position) return position + distance;
    ng_container_mark_damaged(shard->container);
    return 0;
}

/* One walk by itself. The bytes that it meets end where left_end points. */
static void walk_alone(const struct ng_shard *shard, uint64_t row, uint8_t *left_end, size_t capacity,
                       struct ng_locate_walk *walk, struct ng_watch *watch) {
    row = ng_shard_row_of_rank(shard, row);
    *walk = (struct ng_locate_walk){.row = row};
    uint64_t position;
    ng_ef_prefetch(&shard->marks, row);
    for (; walk->distance < shard->sa_sample; walk->distance++) {
        /* The step is taken before the row is looked up: both wait for memory at the same time. */
        struct ng_rank_step step = {.row = walk->row};
        if (ng_watch_stops(watch, 1)) return;
        ng_rank_lf(&shard->rank, &step);
        if (ng_locate_known(shard, walk->row, &position)) {
            walk->position = bounded_sum(shard, position, walk->distance);
            return;
        }
        ng_ef_prefetch(&shard->marks, step.row);
        if (step.symbol == NG_TERMINATOR) {
            walk->position = bounded_sum(shard, start_position(shard, step.row), walk->distance);
            return;
        }
        if (walk->distance < capacity) left_end[-1 - (ptrdiff_t)walk->distance] = step.symbol;
        walk->row = step.row;
    }
    ng_container_mark_damaged(shard->container); /* in a sound shard no chain is longer than the sample distance */
}

/* Where the answers go: positions, or walks and the bytes met on the way. */
struct answers {
    bool walking; /* walks and left are wanted, or else positions */
    uint64_t *positions;
    struct ng_locate_walk *walks;
    uint8_t *left; /* capacity bytes for each walk */
    size_t capacity;
};

static void answer(const struct answers *answers, const struct lane *lane, uint64_t row, uint64_t position) {
    if (!answers->walking) answers->positions[lane->index] = position;
    else answers->walks[lane->index] =
        (struct ng_locate_walk){.position = position, .row = row, .distance = lane->distance};
}

/* A step of a lane, to the row of the suffix that is longer by symbol. */
static void step_left(const struct answers *answers, struct lane *lane, const struct ng_rank_step *step) {
    if (answers->walking) {
        if (lane->distance < answers->capacity) {
            answers->left[(lane->index + 1) * answers->capacity - 1 - lane->distance] = step->symbol;
        }
        lane->row = step->row;
    }
    lane->distance++;
}

/* Asks for the pages that all chains read next, those of marks and those of steps together: most chains need both. */
static void ask(const struct ng_shard *shard, const struct lanes *all) {
    for (size_t i = 0; i < all->used; i++) {
        ng_ef_ask_directory(&shard->marks, all->steps[i].row);
        ng_rank_ask_super(&shard->rank, all->steps[i].row);
    }
    for (size_t i = 0; i < all->used; i++) ng_rank_ask_leaf(&shard->rank, all->steps[i].row);
    ng_frames_submit();
}

static void drop_lane(struct lanes *all, size_t i) {
    all->used--;
    all->lanes[i] = all->lanes[all->used];
    all->steps[i] = all->steps[all->used];
}

/* Takes out the chains that have come to a row whose position is known. Returns how many. */
static size_t take_found(const struct ng_shard *shard, struct lanes *all, const struct answers *answers,
                         struct found *found) {
    size_t count = 0;
    for (size_t i = 0; i < all->used; i++) ng_ef_prefetch(&shard->marks, all->steps[i].row);
    for (size_t i = 0; i < all->used;) {
        const struct lane *lane = &all->lanes[i];
        uint64_t row = all->steps[i].row;
        uint64_t sample = 0;
        /* In a sound shard no chain is longer than the sample distance. */
        bool lost = lane->distance >= shard->sa_sample;
        if (lost) {
            ng_container_mark_damaged(shard->container);
            answer(answers, lane, lane->row, 0);
        } else if (find_sample(shard, row, &sample)) {
            if (row < shard->first_terminator_row) ng_shard_array_prefetch(&shard->samples, sample);
            found[count++] = (struct found){.lane = *lane, .row = row, .sample = sample};
        } else {
            i++;
            continue;
        }
        drop_lane(all, i);
    }
    return count;
}

/* A step of all chains. One that meets the start of a document ends. */
static void step_all(const struct ng_shard *shard, struct lanes *all, const struct answers *answers) {
    ng_rank_lf_batch(&shard->rank, all->steps, all->used);
    for (size_t i = 0; i < all->used;) {
        struct lane *lane = &all->lanes[i];
        if (all->steps[i].symbol != NG_TERMINATOR) {
            step_left(answers, lane, &all->steps[i]);
            i++;
            continue;
        }
        answer(answers, lane, lane->row, bounded_sum(shard, start_position(shard, all->steps[i].row), lane->distance));
        drop_lane(all, i);
    }
}

static void locate(const struct ng_shard *shard, const uint64_t *rows, size_t count, const struct answers *answers,
                   struct ng_watch *watch) {
    struct lanes all;
    struct found found[LANES];
    size_t next = 0;
    all.used = 0;
    while ((all.used > 0 || next < count) && !ng_watch_stops(watch, all.used)) {
        for (; all.used < LANES && next < count; next++, all.used++) {
            uint64_t row = ng_shard_row_of_rank(shard, rows[next]);
            all.lanes[all.used] = (struct lane){.index = next, .row = row};
            all.steps[all.used] = (struct ng_rank_step){.row = row};
        }
        if (ng_ahead_asks()) ask(shard, &all);
        size_t ended = take_found(shard, &all, answers, found);
        step_all(shard, &all, answers);
        /* Meanwhile their samples have come. */
        for (size_t i = 0; i < ended; i++) {
            const struct lane *lane = &found[i].lane;
            uint64_t position = sampled_position(shard, found[i].row, found[i].sample);
            answer(answers, lane, lane->row, bounded_sum(shard, position, lane->distance));
        }
    }
    ng_frames_finish();
}

void ng_locate_batch(const struct ng_shard *shard, const uint64_t *rows, size_t count, uint64_t *positions,
                     struct ng_watch *watch) {
    if (count == 1) {
        struct ng_locate_walk walk;
        walk_alone(shard, rows[0], NULL, 0, &walk, watch);
        positions[0] = walk.position;
        return;
    }
    locate(shard, rows, count, &(struct answers){.positions = positions}, watch);
}

void ng_locate_walks(const struct ng_shard *shard, const uint64_t *rows, size_t count, uint8_t *left, size_t capacity,
                     struct ng_locate_walk *walks, struct ng_watch *watch) {
    if (count == 1) walk_alone(shard, rows[0], left + capacity, capacity, walks, watch);
    else locate(shard, rows, count,
                &(struct answers){.walking = true, .walks = walks, .left = left, .capacity = capacity}, watch);
}
