/* Evidence from folded documents, shown in the original text. */
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

static uint64_t shown_bytes(const struct ng_contam_evidence *evidence) {
    return evidence->length_bytes < NG_MAX_EVIDENCE_BYTES ? evidence->length_bytes : NG_MAX_EVIDENCE_BYTES;
}

/* Widens a piece within as much of the document as a snippet would show. folded is some of it, from offset base on. */
static void widen_within(struct list *list, size_t number, struct ng_bytes folded, uint64_t base) {
    struct ng_contam_evidence *evidence = list->evidence[number];
    uint64_t begin = base;
    uint64_t end = base + folded.length_bytes;
    ng_snippet_trim(folded.data, evidence->offset, evidence->offset + shown_bytes(evidence), list->context_bytes, &begin, &end);
    ng_contam_widen(list->works[number], evidence, (struct ng_bytes){folded.data + (begin - base), end - begin}, begin);
}

static void widen(void *context, size_t number, struct ng_bytes folded, uint64_t *offset, uint64_t *length_bytes) {
    struct list *list = context;
    widen_within(list, number, folded, 0);
    *offset = list->evidence[number]->offset;
    *length_bytes = list->evidence[number]->length_bytes;
}

/* Shows the pieces; if the documents are elsewhere, widens them first. */
static int show_elsewhere(const struct ng_index *view, struct list *list, size_t count, struct ng_err *err) {
    enum { PIECES = 256, MORE_BYTES = 8 /* so that characters are cut where the context ends */ };
    struct ng_call_piece pieces[PIECES];
    int status = NG_OK;
    for (size_t at = 0, some = PIECES; at < count && !status; at += some) {
        if (some > count - at) some = count - at;
        for (size_t i = 0; i < some; i++) {
            const struct ng_contam_evidence *evidence = list->evidence[at + i];
            uint64_t around = list->context_bytes + MORE_BYTES;
            uint64_t begin = evidence->offset > around ? evidence->offset - around : 0;
            pieces[i] = (struct ng_call_piece){.doc = evidence->doc, .offset = begin,
                                               .most_bytes = evidence->offset + shown_bytes(evidence) + around - begin};
        }
        status = ng_index_read(view, pieces, some, err);
        for (size_t i = 0; i < some && !status; i++) {
            const struct ng_contam_evidence *evidence = list->evidence[at + i];
            bool fits = evidence->offset + shown_bytes(evidence) <= pieces[i].offset + pieces[i].length_bytes;
            struct ng_bytes folded = {pieces[i].text, pieces[i].length_bytes};
            if (fits) widen_within(list, at + i, folded, pieces[i].offset);
            list->hits[at + i].offset = evidence->offset;
            list->lengths[at + i] = evidence->length_bytes;
            ng_call_piece_free(&pieces[i]);
        }
    }
    if (status) return status;
    return ng_index_show_originals(view, list->hits, list->lengths, count, list->context_bytes, list->places,
                                   list->snippets, err);
}

static int show_in_index(struct ng_contam *contam, struct list *list, size_t count, size_t index, struct ng_err *err) {
    const struct ng_index *view = contam->indexes[index];
    int status = view->calls ? show_elsewhere(view, list, count, err)
                             : ng_origin_show(view, list->hits, list->lengths, count, list->context_bytes, widen, list,
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
