#include <stdlib.h>

#include "query/trace/trace.h"

static int by_document(const void *a, const void *b) {
    const struct ng_trace_holding *x = a;
    const struct ng_trace_holding *y = b;
    if (x->hit.index != y->hit.index) return x->hit.index < y->hit.index ? -1 : 1;
    if (x->hit.hit.doc != y->hit.hit.doc) return x->hit.hit.doc < y->hit.hit.doc ? -1 : 1;
    return (x->span > y->span) - (x->span < y->span);
}

/* The pieces that a document holds: holdings[first, end). */
struct ranked {
    size_t first;
    size_t end;
    size_t longest; /* the holding of its longest piece */
    uint64_t characters;
};

/* The most characters first, then the most pieces, then in the order of documents. */
static int by_share(const void *a, const void *b) {
    const struct ranked *x = a;
    const struct ranked *y = b;
    if (x->characters != y->characters) return x->characters > y->characters ? -1 : 1;
    if (x->end - x->first != y->end - y->first) return x->end - x->first > y->end - y->first ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static uint64_t length_of(const struct ng_trace *trace, const struct ng_trace_holding *holding) {
    const struct ng_contam_span *span = &trace->spans[holding->span].span;
    return span->end_char - span->begin_char;
}

/* Adds up the characters of a document's pieces, which come in order and may overlap. */
static void weigh(const struct ng_trace *trace, const struct ng_trace_holding *holdings, struct ranked *ranked) {
    uint64_t covered_to = 0;
    for (size_t h = ranked->first; h < ranked->end; h++) {
        const struct ng_contam_span *span = &trace->spans[holdings[h].span].span;
        uint64_t from = span->begin_char > covered_to ? span->begin_char : covered_to;
        if (span->end_char > from) ranked->characters += span->end_char - from;
        if (span->end_char > covered_to) covered_to = span->end_char;
        if (length_of(trace, &holdings[h]) > length_of(trace, &holdings[ranked->longest])) ranked->longest = h;
    }
}

static size_t group(const struct ng_trace *trace, const struct ng_trace_holding *holdings, size_t count,
                    struct ranked *ranked) {
    size_t documents = 0;
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count; end++) {
            if (holdings[end].hit.index != holdings[first].hit.index) break;
            if (holdings[end].hit.hit.doc != holdings[first].hit.hit.doc) break;
        }
        ranked[documents] = (struct ranked){.first = first, .end = end, .longest = first};
        weigh(trace, holdings, &ranked[documents++]);
    }
    qsort(ranked, documents, sizeof *ranked, by_share);
    return documents;
}

static int show(struct ng_tracing *tracing, struct ng_trace *trace, const struct ng_trace_holding *holdings,
                const struct ranked *ranked, struct ng_err *err) {
    struct ng_contam_showing *showings = calloc(trace->document_count + 1, sizeof *showings);
    if (!showings) return ng_err_nomem(err, trace->document_count * sizeof *showings, "documents");
    int status = NG_OK;
    for (size_t d = 0; d < trace->document_count; d++) {
        struct ng_trace_document *document = &trace->documents[d];
        document->longest = holdings[ranked[d].longest].span;
        document->characters = ranked[d].characters;
        document->span_count = ranked[d].end - ranked[d].first;
        showings[d] = (struct ng_contam_showing){
            .hit = &holdings[ranked[d].longest].hit, .text = tracing->text, .evidence = &document->evidence};
        document->spans = calloc(document->span_count, sizeof *document->spans);
        if (!document->spans) status = ng_err_nomem(err, document->span_count * sizeof *document->spans, "pieces");
        for (size_t i = 0; i < document->span_count && !status; i++) {
            document->spans[i] = holdings[ranked[d].first + i].span;
        }
    }
    if (!status) {
        status = ng_contam_evidence_load(tracing->indexes, tracing->index_count, NULL, showings, trace->document_count,
                                         tracing->options->context_bytes, &tracing->room, &tracing->watch, err);
    }
    free(showings);
    return status;
}

int ng_trace_rank(struct ng_tracing *tracing, struct ng_trace *trace, struct ng_err *err) {
    struct ng_trace_holding *holdings = (struct ng_trace_holding *)(void *)tracing->holdings.data; /* from malloc */
    size_t count = tracing->holdings.length / sizeof *holdings;
    if (count == 0) return NG_OK;
    struct ranked *ranked = calloc(count, sizeof *ranked);
    if (!ranked) return ng_err_nomem(err, count * sizeof *ranked, "documents to be ranked");
    qsort(holdings, count, sizeof *holdings, by_document);
    size_t documents = group(trace, holdings, count, ranked);
    trace->documents_seen = documents;
    if (documents > tracing->options->document_limit) documents = (size_t)tracing->options->document_limit;
    int status = NG_OK;
    trace->documents = calloc(documents + 1, sizeof *trace->documents);
    if (!trace->documents) status = ng_err_nomem(err, documents * sizeof *trace->documents, "documents");
    else trace->document_count = documents;
    if (!status) status = show(tracing, trace, holdings, ranked, err);
    free(ranked);
    return status;
}
