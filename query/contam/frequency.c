/* How often windows occur: exact counts, or upper bounds. */
#include <stdlib.h>

#include "query/contam/work.h"
#include "query/match/probe.h"

/* ---- Each alone ---- */

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

static int count_alone(const struct ng_contam *contam, size_t first, size_t end, const struct ng_contam_asked *asked, size_t count,
                       struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_contam_phrase *phrases = calloc(count + 1, sizeof *phrases);
    struct ng_contam_phrase **list = calloc(count + 1, sizeof(struct ng_contam_phrase *));
    int status = phrases && list ? NG_OK : ng_err_nomem(err, count * sizeof *phrases, "windows to be counted");
    for (size_t k = first; k < end && !status; k++) {
        status = count_in_index(contam, k, asked, count, phrases, list, cost, err);
    }
    free(phrases);
    free(list);
    return status;
}

/* ---- By pieces ---- */

/* Windows of one text that a lane takes at a time. */
enum { RUN = 64 };

struct lane {
    size_t at; /* the window it is at */
    size_t end;
    struct ng_probe_path last; /* of the window before; its end is 0: there is none */
    uint64_t few; /* what ends the next search, if pieces follow windows */
};

struct counting {
    const struct ng_contam_asked *asked;
    size_t count;
    size_t next; /* the first window that no lane has taken */
    uint64_t few;   /* a piece that occurs at most so often ends a search; 0: windows are counted */
    bool follows;   /* after a window that occurs, a piece that occurs at most as often ends a search */
    uint64_t index; /* the bit of the index */
    uint64_t shard; /* counted through all indexes */
    struct lane lanes[NG_PROBE_MAX_LANES];
};

/* Whether any window of a run may occur in the shard. If none does, the whole run can be left out, because every search
 * would count nothing. A part of a run cannot be left out, since what is known of one window ends the search for the
 * next. */
static bool is_in_reach(const struct counting *counting, const struct lane *run) {
    const uint32_t *reach = counting->asked[run->at].work->reach;
    bool found = !reach;
    for (size_t i = run->at; i < run->end && !found; i++) {
        found = counting->asked[i].end - counting->asked[i].begin <= reach[counting->shard];
    }
    return found;
}

static struct lane take_run(struct counting *counting) {
    struct lane lane = {0};
    while (lane.at == lane.end && counting->next < counting->count) {
        lane = (struct lane){.at = counting->next, .end = counting->next};
        while (lane.end < counting->count && lane.end - lane.at < RUN &&
               counting->asked[lane.end].text == counting->asked[lane.at].text) lane.end++;
        counting->next = lane.end;
        if (!is_in_reach(counting, &lane)) lane.at = lane.end;
    }
    return lane;
}

/* A window occurs at most as often as any piece of the window. So a fact about a piece bounds all windows around it.
 * The next search starts from the end of the first window that is still open. */
static bool next_piece(void *context, size_t number, struct ng_probe *probe) {
    struct counting *counting = context;
    const struct ng_contam_asked *asked = counting->asked;
    struct lane *lane = &counting->lanes[number];
    if (probe->text) {
        const struct ng_probe_path *path = &probe->path;
        bool occurs = path->begin <= probe->bound; /* as often as its rows tell, even if a longer piece does not */
        uint64_t begin = occurs ? probe->bound : path->failed ? path->begin - 1 : path->begin;
        uint64_t count = path->failed && !occurs ? 0 : path->rows.end - path->rows.begin;
        for (; lane->at < lane->end && asked[lane->at].begin <= begin && path->end <= asked[lane->at].end; lane->at++) {
            asked[lane->at].fact->count += count;
            if (count > 0) asked[lane->at].fact->in |= counting->index;
        }
        lane->last = *path;
        lane->few = counting->follows && occurs ? count : counting->few;
    }
    if (lane->at == lane->end) *lane = take_run(counting);
    uint64_t few = lane->few > counting->few ? lane->few : counting->few;
    if (lane->at == lane->end) return false;
    *probe = (struct ng_probe){.text = asked[lane->at].text->bytes.data,
                               .end = asked[lane->at].end,
                               .bound = asked[lane->at].begin,
                               .few = few};
    /* Neighbours that occur in the same places differ only in their last word, so most of the search is known. */
    if (lane->last.end > 0 && few == 0) probe->near[0] = &lane->last;
    return true;
}

static int count_pieces(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count, uint64_t few,
                        bool follows, struct ng_contam_cost *cost, struct ng_err *err) {
    struct counting *counting = calloc(1, sizeof *counting);
    int status = counting ? NG_OK : ng_err_nomem(err, sizeof *counting, "windows to be counted");
    uint64_t number = 0;
    for (size_t k = 0; k < contam->index_count && !status; k++) {
        if (contam->indexes[k]->calls) {
            status = count_alone(contam, k, k + 1, asked, count, cost, err);
            number += contam->indexes[k]->shard_count;
            continue;
        }
        for (uint64_t s = 0; s < contam->indexes[k]->shard_count && !status; s++, number++) {
            const struct ng_shard *shard = &contam->indexes[k]->shards[s].shard;
            *counting = (struct counting){.asked = asked, .count = count, .few = few, .follows = follows,
                                          .index = few == 0 && !follows ? UINT64_C(1) << k : 0, .shard = number};
            ng_probe_run(shard, NG_PROBE_MAX_LANES, next_piece, counting, &cost->stats.lf_steps, &cost->watch);
            status = ng_shard_outcome(shard, &cost->watch, err);
        }
    }
    free(counting);
    return status;
}

int ng_contam_windows_count(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                            struct ng_contam_cost *cost, struct ng_err *err) {
    if (count == 0) return NG_OK;
    for (size_t i = 0; i < count; i++) asked[i].fact->count = 0;
    int status = contam->options.naive ? count_alone(contam, 0, contam->index_count, asked, count, cost, err)
                                       : count_pieces(contam, asked, count, 0, false, cost, err);
    for (size_t i = 0; i < count && !status; i++) asked[i].fact->counted = true;
    return status;
}

int ng_contam_windows_bound(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                            struct ng_contam_cost *cost, struct ng_err *err) {
    const uint64_t shards = ng_contam_shard_count(contam);
    const uint64_t few = shards > 0 ? contam->options.corpus_guard / shards : 0;
    if (contam->options.naive || few == 0) return ng_contam_windows_count(contam, asked, count, cost, err);
    return count_pieces(contam, asked, count, few, false, cost, err);
}

int ng_contam_windows_limit(const struct ng_contam *contam, const struct ng_contam_asked *asked, size_t count,
                            struct ng_contam_cost *cost, struct ng_err *err) {
    if (contam->options.naive) return ng_contam_windows_count(contam, asked, count, cost, err);
    for (size_t i = 0; i < count; i++) asked[i].fact->count = 0;
    return count_pieces(contam, asked, count, 0, true, cost, err);
}
