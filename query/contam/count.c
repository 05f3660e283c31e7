#include <stdlib.h>

#include "query/contam/hits.h"
#include "query/contam/work.h"

static int count_longest(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                         struct ng_contam_phrase **phrases, struct ng_contam_cost *cost, struct ng_err *err) {
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_work *work = &works[i];
        const struct ng_plan_match *longest = &work->longest;
        if (longest->length_bytes == 0) continue;
        work->longest_phrase = (struct ng_contam_phrase){
            .text = work->texts[longest->text].bytes.data,
            .begin = longest->begin,
            .end = longest->begin + longest->length_bytes,
            .near_shard = contam->options.naive ? NULL : longest->shard,
            .near = &longest->path,
            .rows_wanted = ng_contam_hits_wanted(contam->options.evidence_limit),
            .reach = work->reach};
        phrases[wanted++] = &work->longest_phrase;
    }
    int status = ng_contam_phrases_count(contam->indexes, contam->index_count, phrases, wanted, &cost->stats.lf_steps,
                                         &cost->watch, err);
    for (size_t i = 0; i < count && !status; i++) {
        const struct ng_plan_match *longest = &works[i].longest;
        if (longest->length_bytes == 0) continue;
        works[i].result.longest = (struct ng_contam_match){
            .span = ng_contam_span_make(&works[i], longest->text, longest->begin,
                                        longest->begin + longest->length_bytes),
            .count = works[i].longest_phrase.count};
    }
    return status;
}

/* The search for the rarest window of an entry: its found windows are counted a few at a time, in order, until the
 * rest cannot be rarer than the best. */
struct rarest {
    struct ng_contam_work *work;
    size_t text;     /* the next window to look at */
    uint64_t window;
    size_t batch;    /* how many to count in the next round */
    uint64_t best_text;
    uint64_t best_window;
    uint64_t best_count; /* UINT64_MAX: none yet */
};

/* No window occurs less often than this: those within the longest match at least as often as that. */
static uint64_t least_count(const struct ng_contam_work *work, size_t text, uint64_t window) {
    const struct ng_windows *windows = &work->texts[text].windows[0];
    const struct ng_contam_span *longest = &work->result.longest.span;
    bool within = longest->text == text && longest->begin <= windows->begins[window] &&
                  ng_windows_end(windows, window) <= longest->end;
    return within ? work->result.longest.count : 1;
}

/* Moves to the next found window that may be rarer than the best. */
static bool next_candidate(const struct ng_contam *contam, struct rarest *rarest) {
    for (; rarest->text < rarest->work->entry->text_count; rarest->text++, rarest->window = 0) {
        const struct ng_contam_text *text = &rarest->work->texts[rarest->text];
        for (; rarest->window < text->windows[0].count; rarest->window++) {
            if (!ng_contam_found(contam, text, rarest->window)) continue;
            bool pruned = !contam->options.naive &&
                          least_count(rarest->work, rarest->text, rarest->window) >= rarest->best_count;
            if (!pruned) return true;
        }
    }
    return false;
}

/* A window that is being counted. */
struct candidate {
    struct ng_contam_phrase phrase;
    struct rarest *rarest;
    size_t text;
    uint64_t window;
};

/* Collects the candidates of a round from all entries. */
static int collect(const struct ng_contam *contam, struct rarest *all, size_t count, struct ng_buf *candidates,
                   struct ng_err *err) {
    candidates->length = 0;
    for (size_t i = 0; i < count; i++) {
        struct rarest *rarest = &all[i];
        for (size_t k = 0; k < rarest->batch && next_candidate(contam, rarest); k++) {
            const struct ng_contam_text *text = &rarest->work->texts[rarest->text];
            struct candidate candidate = {.rarest = rarest, .text = rarest->text, .window = rarest->window};
            candidate.phrase = (struct ng_contam_phrase){.text = text->bytes.data,
                                                         .begin = text->windows[0].begins[rarest->window],
                                                         .end = ng_windows_end(&text->windows[0], rarest->window),
                                                         .reach = rarest->work->reach};
            if (!contam->options.naive && rarest->work->longest.text == rarest->text) {
                candidate.phrase.near_shard = rarest->work->longest.shard;
                candidate.phrase.near = &rarest->work->longest.path;
            }
            int status = ng_buf_append(candidates, &candidate, sizeof candidate, err);
            if (status) return status;
            rarest->window++;
        }
        rarest->batch *= 2;
    }
    return NG_OK;
}

static int count_round(const struct ng_contam *contam, struct candidate *candidates, size_t count,
                       struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_contam_phrase **phrases = calloc(count, sizeof(struct ng_contam_phrase *));
    if (!phrases) return ng_err_nomem(err, count * sizeof(struct ng_contam_phrase *), "windows to be counted");
    for (size_t i = 0; i < count; i++) phrases[i] = &candidates[i].phrase;
    int status = ng_contam_phrases_count(contam->indexes, contam->index_count, phrases, count, &cost->stats.lf_steps,
                                         &cost->watch, err);
    for (size_t i = 0; i < count && !status; i++) {
        struct rarest *rarest = candidates[i].rarest;
        if (candidates[i].phrase.count >= rarest->best_count) continue;
        rarest->best_count = candidates[i].phrase.count;
        rarest->best_text = candidates[i].text;
        rarest->best_window = candidates[i].window;
    }
    free(phrases);
    return status;
}

static int find_rarest(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                       struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_buf candidates = {0};
    int status = NG_OK;
    struct rarest *all = calloc(count + 1, sizeof *all);
    if (!all) return ng_err_nomem(err, count * sizeof *all, "the rarest windows");
    size_t used = 0;
    for (size_t i = 0; i < count && !status; i++) {
        if (works[i].result.found == 0) continue;
        all[used++] = (struct rarest){.work = &works[i], .batch = 1, .best_count = UINT64_MAX};
    }
    while (!status) {
        status = collect(contam, all, used, &candidates, err);
        size_t collected = candidates.length / sizeof(struct candidate);
        if (status || collected == 0) break;
        /* From malloc: aligned for any type. */
        status = count_round(contam, (struct candidate *)(void *)candidates.data, collected, cost, err);
    }
    for (size_t i = 0; i < used && !status; i++) {
        const struct ng_contam_text *text = &all[i].work->texts[all[i].best_text];
        all[i].work->result.rarest = (struct ng_contam_match){
            .span = ng_contam_span_make(all[i].work, all[i].best_text, text->windows[0].begins[all[i].best_window],
                                        ng_windows_end(&text->windows[0], all[i].best_window)),
            .count = all[i].best_count};
    }
    ng_buf_free(&candidates);
    free(all);
    return status;
}

int ng_contam_count(const struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                    struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_contam_phrase **phrases = calloc(count, sizeof(struct ng_contam_phrase *));
    if (!phrases) return ng_err_nomem(err, count * sizeof(struct ng_contam_phrase *), "longest matches");
    int status = count_longest(contam, works, count, phrases, cost, err);
    free(phrases);
    return status ? status : find_rarest(contam, works, count, cost, err);
}
