/*
 * Merges small neighbouring shards of an index, which appending makes, by tiers (indexer/plan/tiers.h), and writes shards
 * with removed documents anew without them. A full compaction also rewrites shards of an earlier version of the format.
 * Documents keep their order, and their numbers if none was removed. Merged shards are published as soon as they hold
 * NG_COMPACT_STEP_BYTES of text. So a compaction that is killed loses little more than that, or one large shard, and the
 * next one goes on with the rest.
 */
#ifndef NG_INDEXER_BUILD_COMPACT_H
#define NG_INDEXER_BUILD_COMPACT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "indexer/build/build.h"
#include "indexer/build/join.h"

struct ng_compact_options {
    const char *index;
    bool full;             /* as few shards as fit the limits, instead of tiers; old shards are rewritten */
    uint64_t memory_bytes; /* as for a build */
    unsigned threads;
    uint64_t shard_bytes;  /* most text of a shard that is made; 0: the index's own limit, and what memory allows */
    ng_build_progress *progress; /* or NULL; shard counts those of the index as it is then */
    void *progress_context;
};

struct ng_compact_result {
    struct ng_build_result index;
    uint64_t merged_shards; /* merged into made_shards */
    uint64_t made_shards;
    uint64_t dropped_documents; /* removed before; their bytes are now gone */
};

/* Compacts an index, which stays usable meanwhile. *result tells what was done also after an error.
 * Errors: as for ng_join_run. */
int ng_compact_run(const struct ng_compact_options *options, struct ng_compact_result *result, struct ng_err *err);

/* The groups that a compaction would merge. On success, free *groups. Errors: as for ng_join_plan. */
int ng_compact_plan(const struct ng_compact_options *options, struct ng_join_group **groups, uint64_t *count,
                    struct ng_err *err);

#endif
