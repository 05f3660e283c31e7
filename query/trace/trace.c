#include "query/trace/trace.h"

#include <stdlib.h>

#include "common/base/utf8.h"

void ng_trace_options_init(struct ng_trace_options *options) {
    *options = (struct ng_trace_options){.min_chars = 30, .min_count = 1, .evidence_limit = 3, .context_bytes = 80};
}

static int make_spans(struct ng_trace *trace, struct ng_bytes text, const struct ng_call_range *ranges, size_t count,
                      struct ng_err *err) {
    trace->characters = ng_utf8_characters(text.data, text.length_bytes);
    if (count == 0) return NG_OK;
    trace->spans = calloc(count, sizeof *trace->spans);
    if (!trace->spans) return ng_err_nomem(err, count * sizeof *trace->spans, "the pieces of a text");
    trace->span_count = count;
    uint64_t counted = 0; /* code points before this byte: so many */
    uint64_t characters = 0;
    for (size_t i = 0; i < count; i++) {
        characters += ng_utf8_characters(text.data + counted, ranges[i].begin - counted);
        counted = ranges[i].begin;
        uint64_t length = ng_utf8_characters(text.data + counted, ranges[i].end - counted);
        trace->spans[i].span = (struct ng_contam_span){.begin = ranges[i].begin,
                                                       .end = ranges[i].end,
                                                       .begin_char = characters,
                                                       .end_char = characters + length};
    }
    return NG_OK;
}

void ng_trace_sum(struct ng_trace *trace) {
    uint64_t covered_to = 0;
    trace->covered_characters = 0;
    for (size_t i = 0; i < trace->span_count; i++) {
        const struct ng_contam_span *span = &trace->spans[i].span;
        uint64_t from = span->begin_char > covered_to ? span->begin_char : covered_to;
        if (span->end_char > from) trace->covered_characters += span->end_char - from;
        if (span->end_char > covered_to) covered_to = span->end_char;
    }
}

/* Keeps the first hit in every document. */
static int add_holdings(struct ng_tracing *tracing, const struct ng_contam_hit *hits, size_t count, size_t span,
                        struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        const struct ng_trace_holding holding = {.hit = hits[i], .span = span};
        if (hits[i].is_new) status = ng_buf_append(&tracing->holdings, &holding, sizeof holding, err);
    }
    return status;
}

/* Spans that are counted and shown together. */
enum { SPANS_AT_ONCE = 64 };

/* Their hits, and which of them are to be shown. */
struct spans {
    struct ng_trace_span *spans;
    size_t first; /* number of the first span */
    size_t count;
    struct ng_contam_phrase phrases[SPANS_AT_ONCE];
    struct ng_buf hits;       /* of struct ng_contam_hit */
    size_t ends[SPANS_AT_ONCE]; /* the hits of a span end there */
    struct ng_buf showings;   /* of struct ng_contam_showing */
};

/* Finds which documents of a span to show. */
static int choose_evidence(struct ng_tracing *tracing, struct spans *work, struct ng_trace_span *span,
                           struct ng_contam_hit *hits, size_t count, struct ng_err *err) {
    uint64_t limit = tracing->options->evidence_limit;
    if (count == 0 || limit == 0) return NG_OK;
    span->evidence = calloc((size_t)(limit < count ? limit : count), sizeof *span->evidence);
    if (!span->evidence) return ng_err_nomem(err, limit * sizeof *span->evidence, "evidence");
    span->hits_seen = count;
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        if (!hits[i].is_new) continue;
        span->documents_seen++;
        if (span->evidence_count == limit) continue;
        struct ng_contam_showing showing = {
            .hit = &hits[i], .text = tracing->text, .evidence = &span->evidence[span->evidence_count++]};
        status = ng_buf_append(&work->showings, &showing, sizeof showing, err);
    }
    return status;
}

/* How many hits of a piece to look at. */
static uint64_t choose_hits(const struct ng_tracing *tracing) {
    uint64_t wanted = ng_contam_hits_wanted(tracing->options->evidence_limit);
    uint64_t kept = tracing->holdings.length / sizeof(struct ng_trace_holding);
    if (tracing->options->document_limit == 0 || wanted >= NG_TRACE_RANKED_HITS || kept >= NG_TRACE_MOST_RANKED_HITS) {
        return wanted;
    }
    return NG_TRACE_RANKED_HITS;
}

static bool is_frequent(const struct ng_tracing *tracing, const struct ng_trace_span *span) {
    return tracing->options->max_count > 0 && span->count > tracing->options->max_count;
}

/* Counts the spans. Of each that is not too frequent, locates the hits that are looked at. */
static int find_hits(struct ng_tracing *tracing, struct spans *work, struct ng_err *err) {
    struct ng_contam_phrase *phrases[SPANS_AT_ONCE];
    uint64_t wanted = choose_hits(tracing);
    for (size_t i = 0; i < work->count; i++) {
        const struct ng_contam_span *place = &work->spans[i].span;
        work->phrases[i] = (struct ng_contam_phrase){
            .text = tracing->text.data, .begin = place->begin, .end = place->end, .rows_wanted = wanted};
        phrases[i] = &work->phrases[i];
    }
    int status = ng_contam_phrases_count(tracing->indexes, tracing->index_count, phrases, work->count, &tracing->lf_steps,
                                         &tracing->watch, err);
    for (size_t i = 0; i < work->count && !status; i++) {
        struct ng_trace_span *span = &work->spans[i];
        size_t before = work->hits.length;
        span->count = work->phrases[i].count;
        if (!is_frequent(tracing, span)) status = ng_contam_hits_add(&work->hits, &work->phrases[i], &span->span, err);
        if (!status && tracing->options->document_limit == 0) ng_contam_hits_mark(&work->hits, before);
        work->ends[i] = work->hits.length / sizeof(struct ng_contam_hit);
    }
    struct ng_contam_hit *hits = (struct ng_contam_hit *)(void *)work->hits.data; /* from malloc: aligned for any type */
    return status ? status : ng_contam_hits_locate(tracing->indexes, tracing->index_count, hits,
                                                   work->hits.length / sizeof *hits, &tracing->watch, err);
}

/* Counts spans and shows their documents, but for those that occur too often. */
static int finish_spans(struct ng_tracing *tracing, struct ng_trace *trace, struct spans *work, struct ng_err *err) {
    const struct ng_trace_options *options = tracing->options;
    int status = find_hits(tracing, work, err);
    struct ng_contam_hit *all = (struct ng_contam_hit *)(void *)work->hits.data;
    for (size_t i = 0, begin = 0; i < work->count && !status; begin = work->ends[i++]) {
        size_t count = work->ends[i] - begin;
        struct ng_trace_span *span = &work->spans[i];
        if (count == 0) continue;
        status = ng_contam_hits_find_new(all + begin, count, err);
        if (!status) status = choose_evidence(tracing, work, span, all + begin, count, err);
        if (status || options->document_limit == 0) continue;
        if (span->count > count) trace->unlocated += span->count - count;
        status = add_holdings(tracing, all + begin, count, work->first + i, err);
    }
    const struct ng_contam_showing *showings = (const struct ng_contam_showing *)(const void *)work->showings.data;
    if (!status) {
        status = ng_contam_evidence_load(tracing->indexes, tracing->index_count, NULL, showings,
                                         work->showings.length / sizeof *showings, options->context_bytes, &tracing->room,
                                         &tracing->watch, err);
    }
    for (size_t i = 0; i < work->count; i++) ng_buf_free(&work->phrases[i].rows);
    ng_buf_free(&work->hits);
    ng_buf_free(&work->showings);
    return status;
}

/* Drops the spans that occur too often. They have no evidence, and no holdings. */
static void drop_frequent(struct ng_tracing *tracing, struct ng_trace *trace) {
    struct ng_trace_holding *holdings = (struct ng_trace_holding *)(void *)tracing->holdings.data; /* from malloc */
    size_t holding_count = tracing->holdings.length / sizeof *holdings;
    size_t kept = 0;
    size_t h = 0;
    for (size_t i = 0; i < trace->span_count; i++) {
        if (is_frequent(tracing, &trace->spans[i])) continue;
        for (; h < holding_count && holdings[h].span == i; h++) holdings[h].span = kept;
        trace->spans[kept++] = trace->spans[i];
    }
    trace->span_count = kept;
}

int ng_trace_search(struct ng_tracing *tracing, struct ng_trace *trace, struct ng_err *err) {
    int status = ng_trace_find_pieces(tracing, err);
    const struct ng_call_range *ranges = (const struct ng_call_range *)(const void *)tracing->ranges.data;
    if (!status) status = make_spans(trace, tracing->text, ranges, tracing->ranges.length / sizeof *ranges, err);
    for (size_t at = 0, some = SPANS_AT_ONCE; at < trace->span_count && !status; at += some) {
        if (some > trace->span_count - at) some = trace->span_count - at;
        struct spans work = {.spans = trace->spans + at, .first = at, .count = some};
        status = finish_spans(tracing, trace, &work, err);
    }
    drop_frequent(tracing, trace);
    ng_trace_sum(trace);
    trace->lf_steps = tracing->lf_steps;
    return status;
}

static int check_input(struct ng_bytes text, size_t index_count, const struct ng_trace_options *options,
                       struct ng_err *err) {
    if (text.length_bytes > NG_MAX_ENTRY_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "the text is %llu bytes; the limit is %llu (NG_MAX_ENTRY_BYTES)",
                          (unsigned long long)text.length_bytes, (unsigned long long)NG_MAX_ENTRY_BYTES);
    }
    if (options->min_chars == 0 || options->evidence_limit > NG_MAX_EVIDENCE || options->document_limit > NG_MAX_EVIDENCE ||
        options->context_bytes > NG_MAX_CONTEXT_BYTES || index_count == 0 || index_count > NG_MAX_CONTAM_INDEXES) {
        return ng_err_set(err, NG_ERR_LIMIT, "tracing: an option is out of its range");
    }
    size_t valid = ng_utf8_valid_prefix(text.data, (size_t)text.length_bytes);
    if (valid == text.length_bytes) return NG_OK;
    return ng_err_set(err, NG_ERR_INPUT, "the text is not UTF-8 at byte %zu", valid);
}

/* Searches by one kind of views. */
static int trace_text(struct ng_trace *trace, const struct ng_index *const *indexes, size_t index_count,
                      struct ng_bytes text, const struct ng_trace_options *options, bool folded, struct ng_err *err) {
    uint8_t *cuts = NULL;
    *trace = (struct ng_trace){0};
    int status = check_input(text, index_count, options, err);
    if (!status && options->whole_words) status = ng_trace_find_cuts(text, &cuts, err);
    if (status) return status;
    struct ng_tracing tracing = {.indexes = indexes,
                                 .index_count = index_count,
                                 .options = options,
                                 .watch = ng_contam_watch_make(indexes, index_count),
                                 .room = {.most = options->shown_bytes ? options->shown_bytes : UINT64_MAX},
                                 .text = text,
                                 .cuts = cuts};
    if (folded) {
        status = ng_trace_search_folded(&tracing, trace, err);
    } else {
        status = ng_trace_search(&tracing, trace, err);
        if (!status) status = ng_trace_rank(&tracing, trace, err);
    }
    ng_buf_free(&tracing.ranges);
    ng_buf_free(&tracing.holdings);
    free(cuts);
    if (status) ng_trace_free(trace);
    return status;
}

int ng_trace_text(struct ng_trace *trace, const struct ng_index *const *indexes, size_t index_count,
                  struct ng_bytes text, const struct ng_trace_options *options, struct ng_err *err) {
    return trace_text(trace, indexes, index_count, text, options, false, err);
}

int ng_trace_view(struct ng_trace *trace, const struct ng_index *const *views, size_t view_count, struct ng_bytes text,
                  const struct ng_trace_options *options, struct ng_err *err) {
    *trace = (struct ng_trace){0};
    size_t folded = 0;
    for (size_t i = 0; i < view_count; i++) folded += ng_index_text_view(views[i]) == NG_VIEW_FOLDED;
    if (folded > 0 && folded < view_count) {
        return ng_err_set(err, NG_ERR_USAGE, "tracing: some of the indexes are exact and some folded");
    }
    return trace_text(trace, views, view_count, text, options, folded > 0, err);
}

static void free_evidence(struct ng_contam_evidence *evidence) {
    ng_snippet_free(&evidence->snippet);
    ng_doc_source_free(&evidence->source);
}

void ng_trace_free(struct ng_trace *trace) {
    if (!trace) return;
    for (size_t i = 0; i < trace->span_count; i++) {
        struct ng_trace_span *span = &trace->spans[i];
        for (size_t k = 0; k < span->evidence_count; k++) free_evidence(&span->evidence[k]);
        free(span->evidence);
    }
    for (size_t i = 0; i < trace->document_count; i++) {
        free_evidence(&trace->documents[i].evidence);
        free(trace->documents[i].spans);
    }
    free(trace->spans);
    free(trace->documents);
    *trace = (struct ng_trace){0};
}
