/*
 * The plan of a build: what fits in the memory it may use.
 */
#ifndef NG_INDEXER_PLAN_H
#define NG_INDEXER_PLAN_H

#include <stdint.h>

#include "common/err.h"

struct ng_plan_options {
    uint64_t memory_bytes; /* 0: half of what is available now */
    unsigned threads;      /* 0: one a processor */
    uint64_t shard_bytes;  /* most text of a shard; 0: what memory allows, a power of two */
    uint64_t block_bytes;  /* most text of a block; 0: what memory allows, up to NG_PLAN_BLOCK_BYTES */
    uint64_t sa_sample;
};

struct ng_plan {
    uint64_t memory_bytes;
    unsigned threads;
    uint64_t shard_rows;         /* most rows (text bytes and documents) of a shard */
    uint64_t block_rows;         /* most rows of a block, unless one document has more */
    uint64_t block_memory_bytes; /* most memory that sorting a block may take, unless it is one document */
    uint64_t merge_memory_bytes;
};

/* Larger blocks gain little: sorting slows down about as fast as merging has less to do. */
#define NG_PLAN_BLOCK_BYTES (UINT64_C(64) << 20)

/* Errors: NG_ERR_USAGE (what was asked for does not fit the memory, memory too small for anything), NG_ERR_IO. */
int ng_plan_make(struct ng_plan *plan, const struct ng_plan_options *options, struct ng_err *err);

/* Most rows of the block to come, so that about so many rows make blocks of equal size and no thread is left over. */
uint64_t ng_plan_block(const struct ng_plan *plan, uint64_t expected_rows);

#endif
