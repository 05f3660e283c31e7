/* Documents: the part of ngidx.h that gives whole texts back. */
#include <stdlib.h>
#include <string.h>

#include "common/base/checked.h"
#include "common/base/limits.h"
#include "query/lib/extract.h"
#include "query/lib/index.h"

int ng_index_find_place(const struct ng_index *index, uint64_t doc, struct ng_index_place *place, struct ng_err *err) {
    uint64_t number;
    int status = ng_index_shard_of(index, doc, &number, err);
    if (status) return status;
    const struct ng_index_shard *s = &index->shards[number];
    place->shard = &s->shard;
    place->document = doc - s->first_document;
    place->start = ng_docs_start(&s->shard.docs, place->document);
    place->end = ng_docs_end(&s->shard.docs, place->document);
    status = ng_shard_status(&s->shard, err);
    if (status) return status;
    if (place->start <= place->end && place->end < s->shard.rows) return NG_OK;
    ng_container_mark_damaged(s->shard.container);
    return ng_shard_status(&s->shard, err);
}

/* The same where the parts are elsewhere. */
static int call_length(const struct ng_index *index, uint64_t doc, uint64_t *length_bytes, struct ng_err *err) {
    struct ng_call_piece piece = {.doc = doc};
    int status = ng_index_read(index, &piece, 1, err);
    if (status) return status;
    *length_bytes = piece.doc_bytes;
    ng_call_piece_free(&piece);
    return NG_OK;
}

static int refuse_range(uint64_t doc, uint64_t offset, uint64_t length_bytes, uint64_t doc_bytes, struct ng_err *err) {
    return ng_err_set(err, NG_ERR_USAGE, "bytes %llu to %llu are not within document %llu of %llu bytes",
                      (unsigned long long)offset, (unsigned long long)(offset + length_bytes), (unsigned long long)doc,
                      (unsigned long long)doc_bytes);
}

static int call_extract(const struct ng_index *index, uint64_t doc, uint64_t offset, uint64_t length_bytes, uint8_t *out,
                        struct ng_err *err) {
    struct ng_call_piece piece = {.doc = doc, .offset = offset, .most_bytes = length_bytes};
    int status = ng_index_read(index, &piece, 1, err);
    if (status) return status;
    bool fits = ng_checked_range(offset, length_bytes, piece.doc_bytes);
    if (fits && length_bytes > 0) memcpy(out, piece.text, (size_t)length_bytes);
    ng_call_piece_free(&piece);
    return fits ? NG_OK : refuse_range(doc, offset, length_bytes, piece.doc_bytes, err);
}

static int call_source(const struct ng_index *index, uint64_t doc, struct ng_doc_source *source, struct ng_err *err) {
    struct ng_call_piece piece = {.doc = doc, .with_source = true};
    int status = ng_index_read(index, &piece, 1, err);
    if (status) return status;
    *source = piece.source;
    piece.source = (struct ng_doc_source){0};
    ng_call_piece_free(&piece);
    return NG_OK;
}

int ng_index_doc_length(const struct ng_index *index, uint64_t doc, uint64_t *length_bytes, struct ng_err *err) {
    struct ng_index_place place;
    if (index->calls) return call_length(index, doc, length_bytes, err);
    int status = ng_index_find_place(index, doc, &place, err);
    if (!status) *length_bytes = place.end - place.start;
    return status;
}

int ng_index_extract(const struct ng_index *index, uint64_t doc, uint64_t offset, uint64_t length_bytes, uint8_t *out,
                     struct ng_err *err) {
    struct ng_index_place place;
    if (index->calls) return call_extract(index, doc, offset, length_bytes, out, err);
    int status = ng_index_find_place(index, doc, &place, err);
    if (status) return status;
    uint64_t doc_bytes = place.end - place.start;
    if (!ng_checked_range(offset, length_bytes, doc_bytes)) return refuse_range(doc, offset, length_bytes, doc_bytes, err);
    struct ng_watch watch = ng_watch_make(&index->cancel);
    uint64_t begin = place.start + offset;
    ng_extract_range(place.shard, place.document, begin, begin + length_bytes, out, &watch);
    return ng_shard_outcome(place.shard, &watch, err);
}

int ng_index_doc_source(const struct ng_index *index, uint64_t doc, struct ng_doc_source *source,
                        struct ng_err *err) {
    struct ng_watch watch = ng_watch_make(&index->cancel);
    uint64_t number;
    if (index->exact) index = index->exact;
    if (index->calls) return call_source(index, doc, source, err);
    int status = ng_index_shard_of(index, doc, &number, err);
    if (!status) status = ng_watch_check(&watch, 1, err);
    if (status) return status;
    const struct ng_index_shard *s = &index->shards[number];
    return ng_docs_source(&s->shard.docs, doc - s->first_document, source, err);
}

void ng_doc_source_free(struct ng_doc_source *source) {
    ng_docs_source_free(source);
}

void ng_call_piece_free(struct ng_call_piece *piece) {
    free(piece->text);
    piece->text = NULL;
    ng_doc_source_free(&piece->source);
}

static int read_piece(const struct ng_index *view, struct ng_call_piece *piece, struct ng_err *err) {
    int status = ng_index_doc_length(view, piece->doc, &piece->doc_bytes, err);
    if (status) return status;
    uint64_t offset = piece->offset < piece->doc_bytes ? piece->offset : piece->doc_bytes;
    uint64_t left = piece->doc_bytes - offset;
    piece->length_bytes = left < piece->most_bytes ? left : piece->most_bytes;
    piece->text = malloc((size_t)piece->length_bytes + 1);
    if (!piece->text) return ng_err_nomem(err, piece->length_bytes, "some of a document");
    status = ng_index_extract(view, piece->doc, offset, piece->length_bytes, piece->text, err);
    if (!status && piece->with_source) status = ng_index_doc_source(view, piece->doc, &piece->source, err);
    return status;
}

int ng_index_read(const struct ng_index *view, struct ng_call_piece *pieces, size_t count, struct ng_err *err) {
    for (size_t i = 0; i < count; i++) {
        pieces[i].text = NULL;
        pieces[i].source = (struct ng_doc_source){0};
    }
    if (view->calls) return view->calls->read(view, pieces, count, err);
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) status = read_piece(view, &pieces[i], err);
    for (size_t i = 0; i < count && status; i++) ng_call_piece_free(&pieces[i]);
    return status;
}
