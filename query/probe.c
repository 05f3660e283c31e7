#include "query/probe.h"

/* The probes under way: probes[i] of lane number[i] has found rows[i] so far. */
struct lanes {
    size_t number[NG_PROBE_LANES];
    struct ng_probe probes[NG_PROBE_LANES];
    struct ng_rank_range ranges[NG_PROBE_LANES];
    size_t count;
};

/* Sets up the search of a probe. Its last bytes take one look-up, unless they do not occur: then those of them that
 * do have to be found one by one. */
static void start(const struct ng_shard *shard, struct ng_probe *probe, struct ng_rank_range *range) {
    uint64_t known = shard->jump.length_bytes;
    uint64_t frequent = shard->frequent.length_bytes;
    probe->begin = probe->end;
    *range = (struct ng_rank_range){.begin = 0, .end = shard->rows};
    if (frequent > known && frequent <= probe->end - probe->bound &&
        ng_jump_frequent_find(&shard->frequent, &shard->rank, probe->text + probe->end - frequent, range)) {
        probe->begin -= frequent;
    } else if (known > 0 && known <= probe->end - probe->bound) {
        ng_jump_find(&shard->jump, &shard->rank, probe->text + probe->end - known, range);
        if (range->begin < range->end) probe->begin -= known;
        else *range = (struct ng_rank_range){.begin = 0, .end = shard->rows};
    }
    probe->rows = (struct ng_interval){.begin = range->begin, .end = range->end};
}

/* Asks for probes of a lane until one needs a step. False: there are no more. */
static bool take(const struct ng_shard *shard, ng_probe_next *next, void *context, size_t number,
                 struct ng_probe *probe, struct ng_rank_range *range) {
    while (next(context, number, probe)) {
        start(shard, probe, range);
        if (probe->begin > probe->bound) return true;
    }
    return false;
}

void ng_probe_run(const struct ng_shard *shard, ng_probe_next *next, void *context, uint64_t *lf_steps) {
    struct lanes lanes;
    lanes.count = 0;
    for (size_t i = 0; i < NG_PROBE_LANES; i++) {
        lanes.probes[lanes.count] = (struct ng_probe){0};
        lanes.number[lanes.count] = i;
        if (take(shard, next, context, i, &lanes.probes[lanes.count], &lanes.ranges[lanes.count])) lanes.count++;
    }
    while (lanes.count > 0) {
        for (size_t i = 0; i < lanes.count; i++) lanes.ranges[i].symbol = lanes.probes[i].text[lanes.probes[i].begin - 1];
        if (lanes.count == 1) ng_rank_extend(&shard->rank, &lanes.ranges[0]);
        else ng_rank_extend_batch(&shard->rank, lanes.ranges, lanes.count);
        *lf_steps += lanes.count;
        for (size_t i = 0; i < lanes.count;) {
            struct ng_probe *probe = &lanes.probes[i];
            struct ng_rank_range *range = &lanes.ranges[i];
            bool occurs = range->begin < range->end;
            if (occurs) {
                probe->begin--;
                probe->rows = (struct ng_interval){.begin = range->begin, .end = range->end};
            }
            if ((occurs && probe->begin > probe->bound) || take(shard, next, context, lanes.number[i], probe, range)) {
                i++;
                continue;
            }
            lanes.count--;
            lanes.number[i] = lanes.number[lanes.count];
            lanes.probes[i] = lanes.probes[lanes.count];
            lanes.ranges[i] = lanes.ranges[lanes.count];
        }
    }
}

/* A list that is worked off, and which of it each lane is at. */
struct list {
    struct ng_probe *probes;
    size_t count;
    size_t next;
    size_t at[NG_PROBE_LANES];
};

static bool next_of_list(void *context, size_t lane, struct ng_probe *probe) {
    struct list *list = context;
    if (probe->text) list->probes[list->at[lane]] = *probe;
    if (list->next == list->count) return false;
    list->at[lane] = list->next++;
    *probe = list->probes[list->at[lane]];
    return true;
}

void ng_probe_list(const struct ng_shard *shard, struct ng_probe *probes, size_t count, uint64_t *lf_steps) {
    struct list list = {.probes = probes, .count = count};
    ng_probe_run(shard, next_of_list, &list, lf_steps);
}
