/* Evidence from folded documents, shown in the documents as they are. */
#include <stdlib.h>

#include "query/contam/hits.h"
#include "query/lib/origin.h"
#include "query/lib/snippet.h"

/* The evidence of one index. */
struct list {
    struct ng_contam_evidence **evidence;
    const struct ng_contam_work **works;
    uint64_t context_bytes;
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
            list->works[*used] = &works[i];
            list->hits[*used] = (struct ng_hit){.doc = evidence->doc, .offset = evidence->offset};
            list->lengths[(*used)++] = evidence->length_bytes;
        }
    }
}

/* Widens a piece within as much of the document as a snippet would show. */
static void widen(void *context, size_t number, struct ng_bytes folded, uint64_t *offset, uint64_t *length_bytes) {
    struct list *list = context;
    struct ng_contam_evidence *evidence = list->evidence[number];
    uint64_t shown = *length_bytes < NG_MAX_EVIDENCE_BYTES ? *length_bytes : NG_MAX_EVIDENCE_BYTES;
    uint64_t begin = 0;
    uint64_t end = folded.length_bytes;
    ng_snippet_trim(folded.data, *offset, *offset + shown, list->context_bytes, &begin, &end);
    ng_contam_widen(list->works[number], evidence, (struct ng_bytes){folded.data + begin, end - begin}, begin);
    *offset = evidence->offset;
    *length_bytes = evidence->length_bytes;
}

static int show_in_index(struct ng_contam *contam, struct list *list, size_t count, size_t index, struct ng_err *err) {
    int status = ng_origin_show(contam->indexes[index], list->hits, list->lengths, count, list->context_bytes, widen, list,
                                list->places, list->snippets, err);
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_evidence *evidence = list->evidence[i];
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
                        .works = calloc(all, sizeof(struct ng_contam_work *)),
                        .context_bytes = contam->options.context_bytes,
                        .hits = calloc(all, sizeof *list.hits),
                        .lengths = calloc(all, sizeof *list.lengths),
                        .places = calloc(all, sizeof *list.places),
                        .snippets = calloc(all, sizeof *list.snippets)};
    int status = NG_OK;
    if (!list.evidence || !list.works || !list.hits || !list.lengths || !list.places || !list.snippets) {
        status = ng_err_nomem(err, all * sizeof *list.hits, "hits to be shown");
    }
    for (size_t k = 0; k < contam->index_count && !status; k++) {
        size_t used;
        if (!contam->originals[k]) continue;
        collect(&list, &used, works, count, k);
        if (used > 0) status = show_in_index(contam, &list, used, k, err);
    }
    free((void *)list.evidence);
    free((void *)list.works);
    free(list.hits);
    free(list.lengths);
    free(list.places);
    free(list.snippets);
    return status;
}
