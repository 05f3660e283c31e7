/*
 * The gaps of a merge: how many suffixes of one side come right before each row of the other, counted by a walk
 * (dense.h). One byte for each gap, and a list of those over 255.
 */
#ifndef NG_INDEXER_BWT_GAPS_H
#define NG_INDEXER_BWT_GAPS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

enum { NG_GAPS_GROUP_ROWS = 128 };

struct ng_gaps {
    uint64_t rows;
    uint8_t *bytes;         /* of rows 0 to rows, modulo 256, in whole groups; borrowed */
    uint64_t *sums;         /* of the gaps before each group; after ng_gaps_sum */
    uint64_t *wraps;        /* a row, once for each time its counter wrapped past 255; sorted after ng_gaps_sum */
    size_t wrap_count;
    size_t wrap_capacity;
    pthread_mutex_t lock;   /* guards wraps during a walk */
};

/* Bytes that the gaps of `rows` rows take, and that their sums take in addition. */
uint64_t ng_gaps_bytes(uint64_t rows);
uint64_t ng_gaps_sums_bytes(uint64_t rows);

/* Sets all gaps to 0. bytes has room for ng_gaps_bytes, aligned to a cache line; `threads` threads clear it. Then
 * ng_gaps_free. */
int ng_gaps_init(struct ng_gaps *gaps, uint64_t rows, uint8_t *bytes, unsigned threads, struct ng_err *err);

/* Notes that the gap of a row passed 255. Thread-safe. Errors: NG_ERR_NOMEM. */
int ng_gaps_note_wrap(struct ng_gaps *gaps, uint64_t row, struct ng_err *err);

/* Counts one suffix more before a row. Thread-safe. Errors: NG_ERR_NOMEM. */
static inline int ng_gaps_count(struct ng_gaps *gaps, uint64_t row, struct ng_err *err) {
    if (__builtin_expect(__atomic_fetch_add(gaps->bytes + row, 1, __ATOMIC_RELAXED) != 255, 1)) return NG_OK;
    return ng_gaps_note_wrap(gaps, row, err);
}

/* Adds the gaps up, once all are counted. Errors: NG_ERR_NOMEM. */
int ng_gaps_sum(struct ng_gaps *gaps, unsigned threads, struct ng_err *err);

/* How many suffixes of the other side come before row, up to and including its own gap. row <= rows. */
uint64_t ng_gaps_before(const struct ng_gaps *gaps, uint64_t row);

/* Prefetches the memory that ng_gaps_before(gaps, row) will read. */
static inline __attribute__((always_inline)) void ng_gaps_prefetch_before(const struct ng_gaps *gaps, uint64_t row) {
    const uint8_t *group = gaps->bytes + row / NG_GAPS_GROUP_ROWS * NG_GAPS_GROUP_ROWS;
    __builtin_prefetch(group);
    __builtin_prefetch(group + 64);
    __builtin_prefetch(gaps->sums + row / NG_GAPS_GROUP_ROWS);
}

/* How many of the wraps are for rows below row, which is where the others start. After ng_gaps_sum. */
uint64_t ng_gaps_wraps_below(const struct ng_gaps *gaps, uint64_t row);

/* Idempotent for what was initialised or is zero. */
void ng_gaps_free(struct ng_gaps *gaps);

#endif
