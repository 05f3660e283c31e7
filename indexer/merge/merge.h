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
#include "indexer/bwt/dense.h"
#include "indexer/bwt/run.h"

enum { NG_MERGE_FAN_IN = 8 };

/* The text of a block of documents, in a file. Blocks of a shard follow each other. */
struct ng_merge_text {
    const char *path; /* open only while it is read: a shard may have more blocks than a process may open files */
    uint64_t offset;
    uint64_t first_position; /* in the shard's text */
    uint64_t bytes;          /* documents, each with its terminator */
    uint64_t first_document;
    uint64_t documents;
};

/* done counts the symbols walked or moved of a shard's merging, total how many there will be. */
typedef void ng_merge_progress(void *context, uint64_t done, uint64_t total);

struct ng_merge {
    const struct ng_merge_text *texts; /* of all blocks, in order */
    size_t text_count;
    uint64_t sa_sample;
    uint64_t *samples; /* the row of each sampled position of the shard, within its run: moved along by merges */
    uint64_t *starts;  /* likewise of each document's first suffix */
    unsigned threads;
    uint64_t memory_bytes;  /* for everything that merging holds except samples and starts */
    const char *folder;     /* for results that do not fit into it */
    ng_merge_progress *progress; /* or NULL; called from the thread that called */
    void *progress_context;

    /* For ng_merge_runs; zero before. */
    uint64_t done;
    uint64_t total;
    uint64_t held_bytes; /* of BWTs in memory */
    struct ng_dense_room room;
};

/* Merges runs, which follow each other, into *out. Takes the runs over: they are freed. Errors: NG_ERR_NOMEM,
 * NG_ERR_IO, NG_ERR_NOSPACE. On success: ng_run_free of *out. */
int ng_merge_runs(struct ng_merge *merge, struct ng_run *runs, size_t count, struct ng_run *out, struct ng_err *err);

/* Least memory that merging the runs of a shard takes, in bytes. */
uint64_t ng_merge_memory(uint64_t rows, uint64_t sa_sample);

#endif
