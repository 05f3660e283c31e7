#include "indexer/plan/tiers.h"

#include <stdbool.h>
#include <stdlib.h>

/* Neighbours that are to become one shard, or a shard alone. */
struct group {
    uint64_t shards;
    struct ng_merge_size size;
    bool full;     /* it stays as it is */
    unsigned tier; /* its own, or that of a shard behind it if that is higher */
};

struct ng_merge_limits ng_merge_limits_of(const struct ng_plan *plan) {
    /* A shard that is taken apart is held in memory, text and BWT. */
    return (struct ng_merge_limits){.text_bytes = plan->shard_text, .weight = plan->shard_weight,
                                    .part_weight = plan->merge_memory_bytes / 3};
}

static struct ng_merge_size size_of(const struct ng_manifest_shard *shard) {
    const struct ng_manifest_removed *removed = &shard->removed;
    uint64_t text = shard->text_bytes - removed->text_bytes;
    return (struct ng_merge_size){text, ng_plan_weight(text, shard->documents - removed->documents),
                                  ng_plan_weight(shard->text_bytes, shard->documents)};
}

struct ng_merge_size ng_merge_size_of(const struct ng_manifest_shard *shard, const struct ng_manifest_shard *folded) {
    struct ng_merge_size size = size_of(shard);
    if (!folded) return size;
    /* The folded text is rarely the longer one. */
    struct ng_merge_size other = size_of(folded);
    if (other.weight > size.weight) size.weight = other.weight;
    if (other.part_weight > size.part_weight) size.part_weight = other.part_weight;
    return size;
}

static unsigned find_tier(uint64_t text_bytes) {
    unsigned tier = 0;
    for (uint64_t rest = text_bytes / NG_TIER_LEAST_BYTES; rest > 0; rest /= NG_TIER_SHARDS) tier++;
    return tier;
}

/* Merges neighbours as long as they fit; *count is how many groups there are then, from the start of groups on. A shard
 * is made only if there are at least `enough` neighbours left to make it of. */
static void merge_fitting(struct group *groups, uint64_t *count, uint64_t enough, const struct ng_merge_limits *limits) {
    uint64_t kept = 0;
    bool open = *count >= enough;
    for (uint64_t i = 1; i < *count; i++) {
        struct group *last = &groups[kept];
        const struct group *next = &groups[i];
        uint64_t text = last->size.text_bytes + next->size.text_bytes;
        uint64_t weight = last->size.weight + next->size.weight;
        bool fits = !last->full && !next->full && text <= limits->text_bytes && weight <= limits->weight;
        if (open && !fits) open = *count - i >= enough;
        else if (open) {
            last->shards += next->shards;
            last->size.text_bytes = text;
            last->size.weight = weight;
            continue;
        }
        groups[++kept] = *next;
    }
    if (*count > 0) *count = kept + 1;
}

/* Tiers descend from one full shard to the next: a small shard before a larger one counts as one of the larger's. */
static void find_tiers(struct group *groups, uint64_t count, const struct ng_merge_limits *limits) {
    unsigned highest = 0;
    for (uint64_t i = count; i-- > 0;) {
        struct group *group = &groups[i];
        group->full = group->full || group->size.text_bytes > limits->text_bytes / 2 || group->size.weight > limits->weight / 2;
        unsigned tier = find_tier(group->size.text_bytes);
        if (group->full) highest = 0;
        else if (tier > highest) highest = tier;
        group->tier = highest;
    }
}

/* Merges the shards of each tier that has too many of them; the results may then be too many of a higher one. */
static void merge_tiers(struct group *groups, uint64_t *count, const struct ng_merge_limits *limits) {
    for (uint64_t before = *count + 1; *count < before;) {
        uint64_t kept = 0;
        before = *count;
        find_tiers(groups, before, limits);
        for (uint64_t at = 0; at < before;) {
            uint64_t same = 1;
            while (at + same < before && groups[at + same].full == groups[at].full &&
                   groups[at + same].tier == groups[at].tier) {
                same++;
            }
            uint64_t left = same;
            if (!groups[at].full) merge_fitting(groups + at, &left, NG_TIER_SHARDS, limits);
            for (uint64_t i = 0; i < left; i++) groups[kept++] = groups[at + i];
            at += same;
        }
        *count = kept;
    }
}

int ng_merge_groups(const struct ng_merge_size *shards, uint64_t count, enum ng_merge_rule rule,
                    const struct ng_merge_limits *limits, uint64_t *groups, uint64_t *group_count, struct ng_err *err) {
    struct group *list = calloc((size_t)count, sizeof *list);
    if (!list) return ng_err_nomem(err, count * sizeof *list, "the groups of shards");
    for (uint64_t i = 0; i < count; i++) {
        list[i] = (struct group){.shards = 1, .size = shards[i], .full = shards[i].part_weight > limits->part_weight};
    }
    *group_count = count;
    if (rule == NG_MERGE_FITTING) merge_fitting(list, group_count, 1, limits);
    if (rule == NG_MERGE_TIERS) merge_tiers(list, group_count, limits);
    for (uint64_t i = 0; i < *group_count; i++) groups[i] = list[i].shards;
    free(list);
    return NG_OK;
}
