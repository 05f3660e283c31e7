/* Hits in folded text, shown in the original: the part of ngidx.h that traces them back. */
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/text/fold.h"
#include "query/lib/extract.h"
#include "query/lib/index.h"
#include "query/lib/origin.h"
#include "query/lib/snippet.h"

enum { SHOWN_AT_ONCE = 128 };

/* Documents are read side by side: at a time this many bytes of them, or one document. */
enum { READ_BYTES = 1 << 20 };

/* A hit to be traced back, in the order of documents and offsets. */
struct pending {
    uint64_t doc;
    uint64_t offset;
    uint64_t length_bytes;
    size_t number; /* of the caller's hits */
};

/* An original document that is read. */
struct original {
    uint64_t doc;
    struct ng_bytes text;
    bool too_long;
};

struct tracing {
    const struct ng_index *view;
    const struct ng_hit *hits; /* the caller's */
    struct pending *pending;
    size_t count;
    uint64_t most_bytes; /* a longer document is left alone */
    uint64_t context_bytes;
    ng_origin_fit *fit;  /* or NULL */
    void *context;
    struct ng_fold *fold;
    struct ng_buf originals; /* of struct original: the documents read, in order */
    struct ng_buf extracts;  /* of struct ng_extract_text: the same */
    struct ng_buf text;
    struct ng_buf folded;
    struct ng_text_place *places;
    struct ng_snippet *snippets;
};

static int compare(const void *a, const void *b) {
    const struct pending *x = a;
    const struct pending *y = b;
    if (x->doc != y->doc) return x->doc < y->doc ? -1 : 1;
    if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

/* Chooses the documents to read next, from pending hit number first on: of one shard. */
static int choose_documents(struct tracing *tracing, size_t first, const struct ng_shard **shard, uint64_t *bytes,
                            struct ng_err *err) {
    *bytes = 0;
    *shard = NULL;
    tracing->originals.length = 0;
    tracing->extracts.length = 0;
    for (size_t i = first; i < tracing->count; i++) {
        struct ng_index_place place;
        struct original original = {.doc = tracing->pending[i].doc};
        if (i > first && tracing->pending[i - 1].doc == original.doc) continue;
        int status = ng_index_find_place(tracing->view->exact, original.doc, &place, err);
        if (status) return status;
        uint64_t length = place.end - place.start;
        original.too_long = length > tracing->most_bytes;
        if (original.too_long) length = 0;
        if (i > first && (place.shard != *shard || *bytes + length > READ_BYTES)) break;
        *shard = place.shard;
        original.text.length_bytes = length;
        struct ng_extract_text extract = {.document = place.document, .begin = place.start, .end = place.start + length};
        status = ng_buf_append(&tracing->originals, &original, sizeof original, err);
        if (!status) status = ng_buf_append(&tracing->extracts, &extract, sizeof extract, err);
        if (status) return status;
        *bytes += length;
    }
    return NG_OK;
}

static int read_documents(struct tracing *tracing, size_t first, struct ng_err *err) {
    const struct ng_shard *shard;
    uint64_t bytes;
    int status = choose_documents(tracing, first, &shard, &bytes, err);
    tracing->text.length = 0;
    if (!status) status = ng_buf_reserve(&tracing->text, (size_t)bytes + 1, err);
    if (status) return status;
    struct original *originals = (struct original *)(void *)tracing->originals.data;
    struct ng_extract_text *extracts = (struct ng_extract_text *)(void *)tracing->extracts.data;
    size_t count = tracing->originals.length / sizeof *originals;
    for (size_t i = 0; i < count; i++) {
        extracts[i].out = tracing->text.data + tracing->text.length;
        originals[i].text.data = extracts[i].out;
        tracing->text.length += (size_t)originals[i].text.length_bytes;
    }
    struct ng_watch watch = ng_watch_make(&tracing->view->exact->cancel);
    ng_extract_texts(shard, extracts, count, &watch);
    return ng_shard_outcome(shard, &watch, err);
}

/* The piece of the original text around [place->offset, its end). */
static int cut_snippet(struct ng_bytes text, const struct ng_text_place *place, uint64_t folded_bytes,
                       uint64_t context_bytes, struct ng_snippet *snippet, struct ng_err *err) {
    uint64_t most = NG_MAX_ORIGIN_HIT_BYTES + 2 * folded_bytes;
    uint64_t shown = place->length_bytes < most ? place->length_bytes : most;
    uint64_t begin = 0;
    uint64_t end = text.length_bytes;
    ng_snippet_trim(text.data, place->offset, place->offset + shown, context_bytes, &begin, &end);
    snippet->text = malloc((size_t)(end - begin) + 1);
    if (!snippet->text) return ng_err_nomem(err, end - begin, "a snippet");
    memcpy(snippet->text, text.data + begin, (size_t)(end - begin));
    snippet->length_bytes = end - begin;
    snippet->offset = begin;
    return NG_OK;
}

static int report_difference(uint64_t doc, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_CORRUPT, "document %llu does not fold to the text of the folded view",
                     (unsigned long long)doc);
    return ng_err_hint(err, "build the index again");
}

/* A place that the original text does not have. */
static int explain(int status, uint64_t doc, struct ng_err *err) {
    return status == NG_ERR_USAGE ? report_difference(doc, err) : status;
}

static int show_hit(struct tracing *tracing, const struct original *original, const struct pending *hit,
                    struct ng_fold_place *at, struct ng_err *err) {
    struct ng_text_place *place = &tracing->places[hit->number];
    struct ng_snippet *snippet = &tracing->snippets[hit->number];
    if (original->too_long) {
        *place = (struct ng_text_place){.offset = hit->offset, .length_bytes = hit->length_bytes};
        return ng_index_snippet(tracing->view, &tracing->hits[hit->number], hit->length_bytes, tracing->context_bytes,
                                snippet, err);
    }
    uint64_t begin;
    uint64_t end;
    int status = ng_fold_origin(tracing->fold, original->text.data, (size_t)original->text.length_bytes, at,
                                     hit->offset, hit->offset + hit->length_bytes, &begin, &end, err);
    if (status) return explain(status, hit->doc, err);
    *place = (struct ng_text_place){.original = true, .offset = begin, .length_bytes = end - begin};
    return cut_snippet(original->text, place, hit->length_bytes, tracing->context_bytes, snippet, err);
}

/* Has the caller fit the hits of a document, and puts them into order again. */
static int fit_hits(struct tracing *tracing, const struct original *original, struct pending *hits, size_t count,
                    struct ng_err *err) {
    uint64_t length;
    int status = ng_index_doc_length(tracing->view, original->doc, &length, err);
    tracing->folded.length = 0;
    if (!status) {
        status = ng_fold_text(tracing->fold, original->text.data, (size_t)original->text.length_bytes, &tracing->folded, err);
    }
    if (status) return status;
    if (length != tracing->folded.length) return report_difference(original->doc, err);
    struct ng_bytes folded = {tracing->folded.data, tracing->folded.length};
    for (size_t i = 0; i < count; i++) {
        if (hits[i].offset > length || hits[i].length_bytes > length - hits[i].offset) return report_difference(original->doc, err);
        tracing->fit(tracing->context, hits[i].number, folded, &hits[i].offset, &hits[i].length_bytes);
    }
    qsort(hits, count, sizeof *hits, compare);
    return NG_OK;
}

/* Shows the hits in the documents that are read. *next moves behind them. */
static int show_read(struct tracing *tracing, size_t *next, struct ng_err *err) {
    const struct original *originals = (const struct original *)(const void *)tracing->originals.data;
    int status = NG_OK;
    for (size_t d = 0; d < tracing->originals.length / sizeof *originals; d++) {
        struct ng_fold_place at = {0};
        size_t end = *next;
        while (end < tracing->count && tracing->pending[end].doc == originals[d].doc) end++;
        if (tracing->fit) status = fit_hits(tracing, &originals[d], tracing->pending + *next, end - *next, err);
        for (; *next < end && !status; (*next)++) {
            status = show_hit(tracing, &originals[d], &tracing->pending[*next], &at, err);
        }
        if (status) return status;
    }
    return NG_OK;
}

/* Traces hits back. lengths is NULL where all have one. */
static int trace(struct tracing *tracing, const uint64_t *lengths, uint64_t length, struct ng_err *err) {
    size_t count = tracing->count;
    tracing->pending = malloc((count + 1) * sizeof *tracing->pending);
    int status = tracing->pending ? ng_fold_open(&tracing->fold, err)
                                  : ng_err_nomem(err, count * sizeof *tracing->pending, "hits");
    for (size_t i = 0; i < count; i++) {
        tracing->snippets[i] = (struct ng_snippet){0};
        if (!tracing->pending) continue;
        tracing->pending[i] = (struct pending){.doc = tracing->hits[i].doc, .offset = tracing->hits[i].offset, .number = i,
                                               .length_bytes = lengths ? lengths[i] : length};
    }
    if (!status && tracing->pending) qsort(tracing->pending, count, sizeof *tracing->pending, compare);
    for (size_t next = 0; next < count && !status;) {
        status = read_documents(tracing, next, err);
        if (!status) status = show_read(tracing, &next, err);
    }
    for (size_t i = 0; i < count && status; i++) ng_snippet_free(&tracing->snippets[i]);
    free(tracing->pending);
    ng_fold_close(tracing->fold);
    ng_buf_free(&tracing->originals);
    ng_buf_free(&tracing->extracts);
    ng_buf_free(&tracing->text);
    ng_buf_free(&tracing->folded);
    return status;
}

/* Whether the original text folds to that of the view. */
static bool folds_alike(const struct ng_index *view) {
    return strcmp(view->manifest.fold_unicode, ng_fold_unicode()) == 0;
}

static int check_folding(const struct ng_index *view, struct ng_err *err) {
    if (folds_alike(view)) return NG_OK;
    (void)ng_err_set(err, NG_ERR_VERSION, "the index was folded by Unicode %s, this program folds by %s: places in the "
                     "original text cannot be found", view->manifest.fold_unicode, ng_fold_unicode());
    return ng_err_hint(err, "use the version of ngidx that built it, or build the index again");
}

int ng_origin_show(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes, size_t count,
                   uint64_t context_bytes, ng_origin_fit *fit, void *context, struct ng_text_place *places,
                   struct ng_snippet *snippets, struct ng_err *err) {
    if (!view->exact) return ng_err_set(err, NG_ERR_USAGE, "the index does not have both an exact and a folded view");
    int status = check_folding(view, err);
    if (!status && fit) status = ng_index_refuse_remote(view, "widen hits", err);
    if (status) return status;
    if (view->calls) {
        return view->calls->show(view, NG_CALL_SHOW_ORIGINALS, hits, lengths_bytes, count, context_bytes, places, snippets,
                                 err);
    }
    for (size_t i = 0; i < count; i++) {
        if (lengths_bytes[i] == 0) return ng_err_set(err, NG_ERR_USAGE, "an empty hit has no place in the other view");
    }
    struct tracing tracing = {.view = view, .hits = hits, .count = count, .most_bytes = UINT64_MAX,
                              .context_bytes = context_bytes, .fit = fit, .context = context, .places = places,
                              .snippets = snippets};
    return trace(&tracing, lengths_bytes, 0, err);
}

int ng_index_show_originals(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                            size_t count, uint64_t context_bytes, struct ng_text_place *places,
                            struct ng_snippet *snippets, struct ng_err *err) {
    return ng_origin_show(view, hits, lengths_bytes, count, context_bytes, NULL, NULL, places, snippets, err);
}

/* Shows some hits of one shard as they are in the view. */
static int show_some(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes, size_t count,
                     uint64_t context_bytes, struct ng_snippet *snippets, struct ng_err *err) {
    uint64_t rows[SHOWN_AT_ONCE];
    struct ng_bytes phrases[SHOWN_AT_ONCE];
    struct ng_hit same[SHOWN_AT_ONCE];
    for (size_t i = 0; i < count; i++) {
        rows[i] = hits[i].rank;
        phrases[i] = (struct ng_bytes){.length_bytes = lengths_bytes[i]};
    }
    int status = ng_index_show_rows(view, hits->shard, rows, phrases, count, context_bytes, same, snippets, err);
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        if (same[i].position == hits[i].position) continue;
        for (size_t k = 0; k < count; k++) ng_snippet_free(&snippets[k]);
        return ng_err_set(err, NG_ERR_USAGE, "the hit does not belong to this index");
    }
    return NG_OK;
}

int ng_index_show_hits(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                       size_t count, uint64_t context_bytes, struct ng_text_place *places,
                       struct ng_snippet *snippets, struct ng_err *err) {
    if (view->calls) {
        return view->calls->show(view, NG_CALL_SHOW_HITS, hits, lengths_bytes, count, context_bytes, places, snippets, err);
    }
    bool traced = view->exact && folds_alike(view);
    for (size_t i = 0; i < count; i++) traced = traced && lengths_bytes[i] > 0;
    if (traced) {
        struct tracing tracing = {.view = view, .hits = hits, .count = count, .most_bytes = NG_MAX_ORIGIN_BYTES,
                                  .context_bytes = context_bytes, .places = places, .snippets = snippets};
        return trace(&tracing, lengths_bytes, 0, err);
    }
    int status = NG_OK;
    size_t shown = 0;
    while (shown < count && !status) {
        size_t some = 1;
        while (some < SHOWN_AT_ONCE && shown + some < count && hits[shown + some].shard == hits[shown].shard) some++;
        status = show_some(view, hits + shown, lengths_bytes + shown, some, context_bytes, snippets + shown, err);
        if (!status) shown += some;
    }
    for (size_t i = 0; i < shown && status; i++) ng_snippet_free(&snippets[i]);
    for (size_t i = 0; i < count && !status; i++) {
        places[i] = (struct ng_text_place){.original = !view->is_folded, .offset = hits[i].offset,
                                           .length_bytes = lengths_bytes[i]};
    }
    return status;
}

int ng_index_show_view(const struct ng_index *view, struct ng_bytes phrase, uint64_t first, uint64_t context_bytes,
                       struct ng_hit *hits, struct ng_text_place *places, struct ng_snippet *snippets,
                       size_t hit_capacity, size_t *hit_count, uint64_t *total, struct ng_err *err) {
    if (view->calls) {
        return view->calls->page(view, phrase, first, NG_CALL_SHOW_VIEW, context_bytes, hits, places, snippets,
                                 hit_capacity, hit_count, total, err);
    }
    if (view->exact && phrase.length_bytes > 0 && folds_alike(view)) {
        int status = ng_index_locate(view, phrase, first, hits, hit_capacity, hit_count, total, err);
        if (status) return status;
        struct tracing tracing = {.view = view, .hits = hits, .count = *hit_count, .most_bytes = NG_MAX_ORIGIN_BYTES,
                                  .context_bytes = context_bytes, .places = places, .snippets = snippets};
        return trace(&tracing, NULL, phrase.length_bytes, err);
    }
    int status = ng_index_show(view, phrase, first, context_bytes, hits, snippets, hit_capacity, hit_count, total, err);
    for (size_t i = 0; !status && i < *hit_count; i++) {
        places[i] = (struct ng_text_place){.original = !view->is_folded, .offset = hits[i].offset,
                                           .length_bytes = phrase.length_bytes};
    }
    return status;
}

/* Counts the code points before and in ranges, which are in ascending order of begin. */
static int count_characters(struct ng_bytes text, uint64_t doc, struct ng_text_range *ranges, size_t count,
                            struct ng_err *err) {
    uint64_t at = 0;
    uint64_t characters = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_text_range *range = &ranges[i];
        if (range->begin < at || range->end < range->begin || range->end > text.length_bytes) {
            return ng_err_set(err, NG_ERR_USAGE, "bytes %llu to %llu are out of order, or not within document %llu",
                              (unsigned long long)range->begin, (unsigned long long)range->end, (unsigned long long)doc);
        }
        characters += ng_utf8_characters(text.data + at, range->begin - at);
        at = range->begin;
        range->begin_char = characters;
        range->end_char = characters + ng_utf8_characters(text.data + at, range->end - at);
    }
    return NG_OK;
}

/* Documents that are read for their ranges, side by side. */
struct reading {
    const struct ng_index *index;
    bool folded; /* ranges are in the folded text of what is read */
    struct ng_buf extracts; /* of struct ng_extract_text: the documents' texts, in order */
    struct ng_buf text;
    struct ng_fold *fold;
};

/* How much of a document is read: up to the last range, or all of it if that is not known. */
static uint64_t wanted_bytes(const struct reading *reading, const struct ng_index_place *place,
                             const struct ng_doc_ranges *document) {
    uint64_t length = place->end - place->start;
    uint64_t reach = 0;
    for (size_t i = 0; i < document->count; i++) reach = document->ranges[i].end > reach ? document->ranges[i].end : reach;
    return reading->folded || reach > length ? length : reach;
}

/* Reads the next documents of one shard, at least one; *count is how many. */
static int read_some(struct reading *reading, const struct ng_doc_ranges *documents, size_t left, size_t *count,
                     struct ng_err *err) {
    const struct ng_shard *shard = NULL;
    reading->extracts.length = 0;
    reading->text.length = 0;
    for (*count = 0; *count < left; (*count)++) {
        struct ng_index_place place;
        int status = ng_index_find_place(reading->index, documents[*count].doc, &place, err);
        if (status) return status;
        uint64_t length = wanted_bytes(reading, &place, &documents[*count]);
        if (*count > 0 && (place.shard != shard || reading->text.length + length > READ_BYTES)) break;
        shard = place.shard;
        struct ng_extract_text extract = {.document = place.document, .begin = place.start, .end = place.start + length};
        status = ng_buf_append(&reading->extracts, &extract, sizeof extract, err);
        if (!status) status = ng_buf_reserve(&reading->text, (size_t)length + 1, err);
        if (status) return status;
        reading->text.length += (size_t)length;
    }
    struct ng_extract_text *extracts = (struct ng_extract_text *)(void *)reading->extracts.data;
    uint8_t *out = reading->text.data;
    for (size_t i = 0; i < *count; i++) {
        extracts[i].out = out;
        out += extracts[i].end - extracts[i].begin;
    }
    struct ng_watch watch = ng_watch_make(&reading->index->cancel);
    ng_extract_texts(shard, extracts, *count, &watch);
    return ng_shard_outcome(shard, &watch, err);
}

static int convert_ranges(struct reading *reading, struct ng_bytes text, struct ng_doc_ranges *document, struct ng_err *err) {
    struct ng_fold_place at = {0};
    for (size_t i = 0; i < document->count && reading->folded; i++) {
        struct ng_text_range *range = &document->ranges[i];
        int status = ng_fold_origin(reading->fold, text.data, (size_t)text.length_bytes, &at, range->begin, range->end,
                                    &range->begin, &range->end, err);
        if (status) return explain(status, document->doc, err);
    }
    return count_characters(text, document->doc, document->ranges, document->count, err);
}

int ng_index_original_ranges(const struct ng_index *view, struct ng_doc_ranges *documents, size_t count, bool *original,
                             struct ng_err *err) {
    if (view->calls) return view->calls->ranges(view, documents, count, original, err);
    bool folded = view->is_folded && view->exact && folds_alike(view);
    struct reading reading = {.index = folded ? view->exact : view, .folded = folded};
    *original = !view->is_folded || folded;
    int status = folded ? ng_fold_open(&reading.fold, err) : NG_OK;
    for (size_t at = 0, some = 0; at < count && !status; at += some) {
        status = read_some(&reading, documents + at, count - at, &some, err);
        const struct ng_extract_text *extracts = (const struct ng_extract_text *)(const void *)reading.extracts.data;
        for (size_t i = 0; i < some && !status; i++) {
            struct ng_bytes text = {extracts[i].out, extracts[i].end - extracts[i].begin};
            status = convert_ranges(&reading, text, &documents[at + i], err);
        }
    }
    ng_fold_close(reading.fold);
    ng_buf_free(&reading.extracts);
    ng_buf_free(&reading.text);
    return status;
}
