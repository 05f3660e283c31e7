/* Tracing: the part of ngidx.h that finds which pieces of a text occur. The method is that of plan.h. */
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "common/text/fold.h"
#include "query/contam/hits.h"
#include "query/contam/work.h"

void ng_trace_options_init(struct ng_trace_options *options) {
    *options = (struct ng_trace_options){.min_chars = 30, .evidence_limit = 3, .context_bytes = 80};
}

/* Bytes [begin, end) of the text. */
struct range {
    uint64_t begin;
    uint64_t end;
};

/* The search for pieces. */
struct tracing {
    const struct ng_index *const *indexes;
    size_t index_count;
    const struct ng_trace_options *options;
    struct ng_watch watch;
    struct ng_contam_room room;
    struct ng_bytes text;
    const struct ng_shard *shard; /* the one that is searched */
    struct ng_known known;
    struct ng_buf *ranges; /* of struct range: the pieces found, in all shards */
    uint64_t lf_steps;
};

static bool at_character(struct ng_bytes text, uint64_t at) {
    return at == text.length_bytes || !ng_utf8_is_continuation(text.data[at]);
}

static uint64_t round_up(struct ng_bytes text, uint64_t at) {
    while (!at_character(text, at)) at++;
    return at;
}

static uint64_t round_down(struct ng_bytes text, uint64_t at) {
    while (!at_character(text, at)) at--;
    return at;
}

/* Learns whether text[begin, end) occurs. */
static int occurs(struct tracing *tracing, uint64_t begin, uint64_t end, bool *found, struct ng_err *err) {
    int status = ng_watch_check(&tracing->watch, NG_WATCH_STEPS, err);
    if (status) return status;
    struct ng_known_bounds bounds = ng_known_bounds(&tracing->known, end);
    if (bounds.high > begin && bounds.low <= begin) {
        struct ng_probe probe = {.text = tracing->text.data, .end = end, .bound = begin};
        ng_known_set_near(&tracing->known, &probe);
        ng_probe_list(tracing->shard, &probe, 1, &tracing->lf_steps, &tracing->watch);
        status = ng_watch_status(&tracing->watch, err);
        if (!status) status = ng_known_add(&tracing->known, &probe, err);
        bounds = ng_known_bounds(&tracing->known, end);
    }
    *found = bounds.high <= begin;
    return status;
}

/* Moves *end, where text[begin, *end) occurs, as far to the right as it does. */
static int stretch(struct tracing *tracing, uint64_t begin, uint64_t *end, struct ng_err *err) {
    uint64_t absent = tracing->text.length_bytes + 1; /* text[begin, absent) does not occur */
    bool leaping = true;                              /* each time to twice the length */
    while (absent - *end > 1) {
        uint64_t most = absent - *end - 1;
        uint64_t more = *end - begin;
        if (!leaping) more = most - most / 8;
        if (more > most) more = most;
        bool found;
        int status = occurs(tracing, begin, *end + more, &found, err);
        if (status) return status;
        if (found) {
            *end += more;
        } else {
            absent = *end + more;
            leaping = false;
        }
    }
    return NG_OK;
}

/* The end of the piece of min_chars code points from begin; UINT64_MAX where the text is too short. */
static uint64_t least_end(const struct tracing *tracing, uint64_t begin) {
    uint64_t end = begin;
    for (uint64_t chars = 0; chars < tracing->options->min_chars; chars++) {
        if (end == tracing->text.length_bytes) return UINT64_MAX;
        end = round_up(tracing->text, end + 1);
    }
    return end;
}

/* Finds the pieces that occur in one shard, each as long as it may be. Before a piece is tried from begin, pieces
 * from all begins before are known; those that end at most at done lie within one that was found. */
static int trace_shard(struct tracing *tracing, struct ng_err *err) {
    uint64_t begin = 0;
    uint64_t done = 0;
    for (;;) {
        uint64_t end = least_end(tracing, begin);
        if (end == UINT64_MAX) return NG_OK;
        if (end <= done) {
            if (done == tracing->text.length_bytes) return NG_OK;
            end = round_up(tracing->text, done + 1);
        }
        bool found;
        int status = occurs(tracing, begin, end, &found, err);
        if (status) return status;
        if (!found) {
            begin = round_up(tracing->text, ng_known_bounds(&tracing->known, end).low);
            continue;
        }
        status = stretch(tracing, begin, &end, err);
        if (status) return status;
        struct range range = {.begin = begin, .end = round_down(tracing->text, end)};
        status = ng_buf_append(tracing->ranges, &range, sizeof range, err);
        if (status) return status;
        done = range.end;
    }
}

static int compare_ranges(const void *a, const void *b) {
    const struct range *x = a;
    const struct range *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    if (x->end != y->end) return x->end > y->end ? -1 : 1;
    return 0;
}

/* Leaves those that are part of no other. */
static size_t keep_maximal(struct range *ranges, size_t count) {
    size_t kept = 0;
    if (count > 0) qsort(ranges, count, sizeof *ranges, compare_ranges);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || ranges[i].end > ranges[kept - 1].end) ranges[kept++] = ranges[i];
    }
    return kept;
}

static int trace_indexes(struct tracing *tracing, struct ng_err *err) {
    int status = NG_OK;
    for (size_t k = 0; k < tracing->index_count && !status; k++) {
        for (uint64_t s = 0; s < tracing->indexes[k]->shard_count && !status; s++) {
            tracing->shard = &tracing->indexes[k]->shards[s].shard;
            ng_known_clear(&tracing->known);
            status = trace_shard(tracing, err);
            if (!status) status = ng_shard_status(tracing->shard, err);
        }
    }
    ng_known_free(&tracing->known);
    return status;
}

static int make_spans(struct ng_trace *trace, struct ng_bytes text, const struct range *ranges, size_t count,
                      struct ng_err *err) {
    trace->characters = ng_utf8_characters(text.data, text.length_bytes);
    if (count == 0) return NG_OK;
    trace->spans = calloc(count, sizeof *trace->spans);
    if (!trace->spans) return ng_err_nomem(err, count * sizeof *trace->spans, "the pieces of a text");
    trace->span_count = count;
    uint64_t counted = 0; /* code points before this byte: so many */
    uint64_t characters = 0;
    uint64_t covered = 0; /* up to this byte */
    for (size_t i = 0; i < count; i++) {
        characters += ng_utf8_characters(text.data + counted, ranges[i].begin - counted);
        counted = ranges[i].begin;
        uint64_t length = ng_utf8_characters(text.data + counted, ranges[i].end - counted);
        trace->spans[i].span = (struct ng_contam_span){.begin = ranges[i].begin,
                                                       .end = ranges[i].end,
                                                       .begin_char = characters,
                                                       .end_char = characters + length};
        uint64_t from = covered > ranges[i].begin ? covered : ranges[i].begin;
        trace->covered_characters += ng_utf8_characters(text.data + from, ranges[i].end - from);
        covered = ranges[i].end;
    }
    return NG_OK;
}

static int show_span(struct tracing *tracing, struct ng_trace_span *span, struct ng_contam_hit *hits, size_t count,
                     struct ng_err *err) {
    uint64_t limit = tracing->options->evidence_limit;
    if (count == 0 || limit == 0) return NG_OK;
    span->evidence = calloc((size_t)(limit < count ? limit : count), sizeof *span->evidence);
    if (!span->evidence) return ng_err_nomem(err, limit * sizeof *span->evidence, "evidence");
    struct ng_contam_showing *showings = calloc((size_t)(limit < count ? limit : count), sizeof *showings);
    if (!showings) return ng_err_nomem(err, limit * sizeof *showings, "evidence");
    span->hits_seen = count;
    int status = ng_contam_hits_find_new(hits, count, err);
    for (size_t i = 0; i < count && !status; i++) {
        if (!hits[i].is_new) continue;
        span->documents_seen++;
        if (span->evidence_count == limit) continue;
        size_t number = span->evidence_count++;
        showings[number] =
            (struct ng_contam_showing){.hit = &hits[i], .text = tracing->text, .evidence = &span->evidence[number]};
    }
    if (!status) {
        status = ng_contam_evidence_load(tracing->indexes, tracing->index_count, NULL, showings, span->evidence_count,
                                         tracing->options->context_bytes, &tracing->room, &tracing->watch, err);
    }
    free(showings);
    return status;
}

/* Counts a span and shows its documents. */
static int finish_span(struct tracing *tracing, struct ng_trace_span *span, struct ng_err *err) {
    struct ng_contam_phrase phrase = {.text = tracing->text.data,
                                      .begin = span->span.begin,
                                      .end = span->span.end,
                                      .rows_wanted = ng_contam_hits_wanted(tracing->options->evidence_limit)};
    struct ng_contam_phrase *const phrases[] = {&phrase};
    struct ng_buf hits = {0};
    int status = ng_contam_phrases_count(tracing->indexes, tracing->index_count, phrases, 1, &tracing->lf_steps,
                                         &tracing->watch, err);
    span->count = phrase.count;
    if (!status) status = ng_contam_hits_add(&hits, &phrase, &span->span, err);
    ng_contam_hits_mark(&hits, 0);
    struct ng_contam_hit *all = (struct ng_contam_hit *)(void *)hits.data; /* from malloc: aligned for any type */
    size_t count = hits.length / sizeof *all;
    if (!status) {
        status = ng_contam_hits_locate(tracing->indexes, tracing->index_count, all, count, &tracing->watch, err);
    }
    if (!status) status = show_span(tracing, span, all, count, err);
    ng_buf_free(&hits);
    ng_buf_free(&phrase.rows);
    return status;
}

static int check_input(struct ng_bytes text, size_t index_count, const struct ng_trace_options *options,
                       struct ng_err *err) {
    if (text.length_bytes > NG_MAX_ENTRY_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "the text is %llu bytes; the limit is %llu (NG_MAX_ENTRY_BYTES)",
                          (unsigned long long)text.length_bytes, (unsigned long long)NG_MAX_ENTRY_BYTES);
    }
    if (options->min_chars == 0 || options->evidence_limit > NG_MAX_EVIDENCE ||
        options->context_bytes > NG_MAX_CONTEXT_BYTES || index_count == 0 || index_count > NG_MAX_CONTAM_INDEXES) {
        return ng_err_set(err, NG_ERR_LIMIT, "tracing: an option is out of its range");
    }
    size_t valid = ng_utf8_valid_prefix(text.data, (size_t)text.length_bytes);
    if (valid == text.length_bytes) return NG_OK;
    return ng_err_set(err, NG_ERR_INPUT, "the text is not UTF-8 at byte %zu", valid);
}

int ng_trace_text(struct ng_trace *trace, const struct ng_index *const *indexes, size_t index_count,
                  struct ng_bytes text, const struct ng_trace_options *options, struct ng_err *err) {
    *trace = (struct ng_trace){0};
    int status = check_input(text, index_count, options, err);
    for (size_t k = 0; k < index_count && !status; k++) {
        status = ng_index_refuse_remote(indexes[k], "trace a text", err);
    }
    if (status) return status;
    struct ng_buf buffer = {0};
    struct tracing tracing = {.indexes = indexes,
                              .index_count = index_count,
                              .options = options,
                              .watch = ng_contam_watch_make(indexes, index_count),
                              .room = {.most = options->shown_bytes ? options->shown_bytes : UINT64_MAX},
                              .text = text,
                              .ranges = &buffer};
    status = trace_indexes(&tracing, err);
    struct range *ranges = (struct range *)(void *)buffer.data; /* from malloc: aligned for any type */
    size_t count = keep_maximal(ranges, buffer.length / sizeof *ranges);
    if (!status) status = make_spans(trace, text, ranges, count, err);
    for (size_t i = 0; i < trace->span_count && !status; i++) {
        status = finish_span(&tracing, &trace->spans[i], err);
    }
    trace->lf_steps = tracing.lf_steps;
    ng_buf_free(&buffer);
    if (status) ng_trace_free(trace);
    return status;
}

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
    for (size_t high = folded->chars.length / sizeof *chars; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (chars[middle].folded_end > place) high = middle;
        else low = middle + 1;
    }
    return &chars[low];
}

/* How many code points of the text end before a place; places come about in order. */
static uint64_t count_chars(struct folded_text *folded, uint64_t place) {
    for (; folded->at < place; folded->at++) folded->at_char += !ng_utf8_is_continuation(folded->text.data[folded->at]);
    for (; folded->at > place; folded->at--) folded->at_char -= !ng_utf8_is_continuation(folded->text.data[folded->at - 1]);
    return folded->at_char;
}

/* Moves the evidence of a span, whose bytes are still those of the folded text, to the original documents. */
static int show_originals(struct ng_trace_span *span, const struct ng_index *const *views, uint64_t context_bytes,
                          struct ng_err *err) {
    uint64_t length = span->span.end - span->span.begin;
    if (length > NG_MAX_EVIDENCE_BYTES) length = NG_MAX_EVIDENCE_BYTES;
    for (size_t i = 0; i < span->evidence_count; i++) {
        struct ng_contam_evidence *evidence = &span->evidence[i];
        const struct ng_hit hit = {.doc = evidence->doc, .offset = evidence->offset};
        struct ng_text_place place;
        struct ng_snippet snippet;
        if (!views[evidence->index]->exact) continue;
        int status = ng_index_show_originals(views[evidence->index], &hit, &length, 1, context_bytes, &place, &snippet, err);
        if (status) return status;
        ng_snippet_free(&evidence->snippet);
        evidence->snippet = snippet;
        evidence->offset = place.offset;
        evidence->length_bytes = place.length_bytes;
    }
    return NG_OK;
}

/* Turns what was found in the folded text into places of the text. */
static int map_trace(struct ng_trace *trace, struct folded_text *folded, const struct ng_index *const *views,
                     uint64_t context_bytes, struct ng_err *err) {
    uint64_t covered_to = 0;
    int status = NG_OK;
    trace->covered_characters = 0;
    for (size_t i = 0; i < trace->span_count && !status; i++) {
        struct ng_trace_span *span = &trace->spans[i];
        status = show_originals(span, views, context_bytes, err);
        struct ng_contam_span *place = &span->span;
        place->begin = char_at(folded, place->begin)->begin;
        place->end = char_at(folded, place->end - 1)->end;
        place->begin_char = count_chars(folded, place->begin);
        place->end_char = count_chars(folded, place->end);
        uint64_t from = place->begin_char > covered_to ? place->begin_char : covered_to;
        if (place->end_char > from) trace->covered_characters += place->end_char - from;
        if (place->end_char > covered_to) covered_to = place->end_char;
        for (size_t k = 0; k < span->evidence_count; k++) span->evidence[k].span = *place;
    }
    trace->characters = count_chars(folded, folded->text.length_bytes);
    return status;
}

static int trace_folded(struct ng_trace *trace, const struct ng_index *const *views, size_t view_count,
                        struct ng_bytes text, const struct ng_trace_options *options, struct ng_err *err) {
    struct folded_text folded = {.text = text};
    struct ng_fold *fold = NULL;
    int status = check_input(text, view_count, options, err);
    if (!status) status = ng_fold_open(&fold, err);
    if (!status) {
        status = ng_fold_map(fold, text.data, (size_t)text.length_bytes, &folded.folded, &folded.chars, err);
    }
    if (!status) {
        const struct ng_bytes given = {folded.folded.data, folded.folded.length};
        status = ng_trace_text(trace, views, view_count, given, options, err);
    }
    if (!status) status = map_trace(trace, &folded, views, options->context_bytes, err);
    if (status) ng_trace_free(trace);
    ng_fold_close(fold);
    ng_buf_free(&folded.folded);
    ng_buf_free(&folded.chars);
    return status;
}

int ng_trace_view(struct ng_trace *trace, const struct ng_index *const *views, size_t view_count, struct ng_bytes text,
                  const struct ng_trace_options *options, struct ng_err *err) {
    *trace = (struct ng_trace){0};
    size_t folded = 0;
    for (size_t i = 0; i < view_count; i++) folded += ng_index_text_view(views[i]) == NG_VIEW_FOLDED;
    if (folded == 0) return ng_trace_text(trace, views, view_count, text, options, err);
    if (folded == view_count) return trace_folded(trace, views, view_count, text, options, err);
    return ng_err_set(err, NG_ERR_USAGE, "tracing: some of the indexes are exact and some folded");
}

void ng_trace_free(struct ng_trace *trace) {
    if (!trace) return;
    for (size_t i = 0; i < trace->span_count; i++) {
        struct ng_trace_span *span = &trace->spans[i];
        for (size_t k = 0; k < span->evidence_count; k++) {
            ng_snippet_free(&span->evidence[k].snippet);
            ng_doc_source_free(&span->evidence[k].source);
        }
        free(span->evidence);
    }
    free(trace->spans);
    *trace = (struct ng_trace){0};
}
