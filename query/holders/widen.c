/* Pieces of many entries are widened together: the text around them is read side by side. */
#include <stdlib.h>
#include <string.h>

#include "common/base/utf8.h"
#include "query/holders/holders.h"
#include "query/lib/extract.h"

/* Text that is read on either side of a piece at first, and then at a time; and of how many bytes side by side. */
enum { AROUND_BYTES = 32, READ_BYTES = 128, TOGETHER_BYTES = 1 << 20 };

/* A piece, and whose it is. */
struct owned {
    struct ng_holders_search *search;
    struct ng_holders_piece piece;
};

/* How the text lies in the document: the same for pieces that continue each other. */
static uint64_t shift_of(const struct ng_holders_piece *piece) {
    return piece->offset - piece->begin; /* modulo 2^64 */
}

/* In the order of documents, so that those of a shard are read together. */
static int by_shift(const void *a, const void *b) {
    const struct owned *first = a;
    const struct owned *second = b;
    const struct ng_holders_piece *x = &first->piece;
    const struct ng_holders_piece *y = &second->piece;
    if (x->document != y->document) return x->document < y->document ? -1 : 1;
    if (first->search != second->search) return first->search < second->search ? -1 : 1;
    if (x->text != y->text) return x->text < y->text ? -1 : 1;
    if (shift_of(x) != shift_of(y)) return shift_of(x) < shift_of(y) ? -1 : 1;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* Whether two pieces lie alike in the same document. */
static bool lie_alike(const struct owned *x, const struct owned *y) {
    return x->search == y->search && x->piece.document == y->piece.document && x->piece.text == y->piece.text &&
           shift_of(&x->piece) == shift_of(&y->piece);
}

static int by_place(const void *a, const void *b) {
    const struct ng_holders_piece *x = a;
    const struct ng_holders_piece *y = b;
    if (x->document != y->document) return x->document < y->document ? -1 : 1;
    if (x->text != y->text) return x->text < y->text ? -1 : 1;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* A document, some of which is read. */
struct reader {
    const struct ng_index *index;
    uint64_t doc;
    uint64_t length_bytes;
    uint64_t begin; /* what is read, in the document */
    uint64_t end;
    const uint8_t *data;
    uint8_t more[READ_BYTES];
};

/* Up to *bytes of text from offset at on; *bytes is how many there are now, more than 0. */
static int read_from(struct reader *reader, uint64_t at, uint64_t *bytes, const uint8_t **out, struct ng_err *err) {
    bool is_read = at >= reader->begin && at < reader->end;
    uint64_t most = is_read ? reader->end - at : READ_BYTES;
    if (*bytes > most) *bytes = most;
    *out = is_read ? reader->data + (at - reader->begin) : reader->more;
    return is_read ? NG_OK : ng_index_extract(reader->index, reader->doc, at, *bytes, reader->more, err);
}

/* The same for the text before it. */
static int read_before(struct reader *reader, uint64_t at, uint64_t *bytes, const uint8_t **out, struct ng_err *err) {
    bool is_read = at > reader->begin && at <= reader->end;
    uint64_t most = is_read ? at - reader->begin : READ_BYTES;
    if (*bytes > most) *bytes = most;
    *out = is_read ? reader->data + (at - *bytes - reader->begin) : reader->more;
    return is_read ? NG_OK : ng_index_extract(reader->index, reader->doc, at - *bytes, *bytes, reader->more, err);
}

/* Makes a piece longer at its end as long as text and document agree, up to whole characters. */
static int widen_end(struct reader *reader, struct ng_bytes text, struct ng_holders_piece *piece, struct ng_err *err) {
    uint64_t from = piece->end;
    for (bool agree = true; agree;) {
        uint64_t at = piece->offset + (piece->end - piece->begin);
        uint64_t room = reader->length_bytes - at < text.length_bytes - piece->end ? reader->length_bytes - at
                                                                                   : text.length_bytes - piece->end;
        const uint8_t *read;
        int status = room > 0 ? read_from(reader, at, &room, &read, err) : NG_OK;
        if (status) return status;
        uint64_t same = 0;
        while (same < room && text.data[piece->end + same] == read[same]) same++;
        piece->end += same;
        agree = room > 0 && same == room;
    }
    while (piece->end > from && piece->end < text.length_bytes && ng_utf8_is_continuation(text.data[piece->end])) piece->end--;
    return NG_OK;
}

/* The same at its begin. */
static int widen_begin(struct reader *reader, struct ng_bytes text, struct ng_holders_piece *piece, struct ng_err *err) {
    uint64_t from = piece->begin;
    for (bool agree = true; agree;) {
        uint64_t room = piece->offset < piece->begin ? piece->offset : piece->begin;
        const uint8_t *read;
        int status = room > 0 ? read_before(reader, piece->offset, &room, &read, err) : NG_OK;
        if (status) return status;
        uint64_t same = 0;
        while (same < room && text.data[piece->begin - same - 1] == read[room - same - 1]) same++;
        piece->begin -= same;
        piece->offset -= same;
        agree = room > 0 && same == room;
    }
    while (piece->begin < from && ng_utf8_is_continuation(text.data[piece->begin])) {
        piece->begin++;
        piece->offset++;
    }
    return NG_OK;
}

/* Takes all pieces of a list, and joins those that touch and lie alike. */
static int take_pieces(const struct ng_holders_list *list, struct ng_buf *all, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < list->count && !status; i++) {
        struct ng_holders_search *search = list->searches[i];
        const struct ng_holders_piece *pieces = (const struct ng_holders_piece *)(const void *)search->pieces.data;
        for (size_t k = 0; k < search->pieces.length / sizeof *pieces && !status; k++) {
            struct owned owned = {.search = search, .piece = pieces[k]};
            status = ng_buf_append(all, &owned, sizeof owned, err);
        }
        search->pieces.length = 0;
    }
    struct owned *owned = (struct owned *)(void *)all->data;
    size_t count = all->length / sizeof *owned;
    size_t kept = 0;
    if (count > 0) qsort(owned, count, sizeof *owned, by_shift);
    for (size_t i = 0; i < count; i++) {
        struct owned *last = kept > 0 ? &owned[kept - 1] : NULL;
        if (last && lie_alike(last, &owned[i]) && owned[i].piece.begin <= last->piece.end) {
            if (owned[i].piece.end > last->piece.end) last->piece.end = owned[i].piece.end;
        } else {
            owned[kept++] = owned[i];
        }
    }
    all->length = kept * sizeof *owned;
    return status;
}

/* Pieces of one shard, and the text around them. */
struct batch {
    struct ng_buf readers;  /* of struct reader: of each piece */
    struct ng_buf extracts; /* of struct ng_extract_text: the same */
    struct ng_buf text;
};

static const struct ng_index *index_of(const struct ng_holders_list *list, const struct owned *owned) {
    return list->contam->indexes[owned->piece.document >> NG_CONTAM_DOCUMENT_BITS];
}

/* The same for pieces of an index whose parts are elsewhere: to ask takes long, so more is read at once. */
static int read_elsewhere(const struct ng_holders_list *list, struct batch *batch, const struct owned *owned, size_t left,
                          size_t *count, struct ng_err *err) {
    enum { PIECES = 256, FAR_BYTES = 1024 };
    const struct ng_index *index = index_of(list, owned);
    struct ng_call_piece pieces[PIECES];
    batch->readers.length = 0;
    batch->text.length = 0;
    uint64_t bytes = 0;
    for (*count = 0; *count < left && *count < PIECES && index_of(list, &owned[*count]) == index; (*count)++) {
        const struct ng_holders_piece *piece = &owned[*count].piece;
        uint64_t begin = piece->offset > FAR_BYTES ? piece->offset - FAR_BYTES : 0;
        uint64_t length = piece->offset + (piece->end - piece->begin) + FAR_BYTES - begin;
        if (*count > 0 && bytes + length > TOGETHER_BYTES) break;
        bytes += length;
        pieces[*count] = (struct ng_call_piece){.doc = piece->document & ((UINT64_C(1) << NG_CONTAM_DOCUMENT_BITS) - 1),
                                                .offset = begin, .most_bytes = length};
    }
    int status = ng_index_read(index, pieces, *count, err);
    if (status) return status;
    status = ng_buf_reserve(&batch->text, (size_t)bytes + 1, err);
    uint8_t *out = batch->text.data;
    for (size_t i = 0; i < *count; i++) {
        const struct ng_call_piece *piece = &pieces[i];
        struct reader reader = {.index = index, .doc = piece->doc, .length_bytes = piece->doc_bytes, .data = out,
                                .begin = piece->offset, .end = piece->offset + piece->length_bytes};
        if (!status) status = ng_buf_append(&batch->readers, &reader, sizeof reader, err);
        if (!status) memcpy(out, piece->text, (size_t)piece->length_bytes);
        if (!status) out += piece->length_bytes;
        ng_call_piece_free(&pieces[i]);
    }
    return status;
}

/* Reads the text around the next pieces; *count is of how many, at least one. */
static int read_some(const struct ng_holders_list *list, struct batch *batch, const struct owned *owned, size_t left,
                     size_t *count, struct ng_err *err) {
    const struct ng_shard *shard = NULL;
    uint64_t bytes = 0;
    if (index_of(list, owned)->calls) return read_elsewhere(list, batch, owned, left, count, err);
    batch->readers.length = 0;
    batch->extracts.length = 0;
    for (*count = 0; *count < left && !index_of(list, &owned[*count])->calls; (*count)++) {
        const struct ng_holders_piece *piece = &owned[*count].piece;
        struct reader reader = {.index = index_of(list, &owned[*count]),
                                .doc = piece->document & ((UINT64_C(1) << NG_CONTAM_DOCUMENT_BITS) - 1)};
        struct ng_index_place place;
        int status = ng_index_find_place(reader.index, reader.doc, &place, err);
        if (status) return status;
        uint64_t end = piece->offset + (piece->end - piece->begin);
        reader.length_bytes = place.end - place.start;
        reader.begin = piece->offset > AROUND_BYTES ? piece->offset - AROUND_BYTES : 0;
        reader.end = reader.length_bytes - end > AROUND_BYTES ? end + AROUND_BYTES : reader.length_bytes;
        if (*count > 0 && (place.shard != shard || bytes + (reader.end - reader.begin) > TOGETHER_BYTES)) break;
        shard = place.shard;
        bytes += reader.end - reader.begin;
        struct ng_extract_text extract = {.document = place.document, .begin = place.start + reader.begin,
                                          .end = place.start + reader.end};
        status = ng_buf_append(&batch->readers, &reader, sizeof reader, err);
        if (!status) status = ng_buf_append(&batch->extracts, &extract, sizeof extract, err);
        if (status) return status;
    }
    batch->text.length = 0;
    int status = ng_buf_reserve(&batch->text, (size_t)bytes + 1, err);
    if (status) return status;
    struct ng_extract_text *extracts = (struct ng_extract_text *)(void *)batch->extracts.data;
    struct reader *readers = (struct reader *)(void *)batch->readers.data;
    uint8_t *out = batch->text.data;
    for (size_t i = 0; i < *count; i++) {
        extracts[i].out = out;
        readers[i].data = out;
        out += readers[i].end - readers[i].begin;
    }
    ng_extract_texts(shard, extracts, *count, &list->cost->watch);
    return ng_shard_outcome(shard, &list->cost->watch, err);
}

/* Widens pieces; those that come to lie within the one before are left out. */
static int widen_some(struct owned *owned, size_t count, struct reader *readers, struct owned *last, struct ng_err *err) {
    int status = NG_OK;
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_holders_search *search = owned[i].search;
        if (lie_alike(last, &owned[i]) && owned[i].piece.end <= last->piece.end) continue;
        struct ng_bytes text = search->work->texts[owned[i].piece.text].bytes;
        status = widen_begin(&readers[i], text, &owned[i].piece, err);
        if (!status) status = widen_end(&readers[i], text, &owned[i].piece, err);
        if (!status) status = ng_buf_append(&search->pieces, &owned[i].piece, sizeof owned[i].piece, err);
        *last = owned[i];
    }
    return status;
}

int ng_holders_widen(const struct ng_holders_list *list, struct ng_err *err) {
    struct ng_buf all = {0};
    struct batch batch = {{0}, {0}, {0}};
    struct owned last = {0};
    int status = take_pieces(list, &all, err);
    struct owned *owned = (struct owned *)(void *)all.data;
    size_t count = all.length / sizeof *owned;
    for (size_t at = 0, some = 0; at < count && !status; at += some) {
        status = read_some(list, &batch, owned + at, count - at, &some, err);
        if (!status) status = ng_watch_check(&list->cost->watch, NG_WATCH_STEPS, err);
        if (!status) status = widen_some(owned + at, some, (struct reader *)(void *)batch.readers.data, &last, err);
    }
    for (size_t i = 0; i < list->count && !status; i++) {
        struct ng_buf *pieces = &list->searches[i]->pieces;
        size_t held = pieces->length / sizeof(struct ng_holders_piece);
        if (held > 0) qsort(pieces->data, held, sizeof(struct ng_holders_piece), by_place);
    }
    ng_buf_free(&all);
    ng_buf_free(&batch.readers);
    ng_buf_free(&batch.extracts);
    ng_buf_free(&batch.text);
    return status;
}
