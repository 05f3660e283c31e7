#include <stdlib.h>
#include <string.h>

#include "common/base/order.h"
#include "common/base/utf8.h"
#include "common/text/fold.h"
#include "query/trace/trace.h"

/* The characters of a folded text, and where they come from. */
struct folded_text {
    struct ng_bytes text; /* as it was given */
    struct ng_buf folded;
    struct ng_buf chars; /* of struct ng_fold_char */
    uint64_t at, at_char; /* a place in the text that code points were counted to */
};

/* The first character that ends behind a place in the folded text. */
static const struct ng_fold_char *char_at(const struct folded_text *folded, uint64_t place) {
    const struct ng_fold_char *chars = (const struct ng_fold_char *)(const void *)folded->chars.data;
    size_t low = 0;
    NG_ORDER_SEEK(low, folded->chars.length / sizeof *chars, middle, chars[middle].folded_end <= place);
    return &chars[low];
}

/* How many code points of the text end before a place; places come about in order. */
static uint64_t count_chars(struct folded_text *folded, uint64_t place) {
    for (; folded->at < place; folded->at++) folded->at_char += !ng_utf8_is_continuation(folded->text.data[folded->at]);
    for (; folded->at > place; folded->at--) folded->at_char -= !ng_utf8_is_continuation(folded->text.data[folded->at - 1]);
    return folded->at_char;
}

/* Evidence whose bytes are still those of folded text, and that is shown together. */
enum { AT_ONCE = 256 };

struct evidence_list {
    struct ng_contam_evidence *items[AT_ONCE];
    size_t count;
};

/* Moves the evidence from one index to its original documents. */
static int show_originals(const struct evidence_list *list, const struct ng_index *view, size_t number,
                          uint64_t context_bytes, struct ng_err *err) {
    struct ng_contam_evidence *shown[AT_ONCE];
    struct ng_hit hits[AT_ONCE];
    uint64_t lengths[AT_ONCE];
    struct ng_text_place places[AT_ONCE];
    struct ng_snippet snippets[AT_ONCE];
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct ng_contam_evidence *evidence = list->items[i];
        if (evidence->index != number || !view->exact) continue;
        uint64_t length = evidence->span.end - evidence->span.begin;
        hits[count] = (struct ng_hit){.doc = evidence->doc, .offset = evidence->offset};
        lengths[count] = length < NG_MAX_EVIDENCE_BYTES ? length : NG_MAX_EVIDENCE_BYTES;
        shown[count++] = evidence;
    }
    if (count == 0) return NG_OK;
    int status = ng_index_show_originals(view, hits, lengths, count, context_bytes, places, snippets, err);
    for (size_t i = 0; i < count && !status; i++) {
        ng_snippet_free(&shown[i]->snippet);
        shown[i]->snippet = snippets[i];
        shown[i]->offset = places[i].offset;
        shown[i]->length_bytes = places[i].length_bytes;
    }
    return status;
}

/* Shows what is in the list, and empties it. */
static int flush(struct ng_tracing *tracing, struct evidence_list *list, struct ng_err *err) {
    int status = NG_OK;
    for (size_t k = 0; k < tracing->index_count && list->count > 0 && !status; k++) {
        status = show_originals(list, tracing->indexes[k], k, tracing->options->context_bytes, err);
    }
    list->count = 0;
    return status;
}

static int add(struct ng_tracing *tracing, struct evidence_list *list, struct ng_contam_evidence *evidence,
               struct ng_err *err) {
    list->items[list->count++] = evidence;
    return list->count == AT_ONCE ? flush(tracing, list, err) : NG_OK;
}

/* Turns what was found in the folded text into places of the text. */
static int map_spans(struct ng_tracing *tracing, struct ng_trace *trace, struct folded_text *folded, struct ng_err *err) {
    struct evidence_list list = {.count = 0};
    int status = NG_OK;
    for (size_t i = 0; i < trace->span_count && !status; i++) {
        struct ng_trace_span *span = &trace->spans[i];
        for (size_t k = 0; k < span->evidence_count && !status; k++) status = add(tracing, &list, &span->evidence[k], err);
    }
    if (!status) status = flush(tracing, &list, err);
    for (size_t i = 0; i < trace->span_count && !status; i++) {
        struct ng_trace_span *span = &trace->spans[i];
        struct ng_contam_span *place = &span->span;
        place->begin = char_at(folded, place->begin)->begin;
        place->end = char_at(folded, place->end - 1)->end;
        place->begin_char = count_chars(folded, place->begin);
        place->end_char = count_chars(folded, place->end);
        for (size_t k = 0; k < span->evidence_count; k++) span->evidence[k].span = *place;
    }
    trace->characters = count_chars(folded, folded->text.length_bytes);
    ng_trace_sum(trace);
    return status;
}

static int map_documents(struct ng_tracing *tracing, struct ng_trace *trace, struct ng_err *err) {
    struct evidence_list list = {.count = 0};
    int status = NG_OK;
    for (size_t i = 0; i < trace->document_count && !status; i++) {
        status = add(tracing, &list, &trace->documents[i].evidence, err);
    }
    if (!status) status = flush(tracing, &list, err);
    for (size_t i = 0; i < trace->document_count; i++) {
        trace->documents[i].evidence.span = trace->spans[trace->documents[i].longest].span;
    }
    return status;
}

/* Where a piece of the folded text would cut a word of the text given. */
static int map_cuts(const struct folded_text *folded, const uint8_t *given, uint8_t **cuts, struct ng_err *err) {
    const struct ng_fold_char *chars = (const struct ng_fold_char *)(const void *)folded->chars.data;
    size_t length = folded->folded.length;
    *cuts = malloc(length + 1);
    if (!*cuts) return ng_err_nomem(err, length + 1, "the words of a text");
    memset(*cuts, true, length);
    for (size_t i = 0; i < folded->chars.length / sizeof *chars; i++) {
        /* What folds to nothing between two characters parts them, as their distance tells. */
        bool joined = i > 0 && chars[i].begin == chars[i - 1].end;
        (*cuts)[chars[i].folded_begin] = joined && given[chars[i].begin];
    }
    (*cuts)[length] = false;
    return NG_OK;
}

int ng_trace_search_folded(struct ng_tracing *tracing, struct ng_trace *trace, struct ng_err *err) {
    struct folded_text folded = {.text = tracing->text};
    const uint8_t *given_cuts = tracing->cuts;
    uint8_t *cuts = NULL;
    struct ng_fold *fold = NULL;
    int status = ng_fold_open(&fold, err);
    if (!status) {
        status = ng_fold_map(fold, folded.text.data, (size_t)folded.text.length_bytes, &folded.folded, &folded.chars, err);
    }
    if (!status && given_cuts) status = map_cuts(&folded, given_cuts, &cuts, err);
    tracing->text = (struct ng_bytes){folded.folded.data, folded.folded.length};
    tracing->cuts = cuts;
    if (!status) status = ng_trace_search(tracing, trace, err);
    if (!status) status = map_spans(tracing, trace, &folded, err);
    if (!status) status = ng_trace_rank(tracing, trace, err);
    if (!status) status = map_documents(tracing, trace, err);
    tracing->text = folded.text;
    tracing->cuts = given_cuts;
    ng_fold_close(fold);
    ng_buf_free(&folded.folded);
    ng_buf_free(&folded.chars);
    free(cuts);
    return status;
}
