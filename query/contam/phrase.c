#include <stdlib.h>

#include "query/contam/work.h"
#include "query/match/probe.h"

/* This many phrases that need no search take about as long as an LF step. */
enum { PHRASES = 16 };

/* Adds the rows of a phrase in one shard. */
static int add_rows(struct ng_contam_phrase *phrase, uint64_t index, uint64_t shard, struct ng_interval rows,
                    struct ng_err *err) {
    uint64_t before = phrase->count;
    uint64_t here = rows.end - rows.begin;
    phrase->count += here;
    if (here == 0 || before >= phrase->rows_wanted) return NG_OK;
    struct ng_contam_rows entry = {.index = index, .shard = shard, .rows = rows};
    return ng_buf_append(&phrase->rows, &entry, sizeof entry, err);
}

/* Whether the nearby path is that of the phrase itself. */
static bool is_known(const struct ng_contam_phrase *phrase, const struct ng_shard *shard) {
    return phrase->near_shard == shard && phrase->near->begin == phrase->begin && phrase->near->end == phrase->end;
}

/* Whether a phrase is too long to occur in a shard, by its number. */
static bool is_out_of_reach(const struct ng_contam_phrase *phrase, uint64_t number) {
    return phrase->reach && phrase->end - phrase->begin > phrase->reach[number];
}

static bool is_searched(const struct ng_contam_phrase *phrase, const struct ng_shard *shard, uint64_t number) {
    return !is_known(phrase, shard) && !is_out_of_reach(phrase, number);
}

static int count_in_shard(const struct ng_shard *shard, uint64_t number, struct ng_contam_phrase *const *phrases,
                          size_t count, struct ng_probe *probes, uint64_t *lf_steps, struct ng_watch *watch,
                          struct ng_err *err) {
    size_t unknown = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ng_contam_phrase *phrase = phrases[i];
        if (!is_searched(phrase, shard, number)) continue;
        probes[unknown] = (struct ng_probe){.text = phrase->text, .end = phrase->end, .bound = phrase->begin};
        /* Beyond the bound, the rows would be those of a longer phrase. */
        if (phrase->near_shard == shard && phrase->rows_wanted == 0) probes[unknown].near[0] = phrase->near;
        unknown++;
    }
    ng_probe_list(shard, probes, unknown, lf_steps, watch);
    return ng_shard_outcome(shard, watch, err);
}

/* All shards of an index whose parts are elsewhere. */
static int count_elsewhere(const struct ng_index *index, size_t number, struct ng_contam_phrase *const *phrases,
                           size_t count, struct ng_err *err) {
    size_t shards = (size_t)index->shard_count;
    struct ng_bytes *pieces = calloc(count, sizeof *pieces);
    struct ng_interval *rows = calloc(count, shards * sizeof *rows);
    int status = pieces && rows ? NG_OK : ng_err_nomem(err, count * shards * sizeof *rows, "intervals");
    for (size_t i = 0; i < count && !status; i++) {
        pieces[i] = (struct ng_bytes){phrases[i]->text + phrases[i]->begin, phrases[i]->end - phrases[i]->begin};
    }
    if (!status) status = ng_index_find_batch(index, pieces, count, rows, err);
    for (size_t i = 0; i < count && !status; i++) {
        for (size_t s = 0; s < shards && !status; s++) status = add_rows(phrases[i], number, s, rows[i * shards + s], err);
    }
    free(pieces);
    free(rows);
    return status;
}

int ng_contam_phrases_count(const struct ng_index *const *indexes, size_t index_count,
                            struct ng_contam_phrase *const *phrases, size_t count, uint64_t *lf_steps,
                            struct ng_watch *watch, struct ng_err *err) {
    if (count == 0) return NG_OK;
    struct ng_probe *probes = calloc(count, sizeof *probes);
    if (!probes) return ng_err_nomem(err, count * sizeof *probes, "searches");
    int status = NG_OK;
    uint64_t number = 0;
    for (size_t k = 0; k < index_count; k++) {
        if (indexes[k]->calls) {
            if (!status) status = count_elsewhere(indexes[k], k, phrases, count, err);
            number += indexes[k]->shard_count;
            continue;
        }
        for (uint64_t s = 0; s < indexes[k]->shard_count && !status; s++, number++) {
            const struct ng_shard *shard = &indexes[k]->shards[s].shard;
            status = ng_watch_check(watch, count / PHRASES + 1, err);
            if (!status) status = count_in_shard(shard, number, phrases, count, probes, lf_steps, watch, err);
            size_t next = 0;
            for (size_t i = 0; i < count && !status; i++) {
                const struct ng_probe_path *path = is_searched(phrases[i], shard, number) ? &probes[next++].path
                                                   : is_known(phrases[i], shard)          ? phrases[i]->near
                                                                                          : NULL;
                bool occurs = path && path->begin <= phrases[i]->begin;
                status = add_rows(phrases[i], k, s, occurs ? path->rows : (struct ng_interval){0, 0}, err);
            }
        }
    }
    free(probes);
    return status;
}
