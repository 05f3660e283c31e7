#include <stdlib.h>

#include "query/contam.h"
#include "query/probe.h"

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

static int count_in_shard(const struct ng_shard *shard, struct ng_contam_phrase *const *phrases, size_t count,
                          struct ng_probe *probes, uint64_t *lf_steps, struct ng_err *err) {
    size_t unknown = 0;
    for (size_t i = 0; i < count; i++) {
        if (phrases[i]->known_shard == shard) continue;
        probes[unknown++] =
            (struct ng_probe){.text = phrases[i]->text, .end = phrases[i]->end, .bound = phrases[i]->begin};
    }
    ng_probe_list(shard, probes, unknown, lf_steps);
    return ng_shard_status(shard, err);
}

int ng_contam_phrases_count(const struct ng_index *const *indexes, size_t index_count,
                            struct ng_contam_phrase *const *phrases, size_t count, uint64_t *lf_steps,
                            struct ng_err *err) {
    if (count == 0) return NG_OK;
    struct ng_probe *probes = calloc(count, sizeof *probes);
    if (!probes) return ng_err_nomem(err, count * sizeof *probes, "searches");
    int status = NG_OK;
    for (size_t k = 0; k < index_count; k++) {
        for (uint64_t s = 0; s < indexes[k]->shard_count && !status; s++) {
            const struct ng_shard *shard = &indexes[k]->shards[s].shard;
            status = count_in_shard(shard, phrases, count, probes, lf_steps, err);
            size_t next = 0;
            for (size_t i = 0; i < count && !status; i++) {
                struct ng_interval rows = phrases[i]->known_rows;
                if (phrases[i]->known_shard != shard) {
                    const struct ng_probe *probe = &probes[next++];
                    rows = probe->begin == probe->bound ? probe->rows : (struct ng_interval){0, 0};
                }
                status = add_rows(phrases[i], k, s, rows, err);
            }
        }
    }
    free(probes);
    return status;
}
