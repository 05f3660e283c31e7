#include <stdlib.h>

#include "common/base/order.h"
#include "query/contam/hits.h"
#include "query/holders/holders.h"

/* Stretches that are searched side by side, and the most bytes of one. */
enum { STRETCHES = 256, STRETCH_BYTES = 4096 };

/* Neighbouring windows, searched as the piece that holds them all: where that occurs as often as each of them, they
 * occur nowhere else. If it does not, they are halved. */
struct stretch {
    struct ng_holders_search *search;
    int size; /* of its windows */
    uint64_t text;
    uint64_t first; /* number of the first window */
    uint64_t count;
    struct ng_contam_phrase phrase;
};

static const struct ng_contam_fact *fact_of(const struct stretch *stretch, uint64_t i) {
    return &stretch->search->work->texts[stretch->text].facts[stretch->size][stretch->first + i];
}

static int add_stretch(struct ng_holders_search *search, struct ng_buf *stretches, int size, uint64_t number,
                       uint64_t first, uint64_t count, struct ng_err *err) {
    const struct ng_contam_text *text = &search->work->texts[number];
    const struct ng_windows *windows = ng_holders_windows(text, size);
    struct stretch stretch = {.search = search, .size = size, .text = number, .first = first, .count = count};
    stretch.phrase = (struct ng_contam_phrase){.text = text->bytes.data,
                                               .begin = windows->begins[first],
                                               .end = ng_windows_end(windows, first + count - 1),
                                               .rows_wanted = NG_HOLDERS_HITS,
                                               .reach = search->work->reach};
    return ng_buf_append(stretches, &stretch, sizeof stretch, err);
}

/* Puts neighbours that occur equally often together. */
static int make_stretches(struct ng_holders_search *search, struct ng_buf *stretches, int size, struct ng_err *err) {
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

static bool is_even(const struct stretch *stretch) {
    for (uint64_t i = 0; i < stretch->count; i++) {
        if (fact_of(stretch, i)->count != stretch->phrase.count) return false;
    }
    return true;
}

/* Whether one of the first pieces, which are in the order of documents, is in a document. */
static bool is_held(const struct ng_holders_piece *pieces, size_t count, uint64_t document) {
    size_t low = 0;
    NG_ORDER_SEEK(low, count, middle, pieces[middle].document < document);
    return low < count && pieces[low].document == document;
}

/* Hits of stretches, and which they are of. */
struct hits {
    struct ng_buf hits;   /* of struct ng_contam_hit */
    struct ng_buf owners; /* of struct owner, in order */
};

struct owner {
    struct ng_holders_search *search;
    size_t end; /* its hits are those from the end of the one before up to here */
};

/* Keeps a located hit as a piece; of short windows only those in documents that are held. */
static int keep_hit(struct ng_holders_search *search, const struct ng_contam_hit *hit, struct ng_err *err) {
    if (search->pieces.length >= NG_HOLDERS_PIECES * sizeof(struct ng_holders_piece)) {
        search->cut = true;
        return NG_OK;
    }
    struct ng_holders_piece piece = {.document = ng_contam_document(hit->index, hit->hit.doc),
                                     .offset = hit->hit.offset,
                                     .text = hit->span.text,
                                     .begin = hit->span.begin,
                                     .end = hit->span.end};
    const struct ng_holders_piece *first = (const struct ng_holders_piece *)(const void *)search->pieces.data;
    if (search->held > 0 && !is_held(first, search->held, piece.document)) return NG_OK;
    return ng_buf_append(&search->pieces, &piece, sizeof piece, err);
}

/* Locates hits as pieces. */
static int keep_hits(const struct ng_holders_list *list, struct hits *hits, struct ng_err *err) {
    struct ng_contam_hit *all = (struct ng_contam_hit *)(void *)hits->hits.data;
    const struct owner *owner = (const struct owner *)(const void *)hits->owners.data;
    size_t count = hits->hits.length / sizeof *all;
    int status = ng_contam_hits_locate(list->contam->indexes, list->contam->index_count, all, count, &list->cost->watch, err);
    for (size_t i = 0; i < count && !status; i++) {
        while (owner->end == i) owner++;
        status = keep_hit(owner->search, &all[i], err);
    }
    hits->hits.length = 0;
    hits->owners.length = 0;
    return status;
}

/* Settles a counted stretch: its hits, or two halves of it. */
static int settle(const struct stretch *stretch, struct ng_buf *halves, struct hits *hits, struct ng_err *err) {
    struct ng_holders_search *search = stretch->search;
    if (!is_even(stretch) && stretch->count > 1) {
        uint64_t half = stretch->count / 2;
        int status = add_stretch(search, halves, stretch->size, stretch->text, stretch->first, half, err);
        if (status) return status;
        return add_stretch(search, halves, stretch->size, stretch->text, stretch->first + half, stretch->count - half, err);
    }
    struct ng_contam_span span = {.text = stretch->text, .begin = stretch->phrase.begin, .end = stretch->phrase.end};
    if (stretch->phrase.count > NG_HOLDERS_HITS && stretch->size == NG_CONTAM_LONG) search->cut = true;
    int status = ng_contam_hits_add(&hits->hits, &stretch->phrase, &span, err);
    struct owner owner = {.search = search, .end = hits->hits.length / sizeof(struct ng_contam_hit)};
    return status ? status : ng_buf_append(&hits->owners, &owner, sizeof owner, err);
}

static int search_some(const struct ng_holders_list *list, struct stretch *stretches, size_t count, struct ng_buf *halves,
                       struct ng_err *err) {
    enum { MOST_HITS = 1 << 16 };
    struct ng_contam_phrase *phrases[STRETCHES];
    struct hits hits = {{0}, {0}};
    for (size_t i = 0; i < count; i++) phrases[i] = &stretches[i].phrase;
    int status = ng_contam_phrases_count(list->contam->indexes, list->contam->index_count, phrases, count,
                                         &list->cost->stats.lf_steps, &list->cost->watch, err);
    for (size_t i = 0; i < count && !status; i++) {
        status = settle(&stretches[i], halves, &hits, err);
        bool full = hits.hits.length >= MOST_HITS * sizeof(struct ng_contam_hit) || i + 1 == count;
        if (!status && full && hits.hits.length > 0) status = keep_hits(list, &hits, err);
    }
    for (size_t i = 0; i < count; i++) ng_buf_free(&stretches[i].phrase.rows);
    ng_buf_free(&hits.hits);
    ng_buf_free(&hits.owners);
    return status;
}

static int find_hits(const struct ng_holders_list *list, int size, struct ng_err *err) {
    struct ng_buf rounds[2] = {{0}, {0}};
    int status = NG_OK;
    for (size_t i = 0; i < list->count && !status; i++) {
        struct ng_holders_search *search = list->searches[i];
        search->held = search->pieces.length / sizeof(struct ng_holders_piece);
        if (size == NG_CONTAM_LONG || search->held > 0) status = make_stretches(search, &rounds[0], size, err);
    }
    for (unsigned r = 0; rounds[r % 2].length > 0 && !status; r++) {
        struct stretch *stretches = (struct stretch *)(void *)rounds[r % 2].data;
        size_t count = rounds[r % 2].length / sizeof *stretches;
        for (size_t at = 0; at < count && !status; at += STRETCHES) {
            size_t some = count - at < STRETCHES ? count - at : STRETCHES;
            status = search_some(list, stretches + at, some, &rounds[(r + 1) % 2], err);
        }
        rounds[r % 2].length = 0;
    }
    ng_buf_free(&rounds[0]);
    ng_buf_free(&rounds[1]);
    return status;
}

int ng_holders_find_pieces(const struct ng_holders_list *list, struct ng_err *err) {
    int status = find_hits(list, NG_CONTAM_LONG, err);
    return status ? status : ng_holders_widen(list, err);
}

int ng_holders_find_small(const struct ng_holders_list *list, struct ng_err *err) {
    int status = find_hits(list, NG_CONTAM_SMALL, err);
    return status ? status : ng_holders_widen(list, err);
}
