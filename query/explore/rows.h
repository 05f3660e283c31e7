/*
 * Many rows of a shard at once: work on runs of rows, shared out among threads. Internal to the query library.
 */
#ifndef NG_QUERY_EXPLORE_ROWS_H
#define NG_QUERY_EXPLORE_ROWS_H

#include <stddef.h>

#include "common/shard/shard.h"
#include "query/include/ngidx.h"

/* Rows of one shard, by their ranks among the living. Their answers go to answers[at, at + rows) of ng_rows_run. */
struct ng_rows {
    const struct ng_shard *shard;
    struct ng_interval all;  /* of the phrase */
    struct ng_interval some; /* of them, the rows to work on */
    uint64_t at;
    uint64_t first_turn; /* set by ng_rows_run */
};

/* Answers rows [first, first + count) of rows->some. Records damage in the container. Errors: NG_ERR_NOMEM. */
typedef int ng_rows_work(const struct ng_rows *rows, uint64_t first, size_t count, uint64_t *answers,
                         struct ng_watch *watch, struct ng_err *err);

/* Works on all runs, on several threads (0: one per processor). Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED. */
int ng_rows_run(const struct ng_index *index, struct ng_rows *runs, size_t run_count, ng_rows_work *work,
                uint64_t *answers, unsigned threads, struct ng_err *err);

#endif
