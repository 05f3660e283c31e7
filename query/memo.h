/*
 * What searches came to, by the text that they read, so that what many texts share is not searched for in each of
 * them. Internal to the query library.
 *
 * A search that fails has read no more than the piece that does not occur. It is remembered by the last bytes before
 * its end, where these hold the piece: they are compared, so nothing is left to chance. The newest takes the place of
 * an older one.
 */
#ifndef NG_QUERY_MEMO_H
#define NG_QUERY_MEMO_H

#include "query/probe.h"

enum { NG_MEMO_TEXT_BYTES = 24, NG_MEMO_SLOTS = 1 << 11 };

enum { NG_MEMO_SLOT_BYTES = 64 }; /* a line of the cache */

struct ng_memo_slot {
    _Alignas(NG_MEMO_SLOT_BYTES) uint8_t text[NG_MEMO_TEXT_BYTES]; /* before the search's end */
    struct ng_interval rows; /* of the last bytes of it that occur, */
    uint64_t length_bytes;   /* so many; one more does not occur */
    uint64_t round;          /* 0: the slot is free */
};

/* Zero-initialised memory is a memo that remembers nothing. */
struct ng_memo {
    struct ng_memo_slot *slots;   /* owned */
    uint16_t tags[NG_MEMO_SLOTS]; /* of the text in each slot: mostly they spare a look at the slot, which is far */
    uint64_t round;               /* the shard that is being searched; those before are forgotten */
    uint64_t recalled;            /* searches that were spared */
};

/* Errors: NG_ERR_NOMEM. On success: ng_memo_free. */
int ng_memo_init(struct ng_memo *memo, struct ng_err *err);

/* Forgets all: another shard is to be searched. */
void ng_memo_start(struct ng_memo *memo);

/* Fills probe->path, if the outcome is known. */
bool ng_memo_get(struct ng_memo *memo, struct ng_probe *probe);

/* Takes note of an outcome that was searched for. */
void ng_memo_put(struct ng_memo *memo, const struct ng_probe *probe);

/* Idempotent. */
void ng_memo_free(struct ng_memo *memo);

#endif
