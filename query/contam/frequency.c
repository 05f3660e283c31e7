/* How often windows occur: exactly, or at most. */
#include <stdlib.h>

#include "query/contam/work.h"
#include "query/match/probe.h"

/* ---- Exactly ---- */

static int count_in_index(const struct ng_contam *contam, size_t index, const struct ng_contam_asked *asked,
                          size_t count, struct ng_contam_phrase *phrases, struct ng_contam_phrase **list,
                          struct ng_contam_cost *cost, struct ng_err *err) {
    for (size_t i = 0; i < count; i++) {
        phrases[i] = (struct ng_contam_phrase){
            .text = asked[i].text->bytes.data, .begin = asked[i].begin, .end = asked[i].end};
        list[i] = &phrases[i];
    }
    int status = ng_contam_phrases_count(&contam->indexes[index], 1, list, count, &cost->stats.lf_steps, &cost->watch, err);
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_contam_fact *fact = asked[i].fact;
        fact->count += phrases[i].count;
        if (phrases[i].count > 0) fact->in |= UINT64_C(1) << index;
    }
    return status;
}

int ng_contam_windows_count(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                            struct ng_contam_cost *cost, struct ng_err *err) {
    if (count == 0) return NG_OK;
    struct ng_contam_phrase *phrases = calloc(count, sizeof *phrases);
    struct ng_contam_phrase **list = calloc(count, sizeof(struct ng_contam_phrase *));
    int status = phrases && list ? NG_OK : ng_err_nomem(err, count * sizeof *phrases, "windows to be counted");
    for (size_t i = 0; i < count && !status; i++) asked[i].fact->count = 0;
    for (size_t k = 0; k < contam->index_count && !status; k++) {
        status = count_in_index(contam, k, asked, count, phrases, list, cost, err);
    }
    for (size_t i = 0; i < count && !status; i++) asked[i].fact->counted = true;
    free(phrases);
    free(list);
    return status;
}

/* ---- At most ---- */

/* Windows of one text that a lane takes at a time. */
enum { RUN = 64 };

struct lane {
    size_t at; /* the window it is at */
    size_t end;
};

struct bounding {
    const struct ng_contam_asked *asked;
    size_t count;
    size_t next; /* the first window that no lane has taken */
    uint64_t few;
    struct lane lanes[NG_PROBE_MAX_LANES];
};

static struct lane take_run(struct bounding *bounding) {
    struct lane lane = {.at = bounding->next, .end = bounding->next};
    while (lane.end < bounding->count && lane.end - lane.at < RUN &&
           bounding->asked[lane.end].text == bounding->asked[lane.at].text) lane.end++;
    bounding->next = lane.end;
    return lane;
}

/* A piece of a window occurs at least as often as the window. So what is known of a piece holds for all windows around
 * it; the next search is from the end of the first of the others. */
static bool next_piece(void *context, size_t number, struct ng_probe *probe) {
    struct bounding *bounding = context;
    const struct ng_contam_asked *asked = bounding->asked;
    struct lane *lane = &bounding->lanes[number];
    if (probe->text) {
        const struct ng_probe_path *path = &probe->path;
        uint64_t begin = path->failed ? path->begin - 1 : path->begin;
        uint64_t count = path->failed ? 0 : path->rows.end - path->rows.begin;
        for (; lane->at < lane->end && asked[lane->at].begin <= begin && path->end <= asked[lane->at].end; lane->at++) {
            asked[lane->at].fact->count += count;
        }
    }
    if (lane->at == lane->end) *lane = take_run(bounding);
    if (lane->at == lane->end) return false;
    *probe = (struct ng_probe){.text = asked[lane->at].text->bytes.data,
                               .end = asked[lane->at].end,
                               .bound = asked[lane->at].begin,
                               .few = bounding->few};
    return true;
}

static uint64_t count_shards(const struct ng_contam *contam) {
    uint64_t shards = 0;
    for (size_t k = 0; k < contam->index_count; k++) shards += contam->indexes[k]->shard_count;
    return shards;
}

int ng_contam_windows_bound(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                            struct ng_contam_cost *cost, struct ng_err *err) {
    if (contam->options.naive) return ng_contam_windows_count(contam, asked, count, cost, err);
    uint64_t shards = count_shards(contam);
    struct bounding *bounding = calloc(1, sizeof *bounding);
    int status = bounding ? NG_OK : ng_err_nomem(err, sizeof *bounding, "windows to be counted");
    for (size_t k = 0; k < contam->index_count && !status; k++) {
        for (uint64_t s = 0; s < contam->indexes[k]->shard_count && !status; s++) {
            const struct ng_shard *shard = &contam->indexes[k]->shards[s].shard;
            *bounding = (struct bounding){.asked = asked, .count = count, .few = contam->options.corpus_guard / shards};
            ng_probe_run(shard, NG_PROBE_MAX_LANES, next_piece, bounding, &cost->stats.lf_steps, &cost->watch);
            status = ng_shard_outcome(shard, &cost->watch, err);
        }
    }
    free(bounding);
    return status;
}
