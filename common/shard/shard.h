/*
 * One open shard: its container, the rank structure, samples and documents. Internal to the query library.
 *
 * Functions here that return a number instead of a status record damage in the container. The function that started the
 * query checks ng_shard_status before it uses the result.
 */
#ifndef NG_COMMON_SHARD_SHARD_H
#define NG_COMMON_SHARD_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/cancel.h"
#include "common/base/err.h"
#include "common/container/container.h"
#include "common/rank/ef.h"
#include "common/rank/rank.h"
#include "common/rank/table.h"
#include "common/shard/docs.h"
#include "common/shard/jump.h"
#include "common/shard/removed.h"

/* Packed numbers in a section. */
struct ng_shard_array {
    struct ng_view view;
    uint64_t at;    /* offset of the first in the section */
    uint64_t count;
    unsigned width;
};

struct ng_shard {
    struct ng_container *container;
    struct ng_rank rank;
    struct ng_rank_table table;      /* of rank, while the shard is expanded */
    struct ng_jump jump;
    struct ng_ef marks;              /* rows that have an SA sample */
    struct ng_shard_array samples;   /* their positions / sa_sample */
    struct ng_ef short_cut_elements;   /* elements of the samples' permutation that have a short cut */
    struct ng_shard_array short_cuts;  /* where the short cuts lead */
    struct ng_shard_array doc_order; /* documents in the order of their first suffixes */
    struct ng_docs docs;
    struct ng_removed removed;       /* opened by whoever opens the shard, closed with it */
    uint64_t rows;
    uint64_t documents;
    uint64_t sa_sample;
    uint64_t first_terminator_row;   /* rows from here on are the documents' ends, in the documents' order */
};

/* Opens a shard. Takes over the container, even on an error. On success, close shard with ng_shard_close. Errors:
 * NG_ERR_CORRUPT, NG_ERR_NOMEM. */
int ng_shard_open(struct ng_shard *shard, struct ng_container *container, struct ng_err *err);

/* Idempotent. */
void ng_shard_close(struct ng_shard *shard);

/* NG_OK as long as no damage has been met in the shard; else NG_ERR_CORRUPT. */
int ng_shard_status(const struct ng_shard *shard, struct ng_err *err);

/* Whether work on the shard was completed: NG_ERR_CANCELLED if the watch stopped it, else as ng_shard_status. */
int ng_shard_outcome(const struct ng_shard *shard, const struct ng_watch *watch, struct ng_err *err);

/* Rows by their ranks among the living (removed.h). Without removed documents rows and ranks are the same. */
static inline uint64_t ng_shard_ranks(const struct ng_shard *shard) {
    return shard->rows - shard->removed.rows.count;
}

static inline void ng_shard_to_ranks(const struct ng_shard *shard, uint64_t *begin, uint64_t *end) {
    if (shard->removed.container) ng_removed_to_ranks(&shard->removed, begin, end);
}

static inline void ng_shard_prefetch_ranks(const struct ng_shard *shard, uint64_t row) {
    if (shard->removed.container) ng_ef_prefetch(&shard->removed.rows, row);
}

static inline uint64_t ng_shard_row_of_rank(const struct ng_shard *shard, uint64_t rank) {
    return shard->removed.container ? ng_removed_row(&shard->removed, rank) : rank;
}

/* The least rows that hold all those of the ranks [*begin, *end). */
static inline void ng_shard_to_rows(const struct ng_shard *shard, uint64_t *begin, uint64_t *end) {
    if (!shard->removed.container || *begin == *end) return;
    *end = ng_removed_row(&shard->removed, *end - 1) + 1;
    *begin = ng_removed_row(&shard->removed, *begin);
}

/* Element index of an array, at most largest; damage gives 0. */
uint64_t ng_shard_array_get(const struct ng_shard_array *array, uint64_t index, uint64_t largest);

/* Asks for the memory that ng_shard_array_get(array, index) will read. index may be anything. */
void ng_shard_array_prefetch(const struct ng_shard_array *array, uint64_t index);

/* The inverse of the samples: the row of text position number * sa_sample, which is below rows. Meaningless if
 * ng_shard_status reports damage. */
uint64_t ng_shard_sampled_row(const struct ng_shard *shard, uint64_t number);

/* As ng_shard_sampled_row, for up to NG_SHARD_WALKS numbers, side by side. */
enum { NG_SHARD_WALKS = NG_RANK_BATCH };
void ng_shard_sampled_rows(const struct ng_shard *shard, const uint64_t *numbers, size_t count, uint64_t *rows);

#endif
