#include <stdlib.h>

#include "common/base/utf8.h"
#include "query/contam/hits.h"
#include "query/holders/holders.h"

/* Stretches that are searched side by side, and the most bytes of one. */
enum { STRETCHES = 256, STRETCH_BYTES = 4096 };

/* Neighbouring windows, searched as the piece that holds them all: where that occurs as often as each of them, they
 * occur nowhere else. If it does not, they are halved. */
struct stretch {
    int size; /* of its windows */
    uint64_t text;
    uint64_t first; /* number of the first window */
    uint64_t count;
    struct ng_contam_phrase phrase;
};

static const struct ng_contam_fact *fact_of(const struct ng_holders_search *search, const struct stretch *stretch, uint64_t i) {
    return &search->work->texts[stretch->text].facts[stretch->size][stretch->first + i];
}

static int add_stretch(const struct ng_holders_search *search, struct ng_buf *stretches, int size, uint64_t number,
                       uint64_t first, uint64_t count, struct ng_err *err) {
    const struct ng_contam_text *text = &search->work->texts[number];
    const struct ng_windows *windows = ng_holders_windows(text, size);
    struct stretch stretch = {.size = size, .text = number, .first = first, .count = count};
    stretch.phrase = (struct ng_contam_phrase){.text = text->bytes.data,
                                               .begin = windows->begins[first],
                                               .end = ng_windows_end(windows, first + count - 1),
                                               .rows_wanted = NG_HOLDERS_HITS};
    return ng_buf_append(stretches, &stretch, sizeof stretch, err);
}

/* Puts neighbours that occur equally often together. */
static int make_stretches(const struct ng_holders_search *search, struct ng_buf *stretches, int size, struct ng_err *err) {
    for (size_t t = 0; t < search->work->entry->text_count; t++) {
        const struct ng_contam_text *text = &search->work->texts[t];
        const struct ng_windows *windows = ng_holders_windows(text, size);
        const struct ng_contam_fact *facts = text->facts[size];
        for (uint64_t i = 0; facts && i < windows->count;) {
            uint64_t first = i++;
            if (!ng_holders_counts(search, text, size, first)) continue;
            while (i < windows->count && ng_holders_counts(search, text, size, i) && facts[i].count == facts[first].count &&
                   windows->begins[i] <= ng_windows_end(windows, i - 1) &&
                   ng_windows_end(windows, i) - windows->begins[first] <= STRETCH_BYTES) i++;
            int status = add_stretch(search, stretches, size, t, first, i - first, err);
            if (status) return status;
        }
    }
    return NG_OK;
}

static bool is_even(const struct ng_holders_search *search, const struct stretch *stretch) {
    for (uint64_t i = 0; i < stretch->count; i++) {
        if (fact_of(search, stretch, i)->count != stretch->phrase.count) return false;
    }
    return true;
}

/* Whether one of the first pieces, which are in the order of documents, is in a document. */
static bool is_held(const struct ng_holders_piece *pieces, size_t count, uint64_t document) {
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pieces[middle].document < document) low = middle + 1;
        else high = middle;
    }
    return low < count && pieces[low].document == document;
}

/* Locates the hits of stretches as pieces; with held > 0, only those in documents of the first pieces. */
static int keep_hits(struct ng_holders_search *search, struct ng_buf *hits, size_t held, struct ng_err *err) {
    struct ng_contam_hit *all = (struct ng_contam_hit *)(void *)hits->data;
    size_t count = hits->length / sizeof *all;
    int status = ng_contam_hits_locate(search->contam->indexes, search->contam->index_count, all, count,
                                       &search->cost->watch, err);
    for (size_t i = 0; i < count && !status; i++) {
        if (search->pieces.length >= NG_HOLDERS_PIECES * sizeof(struct ng_holders_piece)) {
            search->cut = true;
            break;
        }
        struct ng_holders_piece piece = {.document = ng_contam_document(all[i].index, all[i].hit.doc),
                                         .offset = all[i].hit.offset,
                                         .text = all[i].span.text,
                                         .begin = all[i].span.begin,
                                         .end = all[i].span.end};
        const struct ng_holders_piece *first = (const struct ng_holders_piece *)(const void *)search->pieces.data;
        if (held > 0 && !is_held(first, held, piece.document)) continue;
        status = ng_buf_append(&search->pieces, &piece, sizeof piece, err);
    }
    hits->length = 0;
    return status;
}

/* Settles a counted stretch: its hits, or two halves of it. */
static int settle(struct ng_holders_search *search, const struct stretch *stretch, struct ng_buf *halves,
                  struct ng_buf *hits, struct ng_err *err) {
    if (!is_even(search, stretch) && stretch->count > 1) {
        uint64_t half = stretch->count / 2;
        int status = add_stretch(search, halves, stretch->size, stretch->text, stretch->first, half, err);
        if (status) return status;
        return add_stretch(search, halves, stretch->size, stretch->text, stretch->first + half, stretch->count - half, err);
    }
    struct ng_contam_span span = {.text = stretch->text, .begin = stretch->phrase.begin, .end = stretch->phrase.end};
    if (stretch->phrase.count > NG_HOLDERS_HITS && stretch->size == NG_CONTAM_LONG) search->cut = true;
    return ng_contam_hits_add(hits, &stretch->phrase, &span, err);
}

static int search_some(struct ng_holders_search *search, struct stretch *stretches, size_t count, struct ng_buf *halves,
                       size_t held, struct ng_err *err) {
    enum { MOST_HITS = 1 << 16 };
    struct ng_contam_phrase *phrases[STRETCHES];
    struct ng_buf hits = {0};
    for (size_t i = 0; i < count; i++) phrases[i] = &stretches[i].phrase;
    int status = ng_contam_phrases_count(search->contam->indexes, search->contam->index_count, phrases, count,
                                         &search->cost->stats.lf_steps, &search->cost->watch, err);
    for (size_t i = 0; i < count && !status; i++) {
        status = settle(search, &stretches[i], halves, &hits, err);
        bool full = hits.length >= MOST_HITS * sizeof(struct ng_contam_hit) || i + 1 == count;
        if (!status && full && hits.length > 0) status = keep_hits(search, &hits, held, err);
    }
    for (size_t i = 0; i < count; i++) ng_buf_free(&stretches[i].phrase.rows);
    ng_buf_free(&hits);
    return status;
}

static int find_hits(struct ng_holders_search *search, int size, size_t held, struct ng_err *err) {
    struct ng_buf rounds[2] = {{0}, {0}};
    int status = make_stretches(search, &rounds[0], size, err);
    for (unsigned r = 0; rounds[r % 2].length > 0 && !status; r++) {
        struct stretch *stretches = (struct stretch *)(void *)rounds[r % 2].data;
        size_t count = rounds[r % 2].length / sizeof *stretches;
        for (size_t at = 0; at < count && !status; at += STRETCHES) {
            size_t some = count - at < STRETCHES ? count - at : STRETCHES;
            status = search_some(search, stretches + at, some, &rounds[(r + 1) % 2], held, err);
        }
        rounds[r % 2].length = 0;
    }
    ng_buf_free(&rounds[0]);
    ng_buf_free(&rounds[1]);
    return status;
}

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

int ng_holders_find_pieces(struct ng_holders_search *search, struct ng_err *err) {
    int status = find_hits(search, NG_CONTAM_LONG, 0, err);
    return status ? status : widen(search, err);
}

int ng_holders_find_small(struct ng_holders_search *search, struct ng_err *err) {
    size_t held = search->pieces.length / sizeof(struct ng_holders_piece);
    int status = held > 0 ? find_hits(search, NG_CONTAM_SMALL, held, err) : NG_OK;
    return status ? status : widen(search, err);
}
