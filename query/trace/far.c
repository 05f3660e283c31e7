/*
 * Pieces in indexes whose parts are elsewhere. The text is cut into sections, and the pieces that begin in each are looked
 * for side by side, with one question to each index for all sections. A section whose pieces would lie within one that is
 * still growing waits for it. So the rounds are few, and a text that occurs as a whole is not searched for once a section.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "query/trace/trace.h"

enum { SECTIONS = 64, LEAST_SECTION_BYTES = 32 };

struct sections {
    struct ng_tracing *tracing;
    struct ng_seek seeks[SECTIONS];
    size_t count;

    /* A round. */
    struct ng_seek *asked[SECTIONS];
    struct ng_call_range ranges[SECTIONS];
    uint64_t *counts[SECTIONS]; /* owned */
    size_t asked_count;
};

int ng_trace_add_suffixes(const struct ng_index *view, struct ng_bytes text, struct ng_call_range range, uint64_t *counts,
                          uint64_t *lf_steps, struct ng_watch *watch, struct ng_err *err) {
    int status = NG_OK;
    for (uint64_t s = 0; s < view->shard_count && !status; s++) {
        const struct ng_shard *shard = &view->shards[s].shard;
        struct ng_rank_range rows = {.begin = 0, .end = shard->rows};
        for (uint64_t i = 0; i < range.end - range.begin && !ng_watch_stops(watch, 1); i++) {
            rows.symbol = text.data[range.end - 1 - i];
            ng_rank_extend(&shard->rank, &rows);
            ++*lf_steps;
            if (rows.begin == rows.end) break;
            struct ng_interval ranks = {rows.begin, rows.end};
            ng_shard_to_ranks(shard, &ranks.begin, &ranks.end);
            counts[i] += ranks.end - ranks.begin;
        }
        status = ng_shard_outcome(shard, watch, err);
    }
    return status;
}

static void cut(struct sections *sections) {
    struct ng_bytes text = sections->tracing->text;
    uint64_t length = text.length_bytes / SECTIONS + 1;
    if (length < LEAST_SECTION_BYTES) length = LEAST_SECTION_BYTES;
    for (uint64_t at = 0; at < text.length_bytes;) {
        uint64_t end = text.length_bytes - at > length ? at + length : text.length_bytes;
        while (end < text.length_bytes && ng_utf8_is_continuation(text.data[end])) end++;
        sections->seeks[sections->count++] = (struct ng_seek){
            .text = text, .min_chars = sections->tracing->options->min_chars, .begin = at, .limit = end};
        at = end;
    }
}

/* Asks for each section that is not over, and need not wait. */
static int plan(struct sections *sections, struct ng_err *err) {
    uint64_t covered = 0; /* what ends there or before lies within a piece of an earlier section */
    bool growing = false;
    sections->asked_count = 0;
    for (size_t i = 0; i < sections->count; i++) {
        struct ng_seek *seek = &sections->seeks[i];
        if (seek->end <= covered) seek->found = false;
        if (seek->done < covered) seek->done = covered;
        bool waits = growing && covered > seek->begin;
        int status = seek->over || waits ? NG_OK : ng_seek_ask(seek, &sections->tracing->ranges, err);
        if (status) return status;
        if (!seek->over && !waits) sections->asked[sections->asked_count++] = seek;
        uint64_t reach = seek->found ? seek->end : seek->done;
        if (reach <= covered) continue;
        covered = reach;
        growing = seek->found;
    }
    return NG_OK;
}

/* Counts what is asked for in all indexes, or if one occurrence is enough, in those elsewhere. */
static int count(struct sections *sections, struct ng_err *err) {
    struct ng_tracing *tracing = sections->tracing;
    int status = NG_OK;
    for (size_t i = 0; i < sections->asked_count; i++) {
        const struct ng_seek *seek = sections->asked[i];
        uint64_t length = seek->asked - seek->begin;
        sections->ranges[i] = (struct ng_call_range){seek->begin, seek->asked};
        sections->counts[i] = calloc((size_t)length + 1, sizeof(uint64_t));
        if (!sections->counts[i]) return ng_err_nomem(err, length * sizeof(uint64_t), "occurrences");
    }
    for (size_t k = 0; k < tracing->index_count && !status; k++) {
        const struct ng_index *index = tracing->indexes[k];
        if (index->calls) {
            status = index->calls->suffixes(index, tracing->text, sections->ranges, sections->counts, sections->asked_count, err);
            continue;
        }
        for (size_t i = 0; i < sections->asked_count && tracing->options->min_count > 1 && !status; i++) {
            status = ng_trace_add_suffixes(index, tracing->text, sections->ranges[i], sections->counts[i],
                                           &tracing->lf_steps, &tracing->watch, err);
        }
    }
    return status;
}

static void take(struct sections *sections) {
    uint64_t least = sections->tracing->options->min_count > 1 ? sections->tracing->options->min_count : 1;
    for (size_t i = 0; i < sections->asked_count; i++) {
        const struct ng_call_range *range = &sections->ranges[i];
        uint64_t low = range->end;
        while (low > range->begin && sections->counts[i][range->end - low] >= least) low--;
        ng_seek_take(sections->asked[i], low == range->begin, low);
    }
}

int ng_trace_find_far(struct ng_tracing *tracing, struct ng_err *err) {
    struct sections *sections = calloc(1, sizeof *sections);
    if (!sections) return ng_err_nomem(err, sizeof *sections, "a search");
    sections->tracing = tracing;
    cut(sections);
    int status = plan(sections, err);
    while (!status && sections->asked_count > 0) {
        status = ng_watch_check(&tracing->watch, NG_WATCH_STEPS, err);
        if (!status) status = count(sections, err);
        if (!status) take(sections);
        for (size_t i = 0; i < SECTIONS; i++) {
            free(sections->counts[i]);
            sections->counts[i] = NULL;
        }
        if (!status) status = plan(sections, err);
    }
    free(sections);
    return status;
}
