/*
 * The verdicts of windows, by a hash of their bytes, so that a template which many entries share is searched for
 * once. Internal to the query library.
 *
 * A window is told by 128 bits of XXH3: that two of n windows collide has a chance of n^2 / 2^129.
 */
#ifndef NG_QUERY_CONTAM_MEMO_H
#define NG_QUERY_CONTAM_MEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct ng_contam_memo_slot {
    uint64_t key[2]; /* both 0: free */
    uint64_t found;  /* bit k: found in index k */
};

/* Open addressing with linear probing. Zero-initialised memory is an empty memo. */
struct ng_contam_memo {
    struct ng_contam_memo_slot *slots; /* owned */
    size_t slot_count;                 /* a power of two, or 0 */
    size_t used;
};

/* The memory that a memo may grow to; when that is used up, it learns no more. */
enum { NG_CONTAM_MEMO_SLOTS = 1 << 22 };

void ng_contam_memo_key(const uint8_t *bytes, uint64_t length, uint64_t key[2]);

/* Asks for the memory that a window is looked up in; many are asked for before the first is. */
void ng_contam_memo_prefetch(const struct ng_contam_memo *memo, const uint64_t key[2]);

/* Whether the window is known, and where it was found. */
bool ng_contam_memo_get(const struct ng_contam_memo *memo, const uint64_t key[2], uint64_t *found);

/* Makes room for count more windows, as far as the memo may grow. Errors: NG_ERR_NOMEM. */
int ng_contam_memo_reserve(struct ng_contam_memo *memo, uint64_t count, struct ng_err *err);

/* Learns a verdict, where there is room; a window that is known keeps the one it has. */
void ng_contam_memo_put(struct ng_contam_memo *memo, const uint64_t key[2], uint64_t found);

/* Idempotent. */
void ng_contam_memo_free(struct ng_contam_memo *memo);

#endif
