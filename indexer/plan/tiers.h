/*
 * Which neighbouring shards to merge. Documents keep their order, so only neighbours can be merged.
 *
 * By tiers: a tier holds shards of up to four times the text of the tier below, and up to three of them. With a fourth,
 * all of the tier become one. So an index that grows by small shards rewrites a byte a few times for each tier it
 * passes through, and has at most 27 shards for 1 TB of text, if they fit the limits. A shard that counts for more than
 * half of a limit is full: it stays as it is.
 */
#ifndef NG_INDEXER_PLAN_TIERS_H
#define NG_INDEXER_PLAN_TIERS_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/shard/manifest.h"
#include "indexer/plan/budget.h"

enum { NG_TIER_SHARDS = 4 }; /* that are merged; and the ratio of the sizes of tiers */

#define NG_TIER_LEAST_BYTES (UINT64_C(16) << 20) /* of text, from which on a shard is above the lowest tier */

enum ng_merge_rule {
    NG_MERGE_FITTING, /* as many neighbours as fit into one shard */
    NG_MERGE_TIERS,
    NG_MERGE_NOTHING
};

struct ng_merge_limits {
    uint64_t text_bytes;  /* of a shard that is made */
    uint64_t weight;      /* of it (ng_plan_weight) */
    uint64_t part_weight; /* of each of the shards that it is made of */
};

/* What a shard counts against the limits: without its removed documents, but for part_weight. */
struct ng_merge_size {
    uint64_t text_bytes;
    uint64_t weight; /* of its longest view */
    uint64_t part_weight;
};

/* The limits of a plan. */
struct ng_merge_limits ng_merge_limits_of(const struct ng_plan *plan);

/* folded may be NULL. */
struct ng_merge_size ng_merge_size_of(const struct ng_manifest_shard *shard, const struct ng_manifest_shard *folded);

/* Cuts count shards into groups, each to become one shard: groups, an array of count, gets the number of shards of each;
 * it begins with the first shards. Errors: NG_ERR_NOMEM. */
int ng_merge_groups(const struct ng_merge_size *shards, uint64_t count, enum ng_merge_rule rule,
                    const struct ng_merge_limits *limits, uint64_t *groups, uint64_t *group_count, struct ng_err *err);

#endif
