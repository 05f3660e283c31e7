/*
 * Many rows of a shard at once: work on runs of rows, shared out among threads. Internal to the query library.
 */
#ifndef NG_QUERY_EXPLORE_ROWS_H
#define NG_QUERY_EXPLORE_ROWS_H

#include <stddef.h>

#include "common/shard/shard.h"
#include "query/include/ngidx.h"

/* Rows of one shard. Their answers go to answers[at, at + rows) of ng_rows_run. */
struct ng_rows {
    const struct ng_shard *shard;
    struct ng_interval all;  /* of the phrase */
    struct ng_interval some; /* of them, the rows to work on */
    uint64_t at;
    uint64_t first_turn; /* set by ng_rows_run */
};

/* Answers rows [first, first + count) of rows->some. Damage is recorded in the container. */
typedef void ng_rows_work(const struct ng_rows *rows, uint64_t first, size_t count, uint64_t *answers,
                          struct ng_watch *watch);

/* Works on all runs, on several threads (0: one per processor). Errors: NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_rows_run(const struct ng_index *index, struct ng_rows *runs, size_t run_count, ng_rows_work *work,
                uint64_t *answers, unsigned threads, struct ng_err *err);

/* Work: the text position of each row. */
ng_rows_work ng_rows_positions;

/* Work: the number of each row's document in the shard. UINT64_MAX if the document holds another row of the phrase
 * further left, but not every such row is told. */
ng_rows_work ng_rows_documents;

/* Follows rows of a phrase to the left, each to the next row of the phrase or the start of its document. is_first[i] is
 * 1 if the document starts there, and 0 if not. After most_steps LF steps in all, rows that are not yet done get 2. */
void ng_rows_first(const struct ng_shard *shard, struct ng_interval all, const uint64_t *rows, size_t count,
                   uint64_t most_steps, uint8_t *is_first, struct ng_watch *watch);

/* The rows of text positions, each below shard->rows. */
void ng_rows_of_positions(const struct ng_shard *shard, const uint64_t *positions, size_t count, uint64_t *rows,
                          struct ng_watch *watch);

#endif
