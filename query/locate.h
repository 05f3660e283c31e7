/*
 * From rows to text positions, in one shard. Internal to the query library.
 */
#ifndef NG_QUERY_LOCATE_H
#define NG_QUERY_LOCATE_H

#include <stddef.h>

#include "query/shard.h"

/* The text positions of rows (each below shard->rows): LF steps to the next sampled row, at most
 * shard->sa_sample - 1 of them, many rows interleaved. positions[i] belongs to rows[i]. */
void ng_locate_batch(const struct ng_shard *shard, const uint64_t *rows, size_t count, uint64_t *positions);

#endif
