/* Evidence from folded documents, shown in the documents as they are. */
#include <stdlib.h>

#include "query/contam/hits.h"

/* The evidence of one index. */
struct list {
    struct ng_contam_evidence **evidence;
    struct ng_hit *hits;
    uint64_t *lengths;
    struct ng_text_place *places;
    struct ng_snippet *snippets;
};

static void collect(struct list *list, size_t *used, struct ng_contam_work *works, size_t count, size_t index) {
    *used = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t e = 0; e < works[i].result.evidence_count; e++) {
            struct ng_contam_evidence *evidence = &works[i].result.evidence[e];
            if (evidence->index != index) continue;
            list->evidence[*used] = evidence;
            list->hits[*used] = (struct ng_hit){.doc = evidence->doc, .offset = evidence->offset};
            list->lengths[(*used)++] = evidence->length_bytes;
        }
    }
}

static int show_in_index(struct ng_contam *contam, struct list *list, size_t count, size_t index, struct ng_err *err) {
    int status = ng_index_show_originals(contam->indexes[index], list->hits, list->lengths, count,
                                         contam->options.context_bytes, list->places, list->snippets, err);
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_evidence *evidence = list->evidence[i];
        ng_snippet_free(&evidence->snippet);
        evidence->snippet = list->snippets[i];
        evidence->offset = list->places[i].offset;
        evidence->length_bytes = list->places[i].length_bytes;
        if (!status) status = ng_contam_room_take(&contam->room, evidence->snippet.length_bytes, err);
    }
    return status;
}

int ng_contam_origin(struct ng_contam *contam, struct ng_contam_work *works, size_t count, struct ng_err *err) {
    size_t all = 0;
    for (size_t i = 0; i < count; i++) all += works[i].result.evidence_count;
    if (all == 0) return NG_OK;
    struct list list = {.evidence = calloc(all, sizeof(struct ng_contam_evidence *)),
                        .hits = calloc(all, sizeof *list.hits),
                        .lengths = calloc(all, sizeof *list.lengths),
                        .places = calloc(all, sizeof *list.places),
                        .snippets = calloc(all, sizeof *list.snippets)};
    int status = NG_OK;
    if (!list.evidence || !list.hits || !list.lengths || !list.places || !list.snippets) {
        status = ng_err_nomem(err, all * sizeof *list.hits, "hits to be shown");
    }
    for (size_t k = 0; k < contam->index_count && !status; k++) {
        size_t used;
        struct ng_index_info info;
        ng_index_get_info(contam->given[k], &info);
        if (!info.exact || info.fold_unicode_differs) continue; /* by another Unicode places cannot be told */
        collect(&list, &used, works, count, k);
        if (used > 0) status = show_in_index(contam, &list, used, k, err);
    }
    free((void *)list.evidence);
    free(list.hits);
    free(list.lengths);
    free(list.places);
    free(list.snippets);
    return status;
}
