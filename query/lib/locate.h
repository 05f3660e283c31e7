/*
 * From rows to text positions, in one shard. Internal to the query library.
 */
#ifndef NG_QUERY_LIB_LOCATE_H
#define NG_QUERY_LIB_LOCATE_H

#include <stddef.h>

#include "common/shard/shard.h"

/* The text positions of rows (each below shard->rows): LF steps to the next sampled row, at most
 * shard->sa_sample - 1 of them, many rows interleaved. positions[i] belongs to rows[i]. No
 * answer of this file means anything before ng_shard_outcome said that all is well. */
void ng_locate_batch(const struct ng_shard *shard, const uint64_t *rows, size_t count, uint64_t *positions,
                     struct ng_watch *watch);

/* A walk from a row to the left. */
struct ng_locate_walk {
    uint64_t position; /* of the row where it began */
    uint64_t row;      /* where it ended, so many bytes further left; no matter where a document starts there */
    uint64_t distance;
};

/* As ng_locate_batch for one row, of which the bytes are kept that are met on the way: those next to the row's
 * suffix, as many as were met and at most capacity, end where left_end points. */
void ng_locate_walk(const struct ng_shard *shard, uint64_t row, uint8_t *left_end, size_t capacity,
                    struct ng_locate_walk *walk, struct ng_watch *watch);

/* The same for many rows side by side; left has capacity bytes for each, one after the other, and the bytes kept are
 * those next to the end of each row's part. */
void ng_locate_walks(const struct ng_shard *shard, const uint64_t *rows, size_t count, uint8_t *left, size_t capacity,
                     struct ng_locate_walk *walks, struct ng_watch *watch);

#endif
