#include "query/contam/hits.h"

#include <stdlib.h>

#include "query/lib/locate.h"
#include "query/lib/snippet.h"

/* Skipping this many takes about as long as an LF step. */
enum { HITS = 64 };

/* Sources that are requested together if the documents are elsewhere. */
enum { SOURCES = 256 };

uint64_t ng_contam_hits_wanted(uint64_t documents) {
    enum { MOST_MORE = 100 };
    return documents + (3 * documents < MOST_MORE ? 3 * documents : MOST_MORE);
}

int ng_contam_hits_add(struct ng_buf *hits, const struct ng_contam_phrase *phrase, const struct ng_contam_span *span,
                       struct ng_err *err) {
    const struct ng_contam_rows *rows = (const struct ng_contam_rows *)(const void *)phrase->rows.data;
    uint64_t left = phrase->rows_wanted;
    for (size_t i = 0; i < phrase->rows.length / sizeof *rows; i++) {
        for (uint64_t row = rows[i].rows.begin; row < rows[i].rows.end && left > 0; row++, left--) {
            struct ng_contam_hit hit = {
                .index = (size_t)rows[i].index, .hit = {.shard = rows[i].shard, .rank = row}, .span = *span};
            int status = ng_buf_append(hits, &hit, sizeof hit, err);
            if (status) return status;
        }
    }
    return NG_OK;
}

void ng_contam_hits_mark(struct ng_buf *hits, size_t first) {
    if (hits->length - first != sizeof(struct ng_contam_hit)) return;
    struct ng_contam_hit *hit = (struct ng_contam_hit *)(void *)(hits->data + first);
    hit->alone = true;
}

static bool is_wanted(const struct ng_contam_hit *hit, size_t index, uint64_t shard) {
    return hit->index == index && hit->hit.shard == shard && !hit->alone;
}

/* The hits that are in one shard. */
static int locate_in_shard(const struct ng_index *index, size_t number, uint64_t shard_number,
                           struct ng_contam_hit *hits, size_t count, uint64_t *rows, uint64_t *positions,
                           struct ng_watch *watch, struct ng_err *err) {
    const struct ng_index_shard *s = &index->shards[shard_number];
    size_t here = 0;
    int status = ng_watch_check(watch, count / HITS + 1, err);
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        if (is_wanted(&hits[i], number, shard_number)) rows[here++] = hits[i].hit.rank;
    }
    if (here == 0) return NG_OK;
    ng_locate_batch(&s->shard, rows, here, positions, watch);
    status = ng_shard_outcome(&s->shard, watch, err);
    size_t next = 0;
    for (size_t i = 0; i < count && !status; i++) {
        if (!is_wanted(&hits[i], number, shard_number)) continue;
        ng_index_fill_hits(index, shard_number, &rows[next], &positions[next], 1, &hits[i].hit);
        next++;
    }
    return status ? status : ng_shard_status(&s->shard, err);
}

/* Locates hits in an index whose parts are elsewhere. */
static int locate_elsewhere(const struct ng_index *index, size_t number, struct ng_contam_hit *hits, size_t count,
                            struct ng_err *err) {
    struct ng_hit *list = calloc(count, sizeof *list);
    size_t used = 0;
    if (!list) return ng_err_nomem(err, count * sizeof *list, "rows to be located");
    for (size_t i = 0; i < count; i++) {
        if (hits[i].index == number && !hits[i].alone) list[used++] = hits[i].hit;
    }
    int status = index->calls->rows(index, list, used, err);
    used = 0;
    for (size_t i = 0; i < count && !status; i++) {
        if (hits[i].index == number && !hits[i].alone) hits[i].hit = list[used++];
    }
    free(list);
    return status;
}

int ng_contam_hits_locate(const struct ng_index *const *indexes, size_t index_count, struct ng_contam_hit *hits,
                          size_t count, struct ng_watch *watch, struct ng_err *err) {
    if (count == 0) return NG_OK;
    uint64_t *rows = calloc(count, 2 * sizeof *rows);
    if (!rows) return ng_err_nomem(err, count * 2 * sizeof *rows, "rows to be located");
    int status = NG_OK;
    for (size_t k = 0; k < index_count; k++) {
        if (indexes[k]->calls && !status) status = locate_elsewhere(indexes[k], k, hits, count, err);
        for (uint64_t s = 0; s < indexes[k]->shard_count && !indexes[k]->calls && !status; s++) {
            status = locate_in_shard(indexes[k], k, s, hits, count, rows, rows + count, watch, err);
        }
    }
    free(rows);
    return status;
}

/* By document, then place in the list, which is the order of addresses. */
static int by_hit(const void *a, const void *b) {
    const struct ng_contam_hit *first = *(struct ng_contam_hit *const *)a;
    const struct ng_contam_hit *second = *(struct ng_contam_hit *const *)b;
    if (first->index != second->index) return first->index < second->index ? -1 : 1;
    if (first->hit.doc != second->hit.doc) return first->hit.doc < second->hit.doc ? -1 : 1;
    return (first > second) - (first < second);
}

int ng_contam_hits_find_new(struct ng_contam_hit *hits, size_t count, struct ng_err *err) {
    struct ng_contam_hit **sorted = calloc(count + 1, sizeof(struct ng_contam_hit *));
    if (!sorted) return ng_err_nomem(err, count * sizeof(struct ng_contam_hit *), "hits in the order of documents");
    for (size_t i = 0; i < count; i++) sorted[i] = &hits[i];
    qsort(sorted, count, sizeof(struct ng_contam_hit *), by_hit);
    for (size_t i = 0; i < count; i++) {
        sorted[i]->is_new =
            i == 0 || sorted[i]->index != sorted[i - 1]->index || sorted[i]->hit.doc != sorted[i - 1]->hit.doc;
    }
    free(sorted);
    return NG_OK;
}

/* Hits of one shard that are shown side by side, and the request that each belongs to. */
struct shard_hits {
    size_t *numbers;
    uint64_t *rows;
    struct ng_bytes *pieces;
    struct ng_hit *hits;
    struct ng_snippet *snippets;
};

static int by_document(const void *a, const void *b, void *context) {
    const struct ng_contam_showing *showings = context;
    uint64_t first = showings[*(const size_t *)a].evidence->doc;
    uint64_t second = showings[*(const size_t *)b].evidence->doc;
    return (first > second) - (first < second);
}

int ng_contam_room_take(struct ng_contam_room *room, uint64_t bytes, struct ng_err *err) {
    if (room->most == UINT64_MAX || atomic_fetch_add(&room->used, bytes) + bytes <= room->most) return NG_OK;
    (void)ng_err_set(err, NG_ERR_LIMIT, "the text and metadata to show exceed %llu bytes",
                     (unsigned long long)room->most);
    return ng_err_hint(err, "ask for fewer documents, less context or less text at a time");
}

/* Hits to load before their size is known: as many as are best shown side by side, or as would fill the room. */
static size_t choose_load(const struct ng_contam_room *room, uint64_t context_bytes) {
    enum { MOST = 512 };
    uint64_t fit = room->most / (2 * context_bytes + NG_MAX_EVIDENCE_BYTES) + 1;
    return fit < MOST ? (size_t)fit : MOST;
}

static int load_some(const struct ng_index *index, uint64_t shard, const struct ng_contam_showing *showings,
                     const struct shard_hits *here, size_t first, size_t count, uint64_t context_bytes,
                     struct ng_contam_room *room, struct ng_err *err) {
    int status = ng_index_show_rows(index, shard, here->rows + first, here->pieces + first, count, context_bytes,
                                    here->hits, here->snippets, err);
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_evidence *evidence = showings[here->numbers[first + i]].evidence;
        evidence->snippet = here->snippets[i];
        evidence->doc = here->hits[i].doc;
        evidence->offset = here->hits[i].offset;
        if (!status) status = ng_contam_room_take(room, evidence->snippet.length_bytes, err);
    }
    return status;
}

/* The sources of a few documents. */
static int load_some_sources(const struct ng_index *index, const struct ng_contam_showing *showings,
                             const size_t *numbers, size_t count, struct ng_contam_room *room, struct ng_err *err) {
    struct ng_call_piece pieces[SOURCES];
    for (size_t i = 0; i < count; i++) {
        pieces[i] = (struct ng_call_piece){.doc = showings[numbers[i]].evidence->doc, .with_source = true};
    }
    int status = ng_index_read(index, pieces, count, err);
    if (status) return status;
    for (size_t i = 0; i < count; i++) {
        struct ng_contam_evidence *evidence = showings[numbers[i]].evidence;
        evidence->source = pieces[i].source;
        pieces[i].source = (struct ng_doc_source){0};
        ng_call_piece_free(&pieces[i]);
        if (!status) status = ng_contam_room_take(room, evidence->source.metadata_bytes, err);
    }
    return status;
}

/* In the documents' order: the sources of neighbours are compressed together. */
static int load_sources(const struct ng_index *index, const struct ng_contam_showing *showings, size_t *numbers,
                        size_t count, struct ng_contam_room *room, struct ng_err *err) {
    int status = NG_OK;
    qsort_r(numbers, count, sizeof *numbers, by_document, (void *)(uintptr_t)showings);
    size_t some = index->calls ? SOURCES : 1; /* one at a time takes no more room than there is */
    for (size_t at = 0; at < count && !status; at += some) {
        if (some > count - at) some = count - at;
        status = load_some_sources(index, showings, numbers + at, some, room, err);
    }
    return status;
}

static int load_in_shard(const struct ng_index *index, size_t number, uint64_t shard, bool has_originals,
                         const struct ng_contam_showing *showings, size_t count, uint64_t context_bytes,
                         const struct shard_hits *here, struct ng_contam_room *room, struct ng_err *err) {
    size_t used = 0;
    int status = NG_OK;
    for (size_t i = 0; i < count; i++) {
        const struct ng_contam_hit *hit = showings[i].hit;
        if (hit->index != number || hit->hit.shard != shard) continue;
        struct ng_bytes piece = {showings[i].text.data + hit->span.begin, hit->span.end - hit->span.begin};
        if (piece.length_bytes > NG_MAX_EVIDENCE_BYTES) piece.length_bytes = NG_MAX_EVIDENCE_BYTES;
        here->numbers[used] = i;
        here->rows[used] = hit->hit.rank;
        here->pieces[used++] = piece;
        showings[i].evidence->doc = hit->hit.doc;
        showings[i].evidence->offset = hit->hit.offset;
    }
    size_t some = choose_load(room, context_bytes);
    for (size_t at = 0; at < used && !has_originals && !status; at += some) {
        if (some > used - at) some = used - at;
        status = load_some(index, shard, showings, here, at, some, context_bytes, room, err);
    }
    return status || used == 0 ? status : load_sources(index, showings, here->numbers, used, room, err);
}

int ng_contam_evidence_load(const struct ng_index *const *indexes, size_t index_count, const bool *originals,
                            const struct ng_contam_showing *showings, size_t count, uint64_t context_bytes,
                            struct ng_contam_room *room, struct ng_watch *watch, struct ng_err *err) {
    for (size_t i = 0; i < count; i++) {
        *showings[i].evidence =
            (struct ng_contam_evidence){.index = showings[i].hit->index,
                                        .length_bytes = showings[i].hit->span.end - showings[i].hit->span.begin,
                                        .span = showings[i].hit->span};
    }
    if (count == 0) return NG_OK;
    struct shard_hits here = {.numbers = calloc(count, sizeof *here.numbers),
                              .rows = calloc(count, sizeof *here.rows),
                              .pieces = calloc(count, sizeof *here.pieces),
                              .hits = calloc(count, sizeof *here.hits),
                              .snippets = calloc(count, sizeof *here.snippets)};
    int status = NG_OK;
    if (!here.numbers || !here.rows || !here.pieces || !here.hits || !here.snippets) {
        status = ng_err_nomem(err, count * sizeof *here.hits, "hits to be shown");
        goto out;
    }
    for (size_t k = 0; k < index_count && !status; k++) {
        for (uint64_t s = 0; s < indexes[k]->shard_count && !status; s++) {
            status = ng_watch_check(watch, count / HITS + 1, err);
            if (!status) {
                status = load_in_shard(indexes[k], k, s, originals && originals[k], showings, count, context_bytes, &here,
                                       room, err);
            }
        }
    }
out:
    free(here.numbers);
    free(here.rows);
    free(here.pieces);
    free(here.hits);
    free(here.snippets);
    return status;
}
