#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "query/contam/hits.h"
#include "query/contam/work.h"

/* The most pieces of an entry for which documents are shown: the longest match, and windows outside it. */
enum { MOST_PIECES = 8 };

/* A window that is a piece. */
struct piece {
    struct ng_contam_phrase phrase;
    struct ng_contam_work *work;
    uint64_t text;
};

static bool within(const struct ng_contam_span *span, uint64_t text, uint64_t begin, uint64_t end) {
    return span->text == text && span->begin <= begin && end <= span->end;
}

/* Chooses found windows that lie outside the longest match and apart from each other. */
static int choose_windows(const struct ng_contam *contam, struct ng_contam_work *work, struct ng_buf *pieces,
                          struct ng_err *err) {
    size_t chosen = 1;
    for (size_t t = 0; t < work->entry->text_count; t++) {
        const struct ng_contam_text *text = &work->texts[t];
        uint64_t free_from = 0;
        for (uint64_t i = 0; i < text->windows[0].count && chosen < MOST_PIECES; i++) {
            uint64_t begin = text->windows[0].begins[i];
            uint64_t end = ng_windows_end(&text->windows[0], i);
            if (begin < free_from || within(&work->result.longest.span, t, begin, end)) continue;
            if (!ng_contam_found(contam, text, i)) continue;
            struct piece piece = {.work = work, .text = t};
            piece.phrase = (struct ng_contam_phrase){.text = text->bytes.data,
                                                     .begin = begin,
                                                     .end = end,
                                                     .rows_wanted = work->longest_phrase.rows_wanted,
                                                     .reach = work->reach};
            int status = ng_buf_append(pieces, &piece, sizeof piece, err);
            if (status) return status;
            free_from = end;
            chosen++;
        }
    }
    return NG_OK;
}

void ng_contam_widen(const struct ng_contam_work *work, struct ng_contam_evidence *evidence, struct ng_bytes around,
                     uint64_t around_offset) {
    struct ng_contam_span *span = &evidence->span;
    struct ng_bytes text = work->texts[span->text].bytes;
    uint64_t begin = span->begin;
    uint64_t end = span->end;
    uint64_t at = evidence->offset - around_offset; /* of the piece */
    uint64_t at_end = at + (end - begin);
    evidence->length_bytes = end - begin;
    if (at_end > around.length_bytes) return; /* it was cut */
    while (begin > 0 && at > 0 && text.data[begin - 1] == around.data[at - 1]) begin--, at--;
    while (begin < span->begin && ng_utf8_is_continuation(text.data[begin])) begin++;
    while (end < text.length_bytes && at_end < around.length_bytes && text.data[end] == around.data[at_end]) end++, at_end++;
    while (end > span->end && end < text.length_bytes && ng_utf8_is_continuation(text.data[end])) end--;
    evidence->offset -= span->begin - begin;
    evidence->length_bytes = end - begin;
    *span = ng_contam_span_make(work, span->text, begin, end);
}

/* Chooses the hits of one entry to show, from those of its pieces in order: one a document. */
static int choose_hits(const struct ng_contam *contam, struct ng_contam_work *work, struct ng_contam_hit *hits,
                       size_t count, struct ng_buf *showings, struct ng_err *err) {
    struct ng_contam_result *result = &work->result;
    uint64_t limit = contam->options.evidence_limit;
    result->evidence = calloc((size_t)(limit < count ? limit : count), sizeof *result->evidence);
    if (!result->evidence) return ng_err_nomem(err, limit * sizeof *result->evidence, "evidence");
    result->hits_seen = count;
    int status = ng_contam_hits_find_new(hits, count, err);
    for (size_t i = 0; i < count && !status; i++) {
        if (!hits[i].is_new) continue;
        result->documents_seen++;
        if (result->evidence_count == limit) continue;
        struct ng_contam_showing showing = {.hit = &hits[i],
                                            .text = work->texts[hits[i].span.text].bytes,
                                            .evidence = &result->evidence[result->evidence_count]};
        status = ng_buf_append(showings, &showing, sizeof showing, err);
        if (!status) result->evidence_count++;
    }
    return status;
}

/* Shows hits; ends[i] is the end of those of works[i]. */
static int show(struct ng_contam *contam, struct ng_contam_work *works, size_t count, struct ng_contam_hit *hits,
                const size_t *ends, struct ng_contam_cost *cost, struct ng_err *err) {
    struct ng_buf showings = {0};
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        size_t begin = i > 0 ? ends[i - 1] : 0;
        if (ends[i] > begin) status = choose_hits(contam, &works[i], hits + begin, ends[i] - begin, &showings, err);
    }
    const struct ng_contam_showing *all = (const struct ng_contam_showing *)(const void *)showings.data;
    if (!status) {
        status = ng_contam_evidence_load(contam->indexes, contam->index_count, contam->originals, all,
                                         showings.length / sizeof *all, contam->options.context_bytes, &contam->room,
                                         &cost->watch, err);
    }
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_result *result = &works[i].result;
        for (size_t e = 0; e < result->evidence_count && !status; e++) {
            struct ng_contam_evidence *evidence = &result->evidence[e];
            struct ng_bytes around = {evidence->snippet.text, evidence->snippet.length_bytes};
            if (around.data) ng_contam_widen(&works[i], evidence, around, evidence->snippet.offset);
            status = ng_watch_check(&cost->watch, NG_WATCH_STEPS, err); /* the characters before it were counted */
        }
    }
    if (!status && contam->guard) status = ng_contam_origin(contam, works, count, err);
    if (!status) status = ng_contam_answers(contam, works, count, cost, err);
    ng_buf_free(&showings);
    return status;
}

static int count_windows(const struct ng_contam *contam, struct piece *pieces, size_t count,
                         struct ng_contam_cost *cost, struct ng_err *err) {
    if (count == 0) return NG_OK;
    struct ng_contam_phrase **phrases = calloc(count, sizeof(struct ng_contam_phrase *));
    if (!phrases) return ng_err_nomem(err, count * sizeof(struct ng_contam_phrase *), "windows to be shown");
    for (size_t i = 0; i < count; i++) phrases[i] = &pieces[i].phrase;
    int status = ng_contam_phrases_count(contam->indexes, contam->index_count, phrases, count, &cost->stats.lf_steps,
                                         &cost->watch, err);
    free(phrases);
    return status;
}

/* Adds the hits of an entry: those of the longest match, then those of its windows, which are the next of pieces. */
static int add_hits(const struct ng_contam *contam, struct ng_contam_work *work, const struct piece *pieces, size_t count, size_t *next,
                    struct ng_buf *hits, struct ng_err *err) {
    size_t before = hits->length;
    int status = ng_contam_hits_add(hits, &work->longest_phrase, &work->result.longest.span, err);
    for (; *next < count && pieces[*next].work == work && !status; (*next)++) {
        const struct ng_contam_phrase *phrase = &pieces[*next].phrase;
        struct ng_contam_span span = ng_contam_span_make(work, pieces[*next].text, phrase->begin, phrase->end);
        status = ng_contam_hits_add(hits, phrase, &span, err);
    }
    if (before < hits->length) {
        const struct ng_contam_hit *first = (const struct ng_contam_hit *)(const void *)(hits->data + before);
        if (!contam->originals[first->index]) ng_contam_hits_mark(hits, before);
    }
    return status;
}

int ng_contam_evidence(struct ng_contam *contam, struct ng_contam_work *works, size_t count,
                       struct ng_contam_cost *cost, struct ng_err *err) {
    if (contam->options.evidence_limit == 0) return NG_OK;
    struct ng_buf buffer = {0};
    struct ng_buf hits = {0};
    int status = NG_OK;
    size_t *ends = calloc(count + 1, sizeof *ends); /* where each entry's hits end */
    if (!ends) return ng_err_nomem(err, count * sizeof *ends, "hits");
    for (size_t i = 0; i < count && !status; i++) {
        if (works[i].result.found > 0) status = choose_windows(contam, &works[i], &buffer, err);
    }
    struct piece *pieces = (struct piece *)(void *)buffer.data; /* from malloc: aligned for any type */
    size_t piece_count = buffer.length / sizeof *pieces;
    if (!status) status = count_windows(contam, pieces, piece_count, cost, err);
    size_t next = 0;
    for (size_t i = 0; i < count && !status; i++) {
        if (works[i].result.found > 0) status = add_hits(contam, &works[i], pieces, piece_count, &next, &hits, err);
        ends[i] = hits.length / sizeof(struct ng_contam_hit);
    }
    struct ng_contam_hit *all = (struct ng_contam_hit *)(void *)hits.data;
    if (!status) {
        status = ng_contam_hits_locate(contam->indexes, contam->index_count, all,
                                       hits.length / sizeof *all, &cost->watch, err);
    }
    if (!status) status = show(contam, works, count, all, ends, cost, err);
    for (size_t i = 0; i < piece_count; i++) ng_buf_free(&pieces[i].phrase.rows);
    free(ends);
    ng_buf_free(&hits);
    ng_buf_free(&buffer);
    return status;
}
