/*
 * Rows in ascending order read the rank structure from front to back, so neighbours find what they need in the cache.
 * LF-mapping keeps the order of rows with the same symbol. So after each step one pass that sorts by symbol puts all
 * rows in order again. With a row for every leaf or more, a step takes less than half the time of one in any order.
 *
 * A row that comes to another row of the sweep stops there: its position follows from that one's. So no symbol of the
 * text is walked twice, however far samples are apart, as they are in folded text.
 */
#include "query/explore/sweep.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/symbols.h"
#include "common/shard/shard_format.h"
#include "query/lib/locate.h"

enum { AHEAD = 8, BATCH = 2 * NG_RANK_BATCH };

/* Rows that share memory, whatever the shard; and the fewest that are worth it. */
enum { MANY_ROWS = 1 << 14, LEAST_ROWS = 2 * BATCH };

bool ng_rows_sweep_pays(const struct ng_shard *shard, size_t count) {
    return count >= MANY_ROWS || (count >= LEAST_ROWS && count > shard->rows / shard->sa_sample);
}

/* The position of a row is that of row number `to` of the sweep, and a distance of 1 or more. 0: it is in answers. */
struct link {
    uint32_t to;
    uint32_t distance;
};

struct sweep {
    struct ng_rank_step *steps; /* in ascending order of rows; owned */
    uint32_t *indexes;          /* of the answers; owned */
    struct ng_rank_step *sorted_steps; /* owned */
    uint32_t *sorted_indexes;          /* owned */
    size_t used;
    size_t count;
    struct link *links; /* of each answer; owned. NULL where documents are wanted, or rows are not in one piece */
};

static void sweep_close(struct sweep *s) {
    free(s->steps);
    free(s->indexes);
    free(s->sorted_steps);
    free(s->sorted_indexes);
    free(s->links);
}

static int sweep_open(struct sweep *s, const struct ng_shard *shard, uint64_t first, size_t count, bool linked,
                      struct ng_err *err) {
    *s = (struct sweep){.steps = malloc(count * sizeof *s->steps), .indexes = malloc(count * sizeof *s->indexes),
                        .sorted_steps = malloc(count * sizeof *s->steps),
                        .sorted_indexes = malloc(count * sizeof *s->indexes), .used = count,
                        .count = count, .links = linked ? calloc(count, sizeof *s->links) : NULL};
    if (!s->steps || !s->indexes || !s->sorted_steps || !s->sorted_indexes || (linked && !s->links)) {
        sweep_close(s);
        return ng_err_nomem(err, count * (2 * (sizeof *s->steps + sizeof *s->indexes) + sizeof *s->links), "rows");
    }
    for (size_t i = 0; i < count; i++) {
        s->steps[i] = (struct ng_rank_step){.row = ng_shard_row_of_rank(shard, first + i)};
        s->indexes[i] = (uint32_t)i;
    }
    return NG_OK;
}

static void keep(struct sweep *s, size_t to, size_t from) {
    s->steps[to] = s->steps[from];
    s->indexes[to] = s->indexes[from];
}

/* Rows whose positions are known leave. */
static void settle(const struct ng_shard *shard, struct sweep *s, uint64_t distance, bool documents,
                   uint64_t *answers) {
    size_t kept = 0;
    for (size_t i = 0; i < s->used; i++) {
        uint64_t position;
        if (i + AHEAD < s->used) ng_ef_prefetch(&shard->marks, s->steps[i + AHEAD].row);
        if (!ng_locate_known(shard, s->steps[i].row, &position)) {
            keep(s, kept++, i);
            continue;
        }
        if (distance >= shard->rows - position) { /* position is below rows, so this is no sound shard */
            ng_container_mark_damaged(shard->container);
            position = 0;
        } else if (!documents) {
            position += distance;
        }
        answers[s->indexes[i]] = documents ? ng_docs_of_position(&shard->docs, position) : position;
    }
    s->used = kept;
}

static uint64_t start_and(const struct ng_shard *shard, uint64_t document, uint64_t distance) {
    uint64_t start = ng_docs_start(&shard->docs, document);
    if (start < shard->rows && distance < shard->rows - start) return start + distance;
    ng_container_mark_damaged(shard->container);
    return 0;
}

/* Rows that came to the start of their document leave; so do those that came to one of the rows in stop: another row of
 * the phrase, where documents are wanted, or one that has a link. Counts the symbols of the others. */
static void leave(const struct ng_shard *shard, struct ng_interval stop, struct sweep *s, uint64_t distance,
                  bool documents, uint64_t *answers, size_t counts[256]) {
    size_t kept = 0;
    memset(counts, 0, 256 * sizeof *counts);
    for (size_t i = 0; i < s->used; i++) {
        const struct ng_rank_step *step = &s->steps[i];
        uint64_t *answer = &answers[s->indexes[i]];
        if (step->symbol == NG_TERMINATOR) {
            uint64_t document = ng_locate_started(shard, step->row);
            *answer = documents ? document : start_and(shard, document, distance);
        } else if (step->row - stop.begin < stop.end - stop.begin && (documents || distance < UINT32_MAX)) {
            *answer = UINT64_MAX;
            if (s->links) {
                s->links[s->indexes[i]] = (struct link){(uint32_t)(step->row - stop.begin), (uint32_t)distance + 1};
            }
        } else {
            counts[step->symbol]++;
            keep(s, kept++, i);
        }
    }
    s->used = kept;
}

static void sort(struct sweep *s, size_t counts[256]) {
    ng_symbols_starts(counts);
    for (size_t i = 0; i < s->used; i++) {
        size_t to = counts[s->steps[i].symbol]++;
        s->sorted_steps[to] = s->steps[i];
        s->sorted_indexes[to] = s->indexes[i];
    }
    struct ng_rank_step *steps = s->steps;
    uint32_t *indexes = s->indexes;
    s->steps = s->sorted_steps;
    s->indexes = s->sorted_indexes;
    s->sorted_steps = steps;
    s->sorted_indexes = indexes;
}

/* Gives rows that stopped at others their positions. Each link is followed twice. */
static void follow_links(const struct ng_shard *shard, struct sweep *s, uint64_t *answers) {
    for (size_t i = 0; i < s->count; i++) {
        uint64_t distance = 0;
        size_t to = i;
        size_t links = 0;
        for (; s->links[to].distance > 0 && links < s->count; to = s->links[to].to, links++) {
            distance += s->links[to].distance;
        }
        uint64_t position = answers[to];
        /* Damage may make a ring of links, or lead beyond the text. */
        if (s->links[to].distance > 0 || position >= shard->rows || distance >= shard->rows - position) {
            ng_container_mark_damaged(shard->container);
            return;
        }
        for (size_t at = i; s->links[at].distance > 0;) {
            struct link link = s->links[at];
            answers[at] = position + distance;
            distance -= link.distance;
            s->links[at].distance = 0;
            at = link.to;
        }
    }
}

int ng_rows_sweep(const struct ng_rows *rows, uint64_t first, size_t count, bool documents, uint64_t *answers,
                  struct ng_watch *watch, struct ng_err *err) {
    const struct ng_shard *shard = rows->shard;
    struct ng_interval stop = rows->all;
    struct sweep s;
    size_t counts[256];
    /* Where documents were removed, rows of the sweep are no interval. */
    bool linked = !documents && !shard->removed.container;
    ng_shard_to_rows(shard, &stop.begin, &stop.end);
    if (!documents) stop = (struct ng_interval){first, linked ? first + count : first};
    int status = sweep_open(&s, shard, first, count, linked, err);
    if (status) return status;
    for (uint64_t distance = 0; s.used > 0; distance++) {
        settle(shard, &s, distance, documents, answers);
        if (distance >= shard->sa_sample && s.used > 0) { /* in a sound shard no chain is longer */
            ng_container_mark_damaged(shard->container);
            break;
        }
        for (size_t at = 0; at < s.used && !ng_watch_stops(watch, BATCH); at += BATCH) {
            ng_rank_lf_batch(&shard->rank, s.steps + at, s.used - at < BATCH ? s.used - at : BATCH);
        }
        if (watch->stopped) break;
        leave(shard, stop, &s, distance, documents, answers, counts);
        sort(&s, counts);
    }
    if (linked && !watch->stopped && s.used == 0) follow_links(shard, &s, answers);
    sweep_close(&s);
    return NG_OK;
}
