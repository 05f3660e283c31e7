/*
 * Occurrences of pieces of a text, located many at a time, and the documents they are in. Internal to the query
 * library; what contamination and tracing share.
 */
#ifndef NG_QUERY_CONTAM_HITS_H
#define NG_QUERY_CONTAM_HITS_H

#include "query/contam/work.h"

struct ng_contam_hit {
    size_t index;
    struct ng_hit hit;          /* shard and rank are set before it is located, the rest then */
    bool alone;                 /* it need not be located: there is no other to compare its document with */
    bool is_new;                /* no hit before it is in the same document */
    struct ng_contam_span span; /* the piece */
};

/* Appends struct ng_contam_hit for the first rows_wanted occurrences of a counted phrase. Errors: NG_ERR_NOMEM. */
int ng_contam_hits_add(struct ng_buf *hits, const struct ng_contam_phrase *phrase, const struct ng_contam_span *span,
                       struct ng_err *err);

/* Marks the hits from byte first of hits on, which belong together, as alone if there is just one. */
void ng_contam_hits_mark(struct ng_buf *hits, size_t first);

/* Fills in positions and documents. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_contam_hits_locate(const struct ng_index *const *indexes, size_t index_count, struct ng_contam_hit *hits,
                          size_t count, struct ng_watch *watch, struct ng_err *err);

/* Sets is_new of hits that belong together and were located, or of one that is alone. Errors: NG_ERR_NOMEM. */
int ng_contam_hits_find_new(struct ng_contam_hit *hits, size_t count, struct ng_err *err);

/* How many occurrences to look at to find so many documents: several may lie in one. */
uint64_t ng_contam_hits_wanted(uint64_t documents);

/* A hit, located or alone, that is to be shown. */
struct ng_contam_showing {
    const struct ng_contam_hit *hit;
    struct ng_bytes text;                /* what the hit's span is a piece of */
    struct ng_contam_evidence *evidence; /* the answer */
};

/* Takes room for so many bytes of evidence. Errors: NG_ERR_LIMIT. */
int ng_contam_room_take(struct ng_contam_room *room, uint64_t bytes, struct ng_err *err);

/* Makes evidence of hits, side by side. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED, NG_ERR_LIMIT (room);
 * the evidence is then to be freed as the rest. */
int ng_contam_evidence_load(const struct ng_index *const *indexes, size_t index_count,
                            const struct ng_contam_showing *showings, size_t count, uint64_t context_bytes,
                            struct ng_contam_room *room, struct ng_watch *watch, struct ng_err *err);

#endif
