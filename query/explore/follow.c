#include "query/explore/follow.h"

#include "common/shard/shard_format.h"
#include "query/explore/sweep.h"
#include "query/lib/locate.h"

enum { LANES = NG_RANK_BATCH };

int ng_rows_positions(const struct ng_rows *rows, uint64_t first, size_t count, uint64_t *answers,
                      struct ng_watch *watch, struct ng_err *err) {
    enum { PIECE = 4096 };
    uint64_t numbers[PIECE];
    if (ng_rows_sweep_pays(rows->shard, count)) return ng_rows_sweep(rows, first, count, false, answers, watch, err);
    for (size_t at = 0; at < count; at += PIECE) {
        size_t some = count - at < PIECE ? count - at : PIECE;
        for (size_t i = 0; i < some; i++) numbers[i] = first + at + i;
        ng_locate_batch(rows->shard, numbers, some, answers + at, watch);
    }
    return NG_OK;
}

struct lane {
    size_t index;
    uint64_t distance;
};

/* Chains of LF steps, side by side. */
struct lanes {
    struct lane lanes[LANES];
    struct ng_rank_step steps[LANES];
    size_t used;
};

static void remove_lane(struct lanes *l, size_t i) {
    l->used--;
    l->lanes[i] = l->lanes[l->used];
    l->steps[i] = l->steps[l->used];
}

static bool is_among(struct ng_interval interval, uint64_t row) {
    return row - interval.begin < interval.end - interval.begin;
}

/* Rows whose documents are known without another step leave. */
static void settle_documents(const struct ng_shard *shard, struct lanes *l, uint64_t *answers) {
    for (size_t i = 0; i < l->used; i++) ng_ef_prefetch(&shard->marks, l->steps[i].row);
    for (size_t i = 0; i < l->used;) {
        uint64_t position = 0;
        /* In a sound shard no chain is longer than the sample distance. */
        bool lost = l->lanes[i].distance >= shard->sa_sample;
        if (lost) ng_container_mark_damaged(shard->container);
        if (!lost && !ng_locate_known(shard, l->steps[i].row, &position)) {
            i++;
            continue;
        }
        answers[l->lanes[i].index] = lost ? 0 : ng_docs_of_position(&shard->docs, position);
        remove_lane(l, i);
    }
}

int ng_rows_documents(const struct ng_rows *rows, uint64_t first, size_t count, uint64_t *answers,
                      struct ng_watch *watch, struct ng_err *err) {
    const struct ng_shard *shard = rows->shard;
    struct ng_interval all = rows->all;
    struct lanes l;
    size_t next = 0;
    if (ng_rows_sweep_pays(shard, count)) return ng_rows_sweep(rows, first, count, true, answers, watch, err);
    ng_shard_to_rows(shard, &all.begin, &all.end);
    l.used = 0;
    while ((l.used > 0 || next < count) && !ng_watch_stops(watch, l.used)) {
        for (; l.used < LANES && next < count; next++, l.used++) {
            l.lanes[l.used] = (struct lane){.index = next};
            l.steps[l.used] = (struct ng_rank_step){.row = ng_shard_row_of_rank(shard, first + next)};
        }
        settle_documents(shard, &l, answers);
        ng_rank_lf_batch(&shard->rank, l.steps, l.used);
        for (size_t i = 0; i < l.used;) {
            uint64_t row = l.steps[i].row;
            bool at_start = l.steps[i].symbol == NG_TERMINATOR;
            l.lanes[i].distance++;
            if (!at_start && !is_among(all, row)) {
                i++;
                continue;
            }
            answers[l.lanes[i].index] = at_start ? ng_locate_started(shard, row) : UINT64_MAX;
            remove_lane(&l, i);
        }
    }
    return NG_OK;
}

void ng_rows_first(const struct ng_shard *shard, struct ng_interval all, const uint64_t *rows, size_t count,
                   uint64_t most_steps, uint8_t *is_first, struct ng_watch *watch) {
    struct lanes l;
    size_t next = 0;
    uint64_t taken = 0;
    l.used = 0;
    ng_shard_to_rows(shard, &all.begin, &all.end);
    for (size_t i = 0; i < count; i++) is_first[i] = 2;
    while ((l.used > 0 || next < count) && taken < most_steps && !ng_watch_stops(watch, l.used)) {
        for (; l.used < LANES && next < count; next++, l.used++) {
            l.lanes[l.used] = (struct lane){.index = next};
            l.steps[l.used] = (struct ng_rank_step){.row = ng_shard_row_of_rank(shard, rows[next])};
        }
        ng_rank_lf_batch(&shard->rank, l.steps, l.used);
        taken += l.used;
        for (size_t i = 0; i < l.used;) {
            bool at_start = l.steps[i].symbol == NG_TERMINATOR;
            if (!at_start && !is_among(all, l.steps[i].row)) {
                i++;
                continue;
            }
            is_first[l.lanes[i].index] = at_start;
            remove_lane(&l, i);
        }
    }
}

/* Starts the chains that lead to positions: at the next sample, or at the end of the document. */
static void start_chains(const struct ng_shard *shard, const uint64_t *positions, size_t count, struct lanes *l) {
    uint64_t samples[LANES];
    uint64_t rows[LANES];
    size_t sampled = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t document = ng_docs_of_position(&shard->docs, positions[i]);
        uint64_t end = ng_docs_end(&shard->docs, document);
        uint64_t sample = (positions[i] + shard->sa_sample - 1) / shard->sa_sample;
        uint64_t from = sample * shard->sa_sample;
        l->steps[i] = (struct ng_rank_step){.row = UINT64_MAX};
        if (from < end) {
            samples[sampled++] = sample;
        } else {
            from = end;
            l->steps[i].row = shard->first_terminator_row + document;
        }
        l->lanes[i] = (struct lane){.index = i, .distance = from >= positions[i] ? from - positions[i] : 0};
    }
    ng_shard_sampled_rows(shard, samples, sampled, rows);
    for (size_t i = count; i-- > 0;) {
        if (l->steps[i].row == UINT64_MAX) l->steps[i].row = rows[--sampled];
    }
    l->used = count;
}

void ng_rows_of_positions(const struct ng_shard *shard, const uint64_t *positions, size_t count, uint64_t *rows,
                          struct ng_watch *watch) {
    struct lanes l;
    for (size_t at = 0; at < count; at += LANES) {
        start_chains(shard, positions + at, count - at < LANES ? count - at : LANES, &l);
        while (l.used > 0) {
            for (size_t i = 0; i < l.used;) {
                if (l.lanes[i].distance > 0) {
                    l.lanes[i++].distance--;
                    continue;
                }
                uint64_t row = l.steps[i].row;
                uint64_t *rank = &rows[at + l.lanes[i].index];
                *rank = row;
                ng_shard_to_ranks(shard, rank, &row);
                remove_lane(&l, i);
            }
            if (ng_watch_stops(watch, l.used)) return;
            ng_rank_lf_batch(&shard->rank, l.steps, l.used);
        }
    }
}
