#include <stdlib.h>

#include "common/base/utf8.h"
#include "query/holders/holders.h"

/* How the text lies in the document: the same for pieces that continue each other. */
static uint64_t shift_of(const struct ng_holders_piece *piece) {
    return piece->offset - piece->begin; /* modulo 2^64 */
}

static int by_shift(const void *a, const void *b) {
    const struct ng_holders_piece *x = a;
    const struct ng_holders_piece *y = b;
    if (x->document != y->document) return x->document < y->document ? -1 : 1;
    if (x->text != y->text) return x->text < y->text ? -1 : 1;
    if (shift_of(x) != shift_of(y)) return shift_of(x) < shift_of(y) ? -1 : 1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

static int by_place(const void *a, const void *b) {
    const struct ng_holders_piece *x = a;
    const struct ng_holders_piece *y = b;
    if (x->document != y->document) return x->document < y->document ? -1 : 1;
    if (x->text != y->text) return x->text < y->text ? -1 : 1;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* A document that is read a little at a time. */
struct reader {
    const struct ng_index *index;
    uint64_t doc;
    uint64_t length_bytes;
};

enum { READ_BYTES = 128 };

/* Makes a piece longer at its end as long as text and document agree, up to whole characters. */
static int widen_end(const struct reader *reader, struct ng_bytes text, struct ng_holders_piece *piece, struct ng_err *err) {
    uint8_t read[READ_BYTES];
    uint64_t from = piece->end;
    for (bool agree = true; agree;) {
        uint64_t at = piece->offset + (piece->end - piece->begin);
        uint64_t room = reader->length_bytes - at < text.length_bytes - piece->end ? reader->length_bytes - at
                                                                                   : text.length_bytes - piece->end;
        if (room > READ_BYTES) room = READ_BYTES;
        int status = room > 0 ? ng_index_extract(reader->index, reader->doc, at, room, read, err) : NG_OK;
        if (status) return status;
        uint64_t same = 0;
        while (same < room && text.data[piece->end + same] == read[same]) same++;
        piece->end += same;
        agree = same == READ_BYTES;
    }
    while (piece->end > from && piece->end < text.length_bytes && ng_utf8_is_continuation(text.data[piece->end])) piece->end--;
    return NG_OK;
}

/* The same at its begin. */
static int widen_begin(const struct reader *reader, struct ng_bytes text, struct ng_holders_piece *piece, struct ng_err *err) {
    uint8_t read[READ_BYTES];
    uint64_t from = piece->begin;
    for (bool agree = true; agree;) {
        uint64_t room = piece->offset < piece->begin ? piece->offset : piece->begin;
        if (room > READ_BYTES) room = READ_BYTES;
        int status = room > 0 ? ng_index_extract(reader->index, reader->doc, piece->offset - room, room, read, err) : NG_OK;
        if (status) return status;
        uint64_t same = 0;
        while (same < room && text.data[piece->begin - same - 1] == read[room - same - 1]) same++;
        piece->begin -= same;
        piece->offset -= same;
        agree = same == READ_BYTES;
    }
    while (piece->begin < from && ng_utf8_is_continuation(text.data[piece->begin])) {
        piece->begin++;
        piece->offset++;
    }
    return NG_OK;
}

/* Widens the pieces, and keeps one of those that lie within each other. */
static int widen(struct ng_holders_search *search, struct ng_err *err) {
    struct ng_holders_piece *pieces = (struct ng_holders_piece *)(void *)search->pieces.data;
    size_t count = search->pieces.length / sizeof *pieces;
    size_t kept = 0;
    int status = NG_OK;
    struct reader reader = {0};
    if (count > 0) qsort(pieces, count, sizeof *pieces, by_shift);
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_holders_piece piece = pieces[i];
        const struct ng_holders_piece *last = kept > 0 ? &pieces[kept - 1] : NULL;
        bool same = last && last->document == piece.document;
        if (same && last->text == piece.text && shift_of(last) == shift_of(&piece) && piece.end <= last->end) continue;
        if (!same) {
            reader.index = search->contam->indexes[piece.document >> NG_CONTAM_DOCUMENT_BITS];
            reader.doc = piece.document & ((UINT64_C(1) << NG_CONTAM_DOCUMENT_BITS) - 1);
            status = ng_index_doc_length(reader.index, reader.doc, &reader.length_bytes, err);
        }
        struct ng_bytes text = search->work->texts[piece.text].bytes;
        if (!status) status = ng_watch_check(&search->cost->watch, NG_WATCH_STEPS, err);
        if (!status) status = widen_begin(&reader, text, &piece, err);
        if (!status) status = widen_end(&reader, text, &piece, err);
        pieces[kept++] = piece;
    }
    search->pieces.length = kept * sizeof *pieces;
    if (kept > 0) qsort(pieces, kept, sizeof *pieces, by_place);
    return status;
}

int ng_holders_widen(const struct ng_holders_list *list, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < list->count && !status; i++) status = widen(list->searches[i], err);
    return status;
}
