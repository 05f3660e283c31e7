/*
 * What searches came to, by the text that they read, so that what many texts share is not searched for in each of
 * them. Internal to the query library.
 *
 * A search that fails has read no more than the piece that does not occur. It is remembered by the last bytes before
 * its end, where these hold the piece: they are compared, so nothing is left to chance. That is done when they are met
 * for the second time: most texts come once, and remembering them all would take the cache from the index. The newest
 * takes the place of an older one.
 */
#ifndef NG_QUERY_MATCH_MEMO_H
#define NG_QUERY_MATCH_MEMO_H

#include "query/match/probe.h"

enum { NG_MEMO_TEXT_BYTES = 24, NG_MEMO_SLOTS = 1 << 11 };

enum { NG_MEMO_SLOT_BYTES = 64 }; /* a line of the cache */

struct ng_memo_slot {
    _Alignas(NG_MEMO_SLOT_BYTES) uint8_t text[NG_MEMO_TEXT_BYTES]; /* before the search's end */
    struct ng_interval rows; /* of the last bytes of it that occur, */
    uint64_t length_bytes;   /* so many; one more does not occur */
    uint64_t round;          /* 0: the slot is free */
};

/* Zero-initialised memory is a memo that remembers nothing before it is started. */
struct ng_memo {
    struct ng_memo_slot *slots;   /* NULL until a text comes again; owned */
    uint16_t tags[NG_MEMO_SLOTS]; /* of the text that was asked for last for each slot, 0: none. Only if that is asked
                                   * for again, the slot is looked at, which is far */
    uint64_t round;               /* the shard that is being searched; those before are forgotten. 0: not started */
    uint64_t recalled;            /* searches that were spared */
};

/* Forgets all: a shard, or another one, is to be searched. Give memo to ng_memo_free. */
void ng_memo_start(struct ng_memo *memo);

/* Fills probe->path, if the outcome is known; else probe->met_before. */
bool ng_memo_get(struct ng_memo *memo, struct ng_probe *probe);

/* Takes note of an outcome that was searched for after ng_memo_get did not know it. Errors: NG_ERR_NOMEM. */
int ng_memo_put(struct ng_memo *memo, const struct ng_probe *probe, struct ng_err *err);

/* Idempotent. */
void ng_memo_free(struct ng_memo *memo);

#endif
