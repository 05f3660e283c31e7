/*
 * Joins indexes into one. Shards are taken over unchanged, as hard links if the file system supports them;
 * neighbours are merged without sorting, by a rule. Appending builds the new documents into an index of their own next
 * to the old one, then joins the two and merges nothing: it costs what the new documents cost.
 */
#ifndef NG_INDEXER_BUILD_JOIN_H
#define NG_INDEXER_BUILD_JOIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "indexer/build/build.h"
#include "indexer/plan/tiers.h"

/* Text bytes of merged shards after which a compaction publishes them. Not fewer, because publishing looks at every
 * shard of the index. */
#define NG_COMPACT_STEP_BYTES (UINT64_C(16) << 20)

struct ng_join_options {
    const char *const *indexes; /* in the order of their documents */
    size_t index_count;
    const char *output;
    const char *id_field;  /* as for a build; NULL: the indexes' own, which must be the same */
    const char *url_field;
    bool force;            /* replace an existing index at output, which may be one of the inputs */
    enum ng_merge_rule rule;
    bool compact;          /* compact the only index, which is output: its first groups (compact.h) */
    uint64_t memory_bytes; /* as for a build */
    unsigned threads;
    uint64_t shard_bytes;  /* shards are merged up to this much text; 0: what memory allows */
    ng_build_progress *progress; /* or NULL */
    void *progress_context;
};

/* Joins the given indexes into the one at output; they stay unchanged. Documents are renumbered consecutively.
 * Errors: NG_ERR_NOTFOUND, NG_ERR_EXISTS, NG_ERR_USAGE (they differ in the distance of samples; memory),
 * NG_ERR_CORRUPT, NG_ERR_VERSION, NG_ERR_LIMIT, NG_ERR_NOMEM, NG_ERR_NOSPACE, NG_ERR_IO. */
int ng_join_run(const struct ng_join_options *options, struct ng_build_result *result, struct ng_err *err);

/* Shards that become one, or a shard that stays. */
struct ng_join_group {
    uint64_t first; /* of the shards of all indexes, counted from 0 */
    uint64_t shards;
    bool changes;        /* a compaction makes another shard of it */
    uint64_t documents;  /* including removed ones */
    uint64_t removed;    /* their bytes are dropped if the group is merged */
    uint64_t text_bytes; /* as documents */
    uint64_t file_bytes; /* of all views */
};

/* What ng_join_run would make of the shards, all groups of a compaction included; output is not looked at. On success,
 * free *groups. Errors: as above, but for those of writing. */
int ng_join_plan(const struct ng_join_options *options, struct ng_join_group **groups, uint64_t *count, struct ng_err *err);

/* Adds the documents of a corpus to the index at options->output, which stays usable and whole, whatever happens, until
 * the new one replaces it. Views and sample distances are the index's; so is the text field unless options name one.
 * *result describes the whole index, result->corpus what was added. Errors: as for ng_build_run and ng_join_run. */
int ng_join_append(const struct ng_build_options *options, struct ng_build_result *result, struct ng_err *err);

/* Plans what ng_join_append would build. Errors: as for ng_build_forecast, and those of reading the index. */
int ng_join_forecast(const struct ng_build_options *options, struct ng_build_forecast *forecast, struct ng_err *err);

#endif
