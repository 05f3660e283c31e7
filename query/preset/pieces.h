/*
 * N-grams of an entry in all indexes: how often each occurs, and in which documents. Internal to the query library.
 */
#ifndef NG_QUERY_PRESET_PIECES_H
#define NG_QUERY_PRESET_PIECES_H

#include "common/base/buf.h"
#include "common/base/cancel.h"
#include "common/base/limits.h"
#include "query/include/ngidx.h"
#include "query/preset/words.h"

/* The indexes of a check, in one view. */
struct ng_views {
    const struct ng_index *const *indexes;
    size_t count;
};

/* Zero-initialised memory is an empty list. */
struct ng_pieces {
    struct ng_buf phrases; /* of struct ng_bytes; their text is borrowed */
    struct ng_buf places;  /* of uint64_t: the first word of each, counted over all texts */
    bool too_long;         /* one was over NG_MAX_PHRASE_BYTES, and counts as one that does not occur */

    /* Once counted: */
    uint64_t *counts;                                /* owned */
    struct ng_interval *rows[NG_MAX_CONTAM_INDEXES]; /* of phrase p in shard s: at p * shards + s; owned */
};

static inline size_t ng_pieces_size(const struct ng_pieces *grams) {
    return grams->phrases.length / sizeof(struct ng_bytes);
}

static inline uint64_t ng_pieces_place(const struct ng_pieces *grams, size_t number) {
    return ((const uint64_t *)(const void *)grams->places.data)[number];
}

/* Adds a phrase. Errors: NG_ERR_NOMEM. */
int ng_pieces_add(struct ng_pieces *grams, struct ng_bytes phrase, uint64_t place, struct ng_err *err);

/* Adds the n-grams of some texts. Errors: NG_ERR_NOMEM. */
int ng_pieces_add_texts(struct ng_pieces *grams, const struct ng_words *texts, size_t text_count, size_t n,
                       struct ng_err *err);

/* Counts all phrases. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_pieces_count(struct ng_pieces *grams, const struct ng_views *views, struct ng_err *err);

/* How many of them occur. */
uint64_t ng_pieces_found(const struct ng_pieces *grams);

/* An occurrence of a phrase. A document of an index as one number, in the order of indexes and documents. */
struct ng_piece_hit {
    uint64_t document;
    uint64_t gram;
};
enum { NG_DOCUMENT_BITS = 56 };

/* Appends the occurrences of those counted phrases that are wanted (NULL: all) and occur at most most_hits
 * times, ordered by document, then phrase. Errors: as ng_pieces_count. */
int ng_pieces_locate(const struct ng_pieces *grams, const struct ng_views *views, const bool *wanted, uint64_t most_hits,
                     struct ng_buf *hits, struct ng_watch *watch, struct ng_err *err);

/* Idempotent. */
void ng_pieces_free(struct ng_pieces *grams);

#endif
