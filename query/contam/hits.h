/*
 * Occurrences of pieces of a text, located many at a time, and the documents they are in. Shared by contamination and
 * tracing. Internal to the query library.
 */
#ifndef NG_QUERY_CONTAM_HITS_H
#define NG_QUERY_CONTAM_HITS_H

#include "query/contam/work.h"

struct ng_contam_hit {
    size_t index;
    struct ng_hit hit;          /* locating it sets all but shard and rank, which are set before */
    bool alone;                 /* it need not be located: there is no other hit to compare its document with */
    bool is_new;                /* no earlier hit is in the same document */
    struct ng_contam_span span; /* the piece */
};

/* Appends struct ng_contam_hit for the first rows_wanted occurrences of a counted phrase. Errors: NG_ERR_NOMEM. */
int ng_contam_hits_add(struct ng_buf *hits, const struct ng_contam_phrase *phrase, const struct ng_contam_span *span,
                       struct ng_err *err);

/* The hits from byte first of hits on belong together. If there is only one, marks it as alone. */
void ng_contam_hits_mark(struct ng_buf *hits, size_t first);

/* Fills in positions and documents. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_contam_hits_locate(const struct ng_index *const *indexes, size_t index_count, struct ng_contam_hit *hits,
                          size_t count, struct ng_watch *watch, struct ng_err *err);

/* Sets is_new of hits that belong together and are located, or of a hit that is alone. Errors: NG_ERR_NOMEM. */
int ng_contam_hits_find_new(struct ng_contam_hit *hits, size_t count, struct ng_err *err);

/* How many occurrences to examine to find that many documents, as one document may hold several. */
uint64_t ng_contam_hits_wanted(uint64_t documents);

/* A hit to show, located or alone. */
struct ng_contam_showing {
    const struct ng_contam_hit *hit;
    struct ng_bytes text;                /* the text that holds the hit's span */
    struct ng_contam_evidence *evidence; /* the answer */
};

/* Takes room for bytes of evidence. Errors: NG_ERR_LIMIT. */
int ng_contam_room_take(struct ng_contam_room *room, uint64_t bytes, struct ng_err *err);

/* Makes evidence from hits, side by side. That of indexes with originals gets no text yet (origin.c), and its hits are
 * located; originals may be NULL. The evidence must be freed also after an error. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT,
 * NG_ERR_CANCELLED, NG_ERR_LIMIT (room). */
int ng_contam_evidence_load(const struct ng_index *const *indexes, size_t index_count, const bool *originals,
                            const struct ng_contam_showing *showings, size_t count, uint64_t context_bytes,
                            struct ng_contam_room *room, struct ng_watch *watch, struct ng_err *err);

#endif
