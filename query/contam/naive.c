/* The oracle: every window searched by itself, the longest match from a search at every end. */
#include <stdlib.h>

#include "query/contam/work.h"
#include "query/match/probe.h"

static int run(const struct ng_shard *shard, struct ng_probe *probes, size_t count, uint64_t *lf_steps,
               struct ng_watch *watch, struct ng_err *err) {
    ng_probe_list(shard, probes, count, lf_steps, watch);
    return ng_shard_outcome(shard, watch, err);
}

static int decide_windows(const struct ng_shard *shard, const struct ng_contam_text *text, size_t length,
                          uint8_t *verdicts, struct ng_probe *probes, struct ng_contam_cost *cost,
                          struct ng_err *err) {
    const struct ng_windows *windows = &text->windows[length];
    for (uint64_t i = 0; i < windows->count; i++) {
        probes[i] = (struct ng_probe){.text = text->bytes.data, .end = ng_windows_end(windows, i), .bound = windows->begins[i]};
    }
    int status = run(shard, probes, (size_t)windows->count, &cost->stats.lf_steps, &cost->watch, err);
    if (status) return status;
    for (uint64_t i = 0; i < windows->count; i++) {
        if (!probes[i].path.failed) verdicts[i] = NG_VERDICT_FOUND;
    }
    return NG_OK;
}

static int find_longest(const struct ng_shard *shard, struct ng_contam_work *work, size_t number,
                        struct ng_probe *probes, struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_bytes bytes = work->texts[number].bytes;
    for (uint64_t i = 0; i < bytes.length_bytes; i++) probes[i] = (struct ng_probe){.text = bytes.data, .end = i + 1};
    int status = run(shard, probes, (size_t)bytes.length_bytes, &cost->stats.lf_steps, &cost->watch, err);
    for (uint64_t i = 0; i < bytes.length_bytes && !status; i++) {
        struct ng_plan_match match = {
            .text = number, .begin = probes[i].path.begin, .length_bytes = probes[i].end - probes[i].path.begin};
        if (ng_plan_match_before(&match, &work->longest)) work->longest = match;
    }
    return status;
}

static int check_text(const struct ng_contam *contam, struct ng_contam_work *work, size_t number, size_t index,
                      struct ng_contam_cost *cost, struct ng_err *err) {
    const struct ng_contam_text *text = &work->texts[number];
    if (text->begin_count == 0) return NG_OK;
    /* There are no more windows than bytes. */
    struct ng_probe *probes = calloc((size_t)text->bytes.length_bytes, sizeof *probes);
    if (!probes) return ng_err_nomem(err, text->bytes.length_bytes * sizeof *probes, "the searches for a text");
    int status = NG_OK;
    for (uint64_t s = 0; s < contam->indexes[index]->shard_count && !status; s++) {
        const struct ng_shard *shard = &contam->indexes[index]->shards[s].shard;
        for (size_t l = 0; l < contam->length_count && !status; l++) {
            uint8_t *verdicts = l == 0 ? ng_contam_verdicts(text, index) : text->verdicts[l];
            status = decide_windows(shard, text, l, verdicts, probes, cost, err);
        }
        if (!status) status = find_longest(shard, work, number, probes, cost, err);
    }
    free(probes);
    return status;
}

int ng_contam_search_naive(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                           struct ng_contam_cost *cost, struct ng_err *err) {
    int status = NG_OK;
    for (size_t k = 0; k < contam->index_count && !status; k++) {
        if (contam->indexes[k]->calls) status = ng_contam_search_remote(contam, k, works, count, err);
    }
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        if (works[i].skipped) continue;
        for (size_t k = 0; k < contam->index_count; k++) {
            if (contam->indexes[k]->calls) continue;
            for (size_t t = 0; t < works[i].entry->text_count; t++) {
                status = check_text(contam, &works[i], t, k, cost, err);
                if (status) return status;
            }
        }
    }
    return NG_OK;
}
