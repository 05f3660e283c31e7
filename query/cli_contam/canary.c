/* Canary strings of a benchmark's file, searched for by themselves. */
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/order.h"
#include "query/cli_contam/contam.h"

enum { HITS = 4096 };

static int find_documents(const struct ng_index *view, struct ng_bytes phrase, struct ng_report_canary_count *found,
                          struct ng_err *err) {
    struct ng_buf numbers = {0};
    struct ng_hit *hits = calloc(HITS, sizeof *hits);
    int status = hits ? NG_OK : ng_err_nomem(err, HITS * sizeof *hits, "hits of a canary");
    for (uint64_t at = 0, here = HITS; here == HITS && at < NG_MAX_CANARY_HITS && !status; at += here) {
        size_t count = 0;
        status = ng_index_locate(view, phrase, at, hits, HITS, &count, &found->occurrences, err);
        for (size_t i = 0; i < count && !status; i++) {
            status = ng_buf_append(&numbers, &hits[i].doc, sizeof hits[i].doc, err);
        }
        here = count;
    }
    uint64_t *documents = (uint64_t *)(void *)numbers.data; /* from malloc: aligned for any type */
    found->documents = status ? 0 : ng_order_distinct(documents, numbers.length / sizeof *documents);
    found->at_least = found->occurrences > NG_MAX_CANARY_HITS;
    ng_buf_free(&numbers);
    free(hits);
    return status;
}

/* Searches the exact view, if there is one: a canary is copied as it is. */
static int find_in_index(const struct ng_index *index, struct ng_bytes canary, struct ng_report_canary_count *found,
                         struct ng_err *err) {
    const struct ng_index *view = ng_index_view(index, NG_VIEW_EXACT);
    struct ng_bytes *phrases = NULL;
    if (!view) view = ng_index_view(index, NG_VIEW_FOLDED);
    if (!view) return ng_index_choose_view(index, "folded", &view, err);
    found->view = ng_index_text_view(view);
    int status = ng_index_phrases(view, &canary, 1, &phrases, err);
    if (!status) status = find_documents(view, phrases[0], found, err);
    ng_phrases_free(phrases);
    return status;
}

int ng_cmd_contam_canaries(const struct ng_report_settings *settings, const struct ng_benchmark *file,
                           struct ng_report_benchmark *benchmark, struct ng_err *err) {
    size_t count = ng_benchmark_canary_count(file);
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_report_canary *canary;
        status = ng_report_benchmark_add_canary(benchmark, settings, ng_benchmark_canary(file, i), &canary, err);
        for (size_t k = 0; k < settings->index_count && !status; k++) {
            status = find_in_index(settings->indexes[k].index, canary->text, &canary->in_index[k], err);
        }
    }
    return status;
}
