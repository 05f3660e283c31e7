/* Hits in folded text, shown in the original: the part of ngidx.h that traces them back. */
#include <stdlib.h>
#include <string.h>

#include "common/base/limits.h"
#include "common/base/utf8.h"
#include "common/text/fold.h"
#include "query/lib/index.h"
#include "query/lib/snippet.h"

enum { SHOWN_AT_ONCE = 128 };

/* A hit of the page, to be traced back in the order of documents and offsets. */
struct pending {
    uint64_t doc;
    uint64_t offset;
    uint64_t length_bytes;
    size_t number; /* on the page */
};

/* A document whose hits are traced back. */
struct original {
    const struct ng_index *view;
    const struct ng_index *source; /* whose text is the original */
    struct ng_fold *fold;
    struct ng_buf text;
    uint64_t doc; /* UINT64_MAX: none yet */
    uint64_t most_bytes; /* a longer document is left alone */
    bool too_long;
    struct ng_fold_place place;
};

static int compare(const void *a, const void *b) {
    const struct pending *x = a;
    const struct pending *y = b;
    if (x->doc != y->doc) return x->doc < y->doc ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static int read_document(struct original *o, uint64_t doc, struct ng_err *err) {
    uint64_t length;
    int status = ng_index_doc_length(o->source, doc, &length, err);
    if (status) return status;
    o->doc = doc;
    o->place = (struct ng_fold_place){0};
    o->text.length = 0;
    o->too_long = length > o->most_bytes;
    if (o->too_long) return NG_OK;
    status = ng_buf_reserve(&o->text, (size_t)length, err);
    if (!status) status = ng_index_extract(o->source, doc, 0, length, o->text.data, err);
    if (!status) o->text.length = (size_t)length;
    return status;
}

/* The piece of the original text around [place->offset, its end). */
static int cut_snippet(const struct ng_buf *text, const struct ng_text_place *place, uint64_t folded_bytes,
                       uint64_t context_bytes, struct ng_snippet *snippet, struct ng_err *err) {
    uint64_t most = NG_MAX_ORIGIN_HIT_BYTES + 2 * folded_bytes;
    uint64_t shown = place->length_bytes < most ? place->length_bytes : most;
    uint64_t begin = 0;
    uint64_t end = text->length;
    ng_snippet_trim(text->data, place->offset, place->offset + shown, context_bytes, &begin, &end);
    snippet->text = malloc((size_t)(end - begin) + 1);
    if (!snippet->text) return ng_err_nomem(err, end - begin, "a snippet");
    memcpy(snippet->text, text->data + begin, (size_t)(end - begin));
    snippet->length_bytes = end - begin;
    snippet->offset = begin;
    return NG_OK;
}

/* A place that the original text does not have. */
static int explain(int status, uint64_t doc, struct ng_err *err) {
    if (status != NG_ERR_USAGE) return status;
    (void)ng_err_set(err, NG_ERR_CORRUPT, "document %llu does not fold to the text of the folded view",
                     (unsigned long long)doc);
    return ng_err_hint(err, "build the index again");
}

static int show_hit(struct original *o, const struct ng_hit *hit, uint64_t folded_bytes, uint64_t context_bytes,
                    struct ng_text_place *place, struct ng_snippet *snippet, struct ng_err *err) {
    int status = o->doc == hit->doc ? NG_OK : read_document(o, hit->doc, err);
    if (status) return status;
    if (o->too_long) {
        *place = (struct ng_text_place){.offset = hit->offset, .length_bytes = folded_bytes};
        return ng_index_snippet(o->view, hit, folded_bytes, context_bytes, snippet, err);
    }
    uint64_t begin;
    uint64_t end;
    status = ng_fold_origin(o->fold, o->text.data, o->text.length, &o->place, hit->offset,
                                 hit->offset + folded_bytes, &begin, &end, err);
    if (status) return explain(status, hit->doc, err);
    *place = (struct ng_text_place){.original = true, .offset = begin, .length_bytes = end - begin};
    return cut_snippet(&o->text, place, folded_bytes, context_bytes, snippet, err);
}

/* Hits of different lengths; lengths is NULL where all have one. */
static int show_originals(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths,
                          uint64_t length, size_t count, uint64_t most_bytes, uint64_t context_bytes,
                          struct ng_text_place *places, struct ng_snippet *snippets, struct ng_err *err) {
    struct original o = {.view = view, .source = view->exact, .doc = UINT64_MAX, .most_bytes = most_bytes};
    struct pending *pending = malloc((count + 1) * sizeof *pending);
    int status = pending ? ng_fold_open(&o.fold, err) : ng_err_nomem(err, count * sizeof *pending, "hits");
    for (size_t i = 0; i < count; i++) {
        snippets[i] = (struct ng_snippet){0};
        if (!pending) continue;
        pending[i] = (struct pending){.doc = hits[i].doc, .offset = hits[i].offset, .number = i,
                                      .length_bytes = lengths ? lengths[i] : length};
    }
    if (!status) qsort(pending, count, sizeof *pending, compare);
    for (size_t i = 0; i < count && !status; i++) {
        size_t n = pending[i].number;
        status = show_hit(&o, &hits[n], pending[i].length_bytes, context_bytes, &places[n], &snippets[n], err);
    }
    for (size_t i = 0; i < count && status; i++) ng_snippet_free(&snippets[i]);
    free(pending);
    ng_fold_close(o.fold);
    ng_buf_free(&o.text);
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

int ng_index_show_originals(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                            size_t count, uint64_t context_bytes, struct ng_text_place *places,
                            struct ng_snippet *snippets, struct ng_err *err) {
    if (!view->exact) return ng_err_set(err, NG_ERR_USAGE, "the index does not have both an exact and a folded view");
    int status = check_folding(view, err);
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        if (lengths_bytes[i] == 0) return ng_err_set(err, NG_ERR_USAGE, "an empty hit has no place in the other view");
    }
    return show_originals(view, hits, lengths_bytes, 0, count, UINT64_MAX, context_bytes, places, snippets, err);
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
    return ng_index_show_rows(view, hits->shard, rows, phrases, count, context_bytes, same, snippets, err);
}

int ng_index_show_hits(const struct ng_index *view, const struct ng_hit *hits, const uint64_t *lengths_bytes,
                       size_t count, uint64_t context_bytes, struct ng_text_place *places,
                       struct ng_snippet *snippets, struct ng_err *err) {
    bool traced = view->exact && folds_alike(view);
    for (size_t i = 0; i < count; i++) traced = traced && lengths_bytes[i] > 0;
    if (traced) {
        return show_originals(view, hits, lengths_bytes, 0, count, NG_MAX_ORIGIN_BYTES, context_bytes, places, snippets,
                              err);
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
    if (view->exact && phrase.length_bytes > 0 && folds_alike(view)) {
        int status = ng_index_locate(view, phrase, first, hits, hit_capacity, hit_count, total, err);
        if (status) return status;
        return show_originals(view, hits, NULL, phrase.length_bytes, *hit_count, NG_MAX_ORIGIN_BYTES, context_bytes,
                              places, snippets, err);
    }
    int status = ng_index_show(view, phrase, first, context_bytes, hits, snippets, hit_capacity, hit_count, total, err);
    for (size_t i = 0; !status && i < *hit_count; i++) {
        places[i] = (struct ng_text_place){.original = !view->is_folded, .offset = hits[i].offset,
                                           .length_bytes = phrase.length_bytes};
    }
    return status;
}

/* Counts the code points before and in ranges, which are in ascending order of begin. */
static int count_characters(const struct ng_buf *text, uint64_t doc, struct ng_text_range *ranges, size_t count,
                            struct ng_err *err) {
    uint64_t at = 0;
    uint64_t characters = 0;
    for (size_t i = 0; i < count; i++) {
        struct ng_text_range *range = &ranges[i];
        if (range->begin < at || range->end < range->begin || range->end > text->length) {
            return ng_err_set(err, NG_ERR_USAGE, "bytes %llu to %llu are out of order, or not within document %llu",
                              (unsigned long long)range->begin, (unsigned long long)range->end, (unsigned long long)doc);
        }
        characters += ng_utf8_characters(text->data + at, range->begin - at);
        at = range->begin;
        range->begin_char = characters;
        range->end_char = characters + ng_utf8_characters(text->data + at, range->end - at);
    }
    return NG_OK;
}

int ng_index_original_ranges(const struct ng_index *view, uint64_t doc, struct ng_text_range *ranges, size_t count,
                             bool *original, struct ng_err *err) {
    bool folded = view->is_folded && view->exact && folds_alike(view);
    struct original o = {.view = view, .source = folded ? view->exact : view, .most_bytes = UINT64_MAX};
    *original = !view->is_folded || folded;
    int status = read_document(&o, doc, err);
    if (!status && folded) status = ng_fold_open(&o.fold, err);
    for (size_t i = 0; i < count && !status && folded; i++) {
        status = ng_fold_origin(o.fold, o.text.data, o.text.length, &o.place, ranges[i].begin, ranges[i].end,
                                &ranges[i].begin, &ranges[i].end, err);
        if (status) status = explain(status, doc, err);
    }
    if (!status) status = count_characters(&o.text, doc, ranges, count, err);
    ng_fold_close(o.fold);
    ng_buf_free(&o.text);
    return status;
}
