/*
 * Joins indexes into one. Shards are taken over as they are, as hard links where the file system has them; neighbours
 * that fit one shard together are merged into one, without sorting. And adds documents to an index: they are built
 * into an index of their own beside it, which is then joined to it.
 */
#ifndef NG_INDEXER_BUILD_JOIN_H
#define NG_INDEXER_BUILD_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "indexer/build/build.h"

struct ng_join_options {
    const char *const *indexes; /* in the order of their documents */
    size_t index_count;
    const char *output;
    bool force;            /* replace an index that is at output, which may be one of those joined */
    uint64_t memory_bytes; /* as for a build */
    unsigned threads;
    uint64_t shard_bytes;  /* shards are merged up to so much text; 0: what memory allows */
    ng_build_progress *progress; /* or NULL */
    void *progress_context;
};

/* Makes the index at output of those given; they stay as they are. Documents are numbered on from one to the next.
 * Errors: NG_ERR_NOTFOUND, NG_ERR_EXISTS, NG_ERR_USAGE (they differ in the distance of samples; memory), NG_ERR_CORRUPT,
 * NG_ERR_VERSION, NG_ERR_LIMIT, NG_ERR_NOMEM, NG_ERR_NOSPACE, NG_ERR_IO. */
int ng_join_run(const struct ng_join_options *options, struct ng_build_result *result, struct ng_err *err);

/* Adds the documents of a corpus to the index at options->output, which stays usable, and whole whatever happens, until
 * the new one takes its place. Views and sample distances are the index's; so is the text field where options name none.
 * *result tells of the whole index, result->corpus of what was added. Errors: those of ng_build_run and ng_join_run. */
int ng_join_append(const struct ng_build_options *options, struct ng_build_result *result, struct ng_err *err);

/* Plans what ng_join_append would build. Errors: as ng_build_forecast, and of reading the index. */
int ng_join_forecast(const struct ng_build_options *options, struct ng_build_forecast *forecast, struct ng_err *err);

#endif
