#include "query/match/probe.h"

/* The probes under way: probes[i] of lane number[i] has come to ranges[i] so far. */
struct lanes {
    size_t number[NG_PROBE_MAX_LANES];
    struct ng_probe probes[NG_PROBE_MAX_LANES];
    struct ng_rank_range ranges[NG_PROBE_MAX_LANES];
    size_t count;
};

static struct ng_interval ranks_of(const struct ng_shard *shard, const struct ng_rank_range *range) {
    struct ng_interval ranks = {.begin = range->begin, .end = range->end};
    ng_shard_to_ranks(shard, &ranks.begin, &ranks.end);
    return ranks;
}

/* Takes note that the search has come to text[begin, end). */
static void arrive(struct ng_probe *probe, uint64_t begin, struct ng_interval ranks) {
    struct ng_probe_path *path = &probe->path;
    uint64_t length = path->end - begin;
    uint64_t count = ranks.end - ranks.begin;
    path->begin = begin;
    path->rows = ranks;
    if (length < NG_PROBE_COUNTS && count <= UINT8_MAX) path->counts[length] = (uint8_t)count;
}

/* How often text[at, path->end) occurs; 0: not known. at is in [path->begin, path->end). */
static uint64_t count_at(const struct ng_probe_path *path, uint64_t at) {
    uint64_t length = path->end - at;
    if (length < NG_PROBE_COUNTS) return path->counts[length];
    /* The longer the fewer: what is so few already at the last count stays so few. */
    uint64_t least = path->rows.end - path->rows.begin;
    return path->counts[NG_PROBE_COUNTS - 1] == least ? least : 0;
}

/* Whether the search has come to where another one has been, so that it ends as that did. */
static bool meets(const struct ng_probe *probe, const struct ng_probe_path *other) {
    uint64_t at = probe->path.begin;
    uint64_t count = probe->path.rows.end - probe->path.rows.begin;
    if (!other || at <= other->begin || at >= other->end || count_at(other, at) != count) return false;
    /* Where the other went beyond this one's bound, the rows at the bound are known by number only. */
    return other->begin >= probe->bound || other->rows.end - other->rows.begin == count;
}

static void follow(struct ng_probe *probe, const struct ng_probe_path *other) {
    struct ng_probe_path *path = &probe->path;
    for (uint64_t at = path->begin; at-- > other->begin && path->end - at < NG_PROBE_COUNTS;) {
        path->counts[path->end - at] = (uint8_t)count_at(other, at);
    }
    path->begin = other->begin;
    path->rows = other->rows;
    path->failed = other->failed;
}

/* Whether another step is needed. */
static bool goes_on(const struct ng_shard *shard, struct ng_probe *probe, struct ng_rank_range *range) {
    const struct ng_interval *rows = &probe->path.rows;
    bool few = rows->end - rows->begin <= UINT8_MAX;
    bool followed = false;
    for (size_t i = 0; few && i < 2; i++) {
        if (!meets(probe, probe->near[i])) continue;
        follow(probe, probe->near[i]);
        followed = true;
    }
    bool more = !probe->path.failed && probe->path.begin > probe->bound && rows->end - rows->begin > probe->few;
    if (more && followed) {
        range->begin = rows->begin;
        range->end = rows->end;
        ng_shard_to_rows(shard, &range->begin, &range->end);
    }
    return more;
}

/* Sets up the search of a probe. Its last bytes take one look-up, unless they do not occur: then those of them that
 * do have to be found one by one. */
static void start(const struct ng_shard *shard, struct ng_probe *probe, struct ng_rank_range *range) {
    uint64_t known = shard->jump.length_bytes;
    uint64_t begin = probe->end;
    *range = (struct ng_rank_range){.begin = 0, .end = shard->rows};
    if (known > 0 && known <= probe->end - probe->bound) {
        ng_jump_find(&shard->jump, &shard->rank, probe->text + probe->end - known, range);
        struct ng_interval ranks = ranks_of(shard, range);
        if (ranks.begin < ranks.end) begin -= known;
        else *range = (struct ng_rank_range){.begin = 0, .end = shard->rows};
    }
    /* Where all documents of the shard were removed, not even the empty string occurs. */
    probe->path = (struct ng_probe_path){.end = probe->end, .failed = ng_shard_ranks(shard) == 0};
    arrive(probe, begin, ranks_of(shard, range));
}

/* Asks for probes of a lane until one needs a step. False: there are no more. */
static bool take(const struct ng_shard *shard, ng_probe_next *next, void *context, size_t number,
                 struct ng_probe *probe, struct ng_rank_range *range, struct ng_watch *watch) {
    while (!ng_watch_stops(watch, 1) && next(context, number, probe)) {
        start(shard, probe, range);
        if (goes_on(shard, probe, range)) return true;
    }
    return false;
}

static uint8_t next_symbol(const struct ng_probe *probe) {
    return probe->text[probe->path.begin - 1];
}

/* Takes a step's outcome. False: the search has ended. */
static bool advance(const struct ng_shard *shard, struct ng_probe *probe, struct ng_rank_range *range) {
    struct ng_interval ranks = ranks_of(shard, range);
    if (ranks.begin == ranks.end) {
        probe->path.failed = true;
        return false;
    }
    arrive(probe, probe->path.begin - 1, ranks);
    return goes_on(shard, probe, range);
}

static void step(const struct ng_shard *shard, struct lanes *lanes) {
    for (size_t i = 0; i < lanes->count; i++) lanes->ranges[i].symbol = next_symbol(&lanes->probes[i]);
    if (lanes->count == 1) ng_rank_extend(&shard->rank, &lanes->ranges[0]);
    else ng_rank_extend_batch(&shard->rank, lanes->ranges, lanes->count);
    for (size_t i = 0; i < lanes->count; i++) ng_shard_prefetch_ranks(shard, lanes->ranges[i].begin);
}

void ng_probe_run(const struct ng_shard *shard, size_t lane_count, ng_probe_next *next, void *context,
                  uint64_t *lf_steps, struct ng_watch *watch) {
    struct lanes lanes;
    lanes.count = 0;
    for (size_t i = 0; i < lane_count; i++) {
        lanes.probes[lanes.count] = (struct ng_probe){0};
        lanes.number[lanes.count] = i;
        if (take(shard, next, context, i, &lanes.probes[lanes.count], &lanes.ranges[lanes.count], watch))
            lanes.count++;
    }
    while (lanes.count > 0 && !ng_watch_stops(watch, lanes.count)) {
        step(shard, &lanes);
        *lf_steps += lanes.count;
        size_t left = 0;
        for (size_t i = 0; i < lanes.count; i++) {
            struct ng_probe *probe = &lanes.probes[i];
            struct ng_rank_range *range = &lanes.ranges[i];
            if (!advance(shard, probe, range) && !take(shard, next, context, lanes.number[i], probe, range, watch)) continue;
            if (left < i) {
                lanes.number[left] = lanes.number[i];
                lanes.probes[left] = *probe;
                lanes.ranges[left] = *range;
            }
            left++;
        }
        lanes.count = left;
    }
}

/* A list that is worked off, and which of it each lane is at. */
struct list {
    struct ng_probe *probes;
    size_t count;
    size_t next;
    size_t at[NG_PROBE_MAX_LANES];
};

static bool next_of_list(void *context, size_t lane, struct ng_probe *probe) {
    struct list *list = context;
    if (probe->text) list->probes[list->at[lane]] = *probe;
    if (list->next == list->count) return false;
    list->at[lane] = list->next++;
    *probe = list->probes[list->at[lane]];
    return true;
}

void ng_probe_list(const struct ng_shard *shard, struct ng_probe *probes, size_t count, uint64_t *lf_steps,
                   struct ng_watch *watch) {
    struct list list = {.probes = probes, .count = count};
    ng_probe_run(shard, NG_PROBE_MAX_LANES, next_of_list, &list, lf_steps, watch);
}
