/*
 * How often each string of three bytes starts a suffix, with terminators after the end of a document. The jump table
 * of a shard is built from these counts. They are kept sorted and sparse, one list per block, and added up at the
 * end.
 */
#ifndef NG_INDEXER_SORT_GRAMS_H
#define NG_INDEXER_SORT_GRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/* One string and how often it occurs. */
struct ng_gram {
    uint64_t code; /* its bytes, first highest: below 2^24 */
    uint64_t count;
};

/* Ascending by code. Zero-initialised memory is an empty list. */
struct ng_grams {
    struct ng_gram *list; /* owned */
    size_t count;
    size_t capacity;
};

/* Adds count to the last string if it is code, else appends it; code is at least the last one's. Errors:
 * NG_ERR_NOMEM. */
int ng_grams_push(struct ng_grams *grams, uint64_t code, uint64_t count, struct ng_err *err);

/* Computes the counts of a block from its BWT; grams is empty. The first bytes of a row need not be read: rows are
 * sorted by them, and the BWT tells how many rows that begin with a string have each byte before it. Errors:
 * NG_ERR_NOMEM; then grams is empty. */
int ng_grams_of_bwt(struct ng_grams *grams, const uint8_t *bwt, uint64_t rows, struct ng_err *err);

/* Adds the counts of other. Errors: NG_ERR_NOMEM; then grams are unchanged. */
int ng_grams_add(struct ng_grams *grams, const struct ng_grams *other, struct ng_err *err);

/* Idempotent. */
void ng_grams_free(struct ng_grams *grams);

#endif
