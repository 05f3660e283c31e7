#include "query/preset/pieces.h"

#include <stdlib.h>

#include "query/lib/index.h"
#include "query/lib/locate.h"

int ng_pieces_add(struct ng_pieces *grams, struct ng_bytes phrase, uint64_t place, struct ng_err *err) {
    if (phrase.length_bytes > NG_MAX_PHRASE_BYTES) {
        grams->too_long = true;
        phrase.length_bytes = 0;
    }
    int status = ng_buf_append(&grams->phrases, &phrase, sizeof phrase, err);
    return status ? status : ng_buf_append(&grams->places, &place, sizeof place, err);
}

int ng_pieces_add_texts(struct ng_pieces *grams, const struct ng_words *texts, size_t text_count, size_t n,
                       struct ng_err *err) {
    int status = NG_OK;
    for (size_t t = 0, base = 0; t < text_count && !status; base += texts[t++].count) {
        for (size_t i = 0; i < ng_words_grams(texts[t].count, n) && !status; i++) {
            status = ng_pieces_add(grams, ng_words_piece(&texts[t], i, n), base + i, err);
        }
    }
    return status;
}

static const struct ng_bytes *phrases_of(const struct ng_pieces *grams) {
    return (const struct ng_bytes *)(const void *)grams->phrases.data;
}

static int count_in_index(struct ng_pieces *grams, const struct ng_index *index, size_t number, struct ng_err *err) {
    size_t count = ng_pieces_size(grams);
    size_t shards = (size_t)index->shard_count;
    const struct ng_bytes *phrases = phrases_of(grams);
    struct ng_interval *rows = calloc(count * shards, sizeof *rows);
    grams->rows[number] = rows;
    if (!rows) return ng_err_nomem(err, count * shards * sizeof *rows, "the occurrences of n-grams");
    int status = ng_index_find_batch(index, phrases, count, rows, err);
    for (size_t i = 0; i < count && !status; i++) {
        for (size_t s = 0; s < shards && phrases[i].length_bytes > 0; s++) {
            grams->counts[i] += rows[i * shards + s].end - rows[i * shards + s].begin;
        }
    }
    return status;
}

int ng_pieces_count(struct ng_pieces *grams, const struct ng_views *views, struct ng_err *err) {
    size_t count = ng_pieces_size(grams);
    grams->counts = calloc(count + 1, sizeof *grams->counts);
    if (!grams->counts) return ng_err_nomem(err, count * sizeof *grams->counts, "the counts of n-grams");
    int status = NG_OK;
    for (size_t k = 0; k < views->count && count > 0 && !status; k++) {
        status = count_in_index(grams, views->indexes[k], k, err);
    }
    return status;
}

uint64_t ng_pieces_found(const struct ng_pieces *grams) {
    uint64_t found = 0;
    for (size_t i = 0; i < ng_pieces_size(grams); i++) found += grams->counts[i] > 0 ? 1 : 0;
    return found;
}

/* The rows of one shard that are located together, and the phrases they belong to. */
struct rows {
    uint64_t most_hits; /* of a phrase that is located */
    struct ng_buf rows;  /* of uint64_t */
    struct ng_buf grams; /* of uint64_t */
    struct ng_buf positions; /* of uint64_t */
    struct ng_buf hits;      /* of struct ng_hit */
};

static int collect_rows(const struct ng_pieces *grams, const struct ng_interval *intervals, size_t shards, size_t shard,
                        const bool *wanted, struct rows *rows, struct ng_err *err) {
    int status = NG_OK;
    rows->rows.length = 0;
    rows->grams.length = 0;
    for (uint64_t i = 0; i < ng_pieces_size(grams) && !status; i++) {
        if (grams->counts[i] == 0 || grams->counts[i] > rows->most_hits || (wanted && !wanted[i])) continue;
        const struct ng_interval *interval = &intervals[i * shards + shard];
        for (uint64_t row = interval->begin; row < interval->end && !status; row++) {
            status = ng_buf_append(&rows->rows, &row, sizeof row, err);
            if (!status) status = ng_buf_append(&rows->grams, &i, sizeof i, err);
        }
    }
    return status;
}

static int locate_rows(const struct ng_index *index, size_t number, uint64_t shard_number, struct rows *rows,
                       struct ng_buf *hits, struct ng_watch *watch, struct ng_err *err) {
    const struct ng_shard *shard = &index->shards[shard_number].shard;
    size_t count = rows->rows.length / sizeof(uint64_t);
    rows->positions.length = 0;
    rows->hits.length = 0;
    int status = ng_buf_reserve(&rows->positions, (count + 1) * sizeof(uint64_t), err);
    if (!status) status = ng_buf_reserve(&rows->hits, (count + 1) * sizeof(struct ng_hit), err);
    if (status || count == 0) return status;
    const uint64_t *list = (const uint64_t *)(const void *)rows->rows.data;
    uint64_t *positions = (uint64_t *)(void *)rows->positions.data;
    struct ng_hit *found = (struct ng_hit *)(void *)rows->hits.data;
    ng_locate_batch(shard, list, count, positions, watch);
    status = ng_shard_outcome(shard, watch, err);
    if (status) return status;
    ng_index_fill_hits(index, shard_number, list, positions, count, found);
    status = ng_shard_status(shard, err);
    for (size_t i = 0; i < count && !status; i++) {
        struct ng_piece_hit hit = {.document = (uint64_t)number << NG_DOCUMENT_BITS | found[i].doc,
                                  .gram = ((const uint64_t *)(const void *)rows->grams.data)[i]};
        status = ng_buf_append(hits, &hit, sizeof hit, err);
    }
    return status;
}

/* The same in all shards of an index whose parts are elsewhere. */
static int locate_far(const struct ng_pieces *grams, const struct ng_index *index, size_t number, const bool *wanted,
                      struct rows *rows, struct ng_buf *hits, struct ng_err *err) {
    size_t shards = (size_t)index->shard_count;
    struct ng_buf asked = {0}; /* of struct ng_hit */
    struct ng_buf found = {0}; /* of uint64_t: their phrases */
    int status = NG_OK;
    for (size_t s = 0; s < shards && !status; s++) {
        status = collect_rows(grams, grams->rows[number], shards, s, wanted, rows, err);
        const uint64_t *list = (const uint64_t *)(const void *)rows->rows.data;
        for (size_t i = 0; i < rows->rows.length / sizeof *list && !status; i++) {
            struct ng_hit hit = {.shard = s, .rank = list[i]};
            status = ng_buf_append(&asked, &hit, sizeof hit, err);
        }
        if (!status) status = ng_buf_append(&found, rows->grams.data, rows->grams.length, err);
    }
    struct ng_hit *located = (struct ng_hit *)(void *)asked.data;
    size_t count = asked.length / sizeof *located;
    if (!status && count > 0) status = index->calls->rows(index, located, count, err);
    const uint64_t *phrases = (const uint64_t *)(const void *)found.data;
    for (size_t i = 0; phrases && i < count && !status; i++) {
        struct ng_piece_hit hit = {.document = (uint64_t)number << NG_DOCUMENT_BITS | located[i].doc, .gram = phrases[i]};
        status = ng_buf_append(hits, &hit, sizeof hit, err);
    }
    ng_buf_free(&asked);
    ng_buf_free(&found);
    return status;
}

static int by_document(const void *a, const void *b) {
    const struct ng_piece_hit *x = a;
    const struct ng_piece_hit *y = b;
    if (x->document != y->document) return x->document < y->document ? -1 : 1;
    return (x->gram > y->gram) - (x->gram < y->gram);
}

int ng_pieces_locate(const struct ng_pieces *grams, const struct ng_views *views, const bool *wanted, uint64_t most_hits,
                     struct ng_buf *hits, struct ng_watch *watch, struct ng_err *err) {
    struct rows rows = {.most_hits = most_hits};
    int status = NG_OK;
    for (size_t k = 0; k < views->count && ng_pieces_size(grams) > 0; k++) {
        const struct ng_index *index = views->indexes[k];
        size_t shards = (size_t)index->shard_count;
        if (index->calls && !status) status = locate_far(grams, index, k, wanted, &rows, hits, err);
        for (size_t s = 0; s < shards && !index->calls && !status; s++) {
            status = collect_rows(grams, grams->rows[k], shards, s, wanted, &rows, err);
            if (!status) status = locate_rows(index, k, s, &rows, hits, watch, err);
        }
    }
    if (!status && hits->length > 0) {
        qsort(hits->data, hits->length / sizeof(struct ng_piece_hit), sizeof(struct ng_piece_hit), by_document);
    }
    ng_buf_free(&rows.rows);
    ng_buf_free(&rows.grams);
    ng_buf_free(&rows.positions);
    ng_buf_free(&rows.hits);
    return status;
}

void ng_pieces_free(struct ng_pieces *grams) {
    ng_buf_free(&grams->phrases);
    ng_buf_free(&grams->places);
    free(grams->counts);
    for (size_t k = 0; k < NG_MAX_CONTAM_INDEXES; k++) free(grams->rows[k]);
    *grams = (struct ng_pieces){0};
}
