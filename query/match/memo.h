/*
 * Remembers the outcomes of searches by the bytes they read, so that a piece shared by many texts is searched for once.
 * Internal to the query library.
 *
 * A failed search has read only the piece that does not occur. The memo keys it by the last NG_MEMO_TEXT_BYTES bytes
 * before its end, provided that they contain the piece. It compares these bytes in full, so there are no false matches.
 * It stores an outcome only when the bytes come for the second time: most texts come once, and storing them all would
 * push the index out of the cache. A new outcome replaces an older one.
 */
#ifndef NG_QUERY_MATCH_MEMO_H
#define NG_QUERY_MATCH_MEMO_H

#include "query/match/probe.h"

enum { NG_MEMO_TEXT_BYTES = 24, NG_MEMO_SLOTS = 1 << 11 };

enum { NG_MEMO_SLOT_BYTES = 64 }; /* a cache line */

struct ng_memo_slot {
    _Alignas(NG_MEMO_SLOT_BYTES) uint8_t text[NG_MEMO_TEXT_BYTES]; /* before the search's end */
    struct ng_interval rows; /* of its longest suffix that occurs, */
    uint64_t length_bytes;   /* and the length of that suffix */
    uint64_t round;          /* 0: the slot is free */
};

/* Zero-initialised memory is a memo that has not started. */
struct ng_memo {
    struct ng_memo_slot *slots;   /* NULL until a text comes again; owned */
    uint16_t tags[NG_MEMO_SLOTS]; /* of the last text in each slot; 0: none. Spares reading the slot */
    uint64_t round;               /* number of the shard being searched; outcomes of earlier ones do not count.
                                   * 0: not started */
    uint64_t recalled;            /* searches saved */
};

/* Starts a shard and forgets everything before it. Free memo with ng_memo_free. */
void ng_memo_start(struct ng_memo *memo);

/* Returns true and fills probe->path if the outcome is known; else returns false and sets probe->met_before. */
bool ng_memo_get(struct ng_memo *memo, struct ng_probe *probe);

/* Records the outcome of a search that ng_memo_get did not know. Errors: NG_ERR_NOMEM. */
int ng_memo_put(struct ng_memo *memo, const struct ng_probe *probe, struct ng_err *err);

/* Idempotent. */
void ng_memo_free(struct ng_memo *memo);

#endif
