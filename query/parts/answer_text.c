#include <stdlib.h>
#include <string.h>

#include "common/base/checked.h"
#include "common/base/limits.h"
#include "query/lib/snippet.h"
#include "query/parts/parts.h"

/* Hits to show, from a request or for an answer. */
struct shown {
    struct ng_hit *hits;
    uint64_t *lengths;
    struct ng_text_place *places;
    struct ng_snippet *snippets;
};

static int open_shown(struct shown *shown, size_t count, struct ng_err *err) {
    *shown = (struct shown){.hits = calloc(count + 1, sizeof *shown->hits),
                            .lengths = calloc(count + 1, sizeof *shown->lengths),
                            .places = calloc(count + 1, sizeof *shown->places),
                            .snippets = calloc(count + 1, sizeof *shown->snippets)};
    if (shown->hits && shown->lengths && shown->places && shown->snippets) return NG_OK;
    return ng_err_nomem(err, count * sizeof *shown->hits, "hits");
}

static void close_shown(struct shown *shown) {
    free(shown->hits);
    free(shown->lengths);
    free(shown->places);
    free(shown->snippets);
}

/* Writes the text around a hit and frees it. */
static void put_shown(struct ng_wire_out *out, const struct ng_text_place *place, struct ng_snippet *snippet) {
    ng_wire_put(out, place->original ? 1 : 0);
    ng_wire_put(out, place->offset);
    ng_wire_put(out, place->length_bytes);
    ng_wire_put(out, snippet->offset);
    ng_wire_put_bytes(out, snippet->text, snippet->length_bytes);
    ng_snippet_free(snippet);
}

int ng_answer_page(struct ng_answering *a) {
    struct ng_bytes phrase = ng_wire_get_bytes(&a->in);
    enum ng_call_page kind = (enum ng_call_page)ng_wire_get_most(&a->in, NG_CALL_SHOW_VIEW);
    uint64_t first = ng_wire_get(&a->in);
    size_t wanted = (size_t)ng_wire_get(&a->in);
    uint64_t context = ng_wire_get_most(&a->in, NG_MAX_CONTEXT_BYTES);
    if (!ng_wire_is_whole(&a->in) || wanted > ng_parts_hits_at_once(context, phrase.length_bytes)) return ng_answer_refuse(a);
    struct shown s;
    size_t found = 0;
    int status = open_shown(&s, wanted, a->err);
    if (!status && kind == NG_CALL_HITS) {
        status = ng_index_locate(a->view, phrase, first, s.hits, wanted, &found, NULL, a->err);
    } else if (!status && kind == NG_CALL_SHOW) {
        status = ng_index_show(a->view, phrase, first, context, s.hits, s.snippets, wanted, &found, NULL, a->err);
    } else if (!status) {
        status = ng_index_show_view(a->view, phrase, first, context, s.hits, s.places, s.snippets, wanted, &found, NULL,
                                    a->err);
    }
    if (!status) ng_wire_put(&a->out, found);
    for (size_t i = 0; i < found && !status; i++) {
        ng_wire_put_hit(&a->out, &s.hits[i]);
        if (kind != NG_CALL_HITS) put_shown(&a->out, &s.places[i], &s.snippets[i]);
    }
    close_shown(&s);
    return status;
}

/* Shows the text of the view around some hits of one shard, whose rows are located for it. *done counts snippets. */
static int show_some(struct ng_answering *a, const struct shown *s, size_t count, uint64_t context, size_t *done) {
    enum { AT_ONCE = 64 };
    const struct ng_hit *hits = &s->hits[*done];
    uint64_t rows[AT_ONCE];
    struct ng_bytes phrases[AT_ONCE];
    struct ng_hit located[AT_ONCE];
    size_t some = 0;
    while (some < AT_ONCE && *done + some < count && hits[some].shard == hits->shard) {
        rows[some] = hits[some].rank;
        phrases[some] = (struct ng_bytes){.length_bytes = s->lengths[*done + some]};
        some++;
    }
    int status = ng_index_show_rows(a->view, hits->shard, rows, phrases, some, context, located, &s->snippets[*done], a->err);
    if (status) return status;
    *done += some;
    for (size_t i = 0; i < some && !status; i++) {
        if (located[i].position != hits[i].position) status = ng_answer_refuse(a);
    }
    return status;
}

/* Shows the text of the view around hits. */
static int show_as_view(struct ng_answering *a, const struct shown *s, size_t count, uint64_t context) {
    int status = NG_OK;
    size_t done = 0;
    if (a->view->calls) {
        return a->view->calls->show(a->view, NG_CALL_SHOW_AS_VIEW, s->hits, s->lengths, count, context, NULL, s->snippets,
                                    a->err);
    }
    while (done < count && !status) status = show_some(a, s, count, context, &done);
    for (size_t i = 0; i < done && status; i++) ng_snippet_free(&s->snippets[i]);
    return status;
}

/* Checks that a hit is one of this index, within its document, before anything relies on it: the library takes what does
 * not fit for damage. Originals are found by document and offset alone. A hit that is traced back, but may have to be
 * shown as it is, must be that of its row; all others are located again when they are shown. */
static int check_hit(struct ng_answering *a, const struct ng_hit *hit, uint64_t length_bytes, enum ng_call_show kind) {
    struct ng_index_place place;
    struct ng_hit located = *hit;
    int status = ng_index_find_place(a->view, hit->doc, &place, a->err);
    if (status) return status;
    if (!ng_checked_range(hit->offset, length_bytes, place.end - place.start)) return ng_answer_refuse(a);
    if (kind == NG_CALL_SHOW_ORIGINALS) return NG_OK;
    status = ng_index_check_row(a->view, hit->shard, hit->rank, a->err);
    if (status) return status;
    if (place.shard != &a->view->shards[hit->shard].shard || hit->position < place.start ||
        hit->position - place.start != hit->offset) return ng_answer_refuse(a);
    if (kind == NG_CALL_SHOW_HITS && a->view->exact) {
        status = ng_index_locate_row(a->view, hit->shard, hit->rank, &located, a->err);
    }
    return status || located.position == hit->position ? status : ng_answer_refuse(a);
}

int ng_answer_show(struct ng_answering *a) {
    enum ng_call_show kind = (enum ng_call_show)ng_wire_get_most(&a->in, NG_CALL_SHOW_AS_VIEW);
    uint64_t context = ng_wire_get_most(&a->in, NG_MAX_CONTEXT_BYTES);
    size_t count = (size_t)ng_wire_get_most(&a->in, ng_parts_hits_at_once(context, 0));
    struct shown s;
    uint64_t longest = 0;
    int status = open_shown(&s, count, a->err);
    for (size_t i = 0; i < count && !status; i++) {
        s.hits[i] = ng_wire_get_hit(&a->in);
        s.lengths[i] = ng_wire_get_most(&a->in, NG_MAX_ENTRY_BYTES);
        if (s.lengths[i] > longest) longest = s.lengths[i];
        if (a->in.bad || count > ng_parts_hits_at_once(context, longest)) status = ng_answer_refuse(a);
        else if (!a->view->calls) status = check_hit(a, &s.hits[i], s.lengths[i], kind);
    }
    if (!status && !ng_wire_is_whole(&a->in)) status = ng_answer_refuse(a);
    if (!status && kind == NG_CALL_SHOW_HITS) {
        status = ng_index_show_hits(a->view, s.hits, s.lengths, count, context, s.places, s.snippets, a->err);
    } else if (!status && kind == NG_CALL_SHOW_ORIGINALS) {
        status = ng_index_show_originals(a->view, s.hits, s.lengths, count, context, s.places, s.snippets, a->err);
    } else if (!status) {
        status = show_as_view(a, &s, count, context);
    }
    for (size_t i = 0; i < count && !status; i++) put_shown(&a->out, &s.places[i], &s.snippets[i]);
    close_shown(&s);
    return status;
}

static int read_piece(struct ng_answering *a, uint64_t *left) {
    struct ng_call_piece piece = {.doc = ng_wire_get(&a->in)};
    piece.offset = ng_wire_get(&a->in);
    piece.most_bytes = ng_wire_get_most(&a->in, *left);
    piece.with_source = ng_wire_get_most(&a->in, 1) != 0;
    if (a->in.bad) return ng_answer_refuse(a);
    int status = ng_index_read(a->view, &piece, 1, a->err);
    if (status == NG_ERR_NOTFOUND) { /* it was removed */
        ng_err_clear(a->err);
        piece.doc_bytes = NG_WIRE_REMOVED;
    } else if (status) {
        return status;
    }
    *left -= piece.length_bytes;
    ng_wire_put(&a->out, piece.doc_bytes);
    ng_wire_put_bytes(&a->out, piece.text, piece.length_bytes);
    ng_wire_put_bytes(&a->out, piece.source.path, piece.source.path ? strlen(piece.source.path) : 0);
    ng_wire_put(&a->out, piece.source.line);
    ng_wire_put_bytes(&a->out, piece.source.metadata, piece.source.metadata_bytes);
    ng_call_piece_free(&piece);
    return a->out.status;
}

int ng_answer_read(struct ng_answering *a) {
    uint64_t left = 2 * NG_PARTS_TEXT_BYTES;
    size_t count = ng_wire_get_count(&a->in);
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) status = read_piece(a, &left);
    return status || ng_wire_is_whole(&a->in) ? status : ng_answer_refuse(a);
}

/* A document and its ranges, whose memory is the caller's. */
static int read_ranges(struct ng_answering *a, struct ng_doc_ranges *document) {
    document->doc = ng_wire_get(&a->in);
    document->count = ng_wire_get_count(&a->in);
    document->ranges = calloc(document->count + 1, sizeof *document->ranges);
    if (!document->ranges) return ng_err_nomem(a->err, document->count * sizeof *document->ranges, "ranges");
    for (size_t r = 0; r < document->count; r++) {
        document->ranges[r].begin = ng_wire_get(&a->in);
        document->ranges[r].end = ng_wire_get(&a->in);
    }
    return a->in.bad ? ng_answer_refuse(a) : NG_OK;
}

/* Checks that ranges are within their document and in order, as the library expects them. */
static int check_ranges(struct ng_answering *a, const struct ng_doc_ranges *document) {
    struct ng_index_place place;
    uint64_t last = 0;
    int status = ng_index_find_place(a->view, document->doc, &place, a->err);
    for (size_t r = 0; r < document->count && !status; r++) {
        const struct ng_text_range *range = &document->ranges[r];
        if (range->begin < last || range->begin >= range->end || range->end > place.end - place.start) status = ng_answer_refuse(a);
        last = range->begin;
    }
    return status;
}

int ng_answer_ranges(struct ng_answering *a) {
    size_t count = (size_t)ng_wire_get_most(&a->in, NG_PARTS_DOCUMENTS);
    bool original = false;
    struct ng_doc_ranges *documents = calloc(count + 1, sizeof *documents);
    int status = documents ? NG_OK : ng_err_nomem(a->err, count * sizeof *documents, "documents");
    for (size_t i = 0; i < count && !status; i++) status = read_ranges(a, &documents[i]);
    if (!status && !ng_wire_is_whole(&a->in)) status = ng_answer_refuse(a);
    for (size_t i = 0; i < count && !status && !a->view->calls; i++) status = check_ranges(a, &documents[i]);
    if (!status) status = ng_index_original_ranges(a->view, documents, count, &original, a->err);
    if (!status) ng_wire_put(&a->out, original ? 1 : 0);
    for (size_t i = 0; i < count && !status; i++) {
        for (size_t r = 0; r < documents[i].count; r++) {
            const struct ng_text_range *range = &documents[i].ranges[r];
            ng_wire_put(&a->out, range->begin);
            ng_wire_put(&a->out, range->end);
            ng_wire_put(&a->out, range->begin_char);
            ng_wire_put(&a->out, range->end_char);
        }
    }
    for (size_t i = 0; documents && i < count; i++) free(documents[i].ranges);
    free(documents);
    return status;
}
