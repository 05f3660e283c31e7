/*
 * Merging of the sorted blocks of a shard into one BWT.
 *
 * Two neighbouring runs are merged by walking the text of one over the BWT of the other (dense.h), then interleaving
 * the two BWTs. Blocks are added to a growing run one after the other, a few at a time, and what comes out is merged
 * in the same way: with a fan-in of f each symbol is walked about once a level, and there are log_f levels, where
 * merging in pairs would walk each symbol log_2 / 2 times.
 */
#ifndef NG_INDEXER_MERGE_MERGE_H
#define NG_INDEXER_MERGE_MERGE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "indexer/bwt/run.h"
#include "indexer/sort/block.h"

enum { NG_MERGE_FAN_IN = 8 };

/* done counts the symbols walked or moved of a shard's merging, total how many there will be. */
typedef void ng_merge_progress(void *context, uint64_t done, uint64_t total);

struct ng_merge {
    struct ng_block *const *blocks; /* sorted, in order; their files are open only while they are read */
    size_t block_count;
    uint64_t sa_sample;
    uint64_t *samples; /* the row of each sampled position of the shard, within its run: moved along by merges */
    uint64_t *starts;  /* likewise of each document's first suffix */
    unsigned threads;
    uint64_t memory_bytes;  /* for everything that merging holds except samples and starts */
    const char *folder;     /* for results that do not fit into it */
    ng_merge_progress *progress; /* or NULL; called from the thread that called */
    void *progress_context;

    /* For ng_merge_blocks; zero before. */
    uint64_t done;
    uint64_t total;
    uint64_t held_bytes; /* of BWTs in memory */
};

/* Merges the BWTs of the blocks into *out. Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. On success: ng_run_free of
 * *out. */
int ng_merge_blocks(struct ng_merge *merge, struct ng_run *out, struct ng_err *err);

/* What merging does, in rows. */
struct ng_merge_work {
    double walked;
    double log2_bases; /* of each row walked, the binary logarithm of how many rows it was walked over; added up */
    double filled;     /* rows made ready to be walked over */
    double moved;      /* into results */
};

/* What merging this many blocks of equal size takes. */
void ng_merge_expect(uint64_t block_rows, uint64_t blocks, uint64_t memory_bytes, struct ng_merge_work *work);

/* Least memory that merging the runs of a shard takes, in bytes. */
uint64_t ng_merge_memory(uint64_t rows, uint64_t sa_sample);

#endif
