#include "query/explore/rows.h"

#include "common/base/order.h"
#include "common/os/parallel.h"
#include "query/lib/index.h"

/* Rows of one turn: enough that most lanes are busy most of the time, or that a sweep is fast; and as many turns as
 * there are threads. */
enum { LEAST_TURN_ROWS = 1 << 12, MOST_TURN_ROWS = 1 << 20 };

struct run {
    const struct ng_index *index;
    const struct ng_rows *runs;
    size_t run_count;
    ng_rows_work *work;
    uint64_t *answers;
    uint64_t turn_rows;
};

static int take_turn(void *context, uint64_t turn, struct ng_err *err) {
    const struct run *run = context;
    struct ng_watch watch = ng_watch_make(&run->index->cancel);
    size_t next = 1;
    NG_ORDER_SEEK(next, run->run_count, middle, run->runs[middle].first_turn <= turn);
    const struct ng_rows *rows = &run->runs[next - 1];
    uint64_t skipped = (turn - rows->first_turn) * run->turn_rows;
    uint64_t left = rows->some.end - rows->some.begin - skipped;
    size_t count = (size_t)(left < run->turn_rows ? left : run->turn_rows);
    int status = run->work(rows, rows->some.begin + skipped, count, run->answers + rows->at + skipped, &watch, err);
    return status ? status : ng_shard_outcome(rows->shard, &watch, err);
}

int ng_rows_run(const struct ng_index *index, struct ng_rows *runs, size_t run_count, ng_rows_work *work,
                uint64_t *answers, unsigned threads, struct ng_err *err) {
    struct run run = {.index = index, .runs = runs, .run_count = run_count, .work = work, .answers = answers};
    uint64_t turns = 0;
    uint64_t all = 0;
    threads = ng_parallel_threads(threads);
    for (size_t i = 0; i < run_count; i++) all += runs[i].some.end - runs[i].some.begin;
    run.turn_rows = all / threads + 1;
    if (run.turn_rows < LEAST_TURN_ROWS) run.turn_rows = LEAST_TURN_ROWS;
    if (run.turn_rows > MOST_TURN_ROWS) run.turn_rows = MOST_TURN_ROWS;
    for (size_t i = 0; i < run_count; i++) {
        runs[i].first_turn = turns;
        turns += (runs[i].some.end - runs[i].some.begin + run.turn_rows - 1) / run.turn_rows;
    }
    return ng_parallel_run(threads, turns, take_turn, &run, err);
}
