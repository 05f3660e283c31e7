/*
 * How often each string of three bytes starts a suffix, where a document's end is filled up with terminators: what
 * the jump table of a shard is made of. Kept sorted and sparse, a list for each block, and added up at the end.
 */
#ifndef NG_INDEXER_SORT_GRAMS_H
#define NG_INDEXER_SORT_GRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/* One string and how often it occurs. */
struct ng_gram {
    uint32_t code; /* its bytes, first highest: below 2^24 */
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
int ng_grams_push(struct ng_grams *grams, uint32_t code, uint64_t count, struct ng_err *err);

/* Those of a block, of its BWT; grams is empty. A row's first bytes need not be read: rows stand in their order, and
 * the BWT tells how many of those that begin with a string have each byte before it. Errors: NG_ERR_NOMEM; then
 * grams is empty. */
int ng_grams_of_bwt(struct ng_grams *grams, const uint8_t *bwt, uint64_t rows, struct ng_err *err);

/* Adds what is in other. Errors: NG_ERR_NOMEM; then grams are as they were. */
int ng_grams_add(struct ng_grams *grams, const struct ng_grams *other, struct ng_err *err);

/* Idempotent. */
void ng_grams_free(struct ng_grams *grams);

#endif
