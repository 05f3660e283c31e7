/*
 * The plan of a build: what fits in the memory it may use.
 */
#ifndef NG_INDEXER_PLAN_H
#define NG_INDEXER_PLAN_H

#include <stdint.h>

#include "common/err.h"

struct ng_plan {
    uint64_t memory_bytes;
    uint64_t shard_rows; /* most rows (text bytes and documents) of a shard */
};

/* memory_bytes 0 is half of the memory that is available now; shard_bytes 0 is as large as memory allows.
 * Errors: NG_ERR_USAGE (shard_bytes does not fit the memory, memory too small for anything), NG_ERR_IO. */
int ng_plan_make(struct ng_plan *plan, uint64_t memory_bytes, uint64_t shard_bytes, struct ng_err *err);

#endif
