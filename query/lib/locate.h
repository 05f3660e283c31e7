/*
 * From rows to text positions, in one shard. Internal to the query library.
 */
#ifndef NG_QUERY_LIB_LOCATE_H
#define NG_QUERY_LIB_LOCATE_H

#include <stddef.h>

#include "common/shard/shard.h"

/* Finds the text positions of rows, given by their ranks (each below ng_shard_ranks). It takes at most
 * shard->sa_sample - 1 LF steps to the next sampled row, with many rows interleaved. positions[i] belongs to rows[i]. The
 * results of this file are valid only once ng_shard_outcome has returned NG_OK. */
void ng_locate_batch(const struct ng_shard *shard, const uint64_t *rows, size_t count, uint64_t *positions,
                     struct ng_watch *watch);

/* The position of a row that needs no step to locate, because it is sampled or ends a document. */
bool ng_locate_known(const struct ng_shard *shard, uint64_t row, uint64_t *position);

/* The document whose start an LF step reached: it gave NG_TERMINATOR and terminator_row. */
uint64_t ng_locate_started(const struct ng_shard *shard, uint64_t terminator_row);

/* A walk from a row to the left. */
struct ng_locate_walk {
    uint64_t position; /* of the row where it began */
    uint64_t row;      /* where it ended, distance bytes further left; meaningless if a document starts there */
    uint64_t distance;
};

/* As ng_locate_batch, but also keeps the bytes that it meets on the way. left has room for capacity bytes of each row, one
 * row after the other. The bytes kept are those next to the row's suffix, at the end of the row's part. */
void ng_locate_walks(const struct ng_shard *shard, const uint64_t *rows, size_t count, uint8_t *left, size_t capacity,
                     struct ng_locate_walk *walks, struct ng_watch *watch);

#endif
