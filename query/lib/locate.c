#include "query/lib/locate.h"

#include "common/container/ahead.h"
#include "common/shard/shard_format.h"

enum { LANES = NG_RANK_BATCH };

struct lane {
    size_t index;      /* of the row that it started from */
    uint64_t row;      /* that it has come to; not kept up where only positions are wanted */
    uint64_t distance; /* LF steps so far: how far the position lies behind that of the lane's row */
};

bool ng_locate_known(const struct ng_shard *shard, uint64_t row, uint64_t *position) {
    if (row >= shard->first_terminator_row) {
        *position = ng_docs_end(&shard->docs, row - shard->first_terminator_row);
        return true;
    }
    bool marked;
    uint64_t sample = ng_ef_rank(&shard->marks, row, &marked);
    if (!marked) return false;
    uint64_t largest = (shard->rows - 1) / shard->sa_sample;
    *position = ng_shard_array_get(&shard->samples, sample, largest) * shard->sa_sample;
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

void ng_locate_walk(const struct ng_shard *shard, uint64_t row, uint8_t *left_end, size_t capacity,
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
static void ask(const struct ng_shard *shard, const struct ng_rank_step *steps, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ng_ef_ask_directory(&shard->marks, steps[i].row);
        ng_rank_ask_super(&shard->rank, steps[i].row);
    }
    for (size_t i = 0; i < count; i++) {
        ng_ef_prefetch(&shard->marks, steps[i].row);
        ng_rank_ask_leaf(&shard->rank, steps[i].row);
    }
}

static void locate(const struct ng_shard *shard, const uint64_t *rows, size_t count, const struct answers *answers,
                   struct ng_watch *watch) {
    struct lane lanes[LANES];
    struct ng_rank_step steps[LANES];
    size_t used = 0;
    size_t next = 0;
    while ((used > 0 || next < count) && !ng_watch_stops(watch, used)) {
        for (; used < LANES && next < count; next++, used++) {
            uint64_t row = ng_shard_row_of_rank(shard, rows[next]);
            lanes[used] = (struct lane){.index = next, .row = row};
            steps[used] = (struct ng_rank_step){.row = row};
        }
        if (ng_ahead_asks()) ask(shard, steps, used);
        for (size_t i = 0; i < used; i++) ng_ef_prefetch(&shard->marks, steps[i].row);
        for (size_t i = 0; i < used;) {
            uint64_t position;
            /* In a sound shard no chain is longer than the sample distance. */
            bool lost = lanes[i].distance >= shard->sa_sample;
            if (lost) ng_container_mark_damaged(shard->container);
            if (!lost && !ng_locate_known(shard, steps[i].row, &position)) {
                i++;
                continue;
            }
            answer(answers, &lanes[i], lanes[i].row, lost ? 0 : bounded_sum(shard, position, lanes[i].distance));
            used--;
            lanes[i] = lanes[used];
            steps[i] = steps[used];
        }
        ng_rank_lf_batch(&shard->rank, steps, used);
        for (size_t i = 0; i < used;) {
            if (steps[i].symbol != NG_TERMINATOR) {
                step_left(answers, &lanes[i], &steps[i]);
                i++;
                continue;
            }
            answer(answers, &lanes[i], lanes[i].row,
                   bounded_sum(shard, start_position(shard, steps[i].row), lanes[i].distance));
            used--;
            lanes[i] = lanes[used];
            steps[i] = steps[used];
        }
    }
}

void ng_locate_batch(const struct ng_shard *shard, const uint64_t *rows, size_t count, uint64_t *positions,
                     struct ng_watch *watch) {
    if (count == 1) {
        struct ng_locate_walk walk;
        ng_locate_walk(shard, rows[0], NULL, 0, &walk, watch);
        positions[0] = walk.position;
        return;
    }
    locate(shard, rows, count, &(struct answers){.positions = positions}, watch);
}

void ng_locate_walks(const struct ng_shard *shard, const uint64_t *rows, size_t count, uint8_t *left, size_t capacity,
                     struct ng_locate_walk *walks, struct ng_watch *watch) {
    if (count == 1) ng_locate_walk(shard, rows[0], left + capacity, capacity, walks, watch);
    else locate(shard, rows, count,
                &(struct answers){.walking = true, .walks = walks, .left = left, .capacity = capacity}, watch);
}
