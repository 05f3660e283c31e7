/*
 * Suffix sorting of a block of documents. The only user of libdivsufsort; a faster sorter would change sort.c alone.
 *
 * The order: suffixes end at their document's terminator; of two that are equal up to and including it, the one
 * of the earlier document comes first. Each document thus is a string of its own, as in the multi-string BWT of
 * Li ("Fast construction of FM-index for long sequence reads", 2014), and the order does not depend on what
 * stands behind a document, so that blocks can be merged later without sorting again.
 *
 * libdivsufsort knows one string only. It is given the documents with their numbers, big-endian, behind their
 * terminators: ties are then decided by those, and the suffixes that start within them are left out.
 */
#ifndef NG_INDEXER_SORT_H
#define NG_INDEXER_SORT_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "indexer/grams.h"

struct ng_sort;

struct ng_sort_options {
    uint64_t documents;      /* terminators in the text, at least 1 */
    uint64_t first_position; /* of the block's text in the shard's */
    uint64_t sa_sample;      /* rows of positions that this divides are noted */
};

/* What is known of a block beside its BWT once all of its rows were read. Rows count from 0 within the block. */
struct ng_sort_notes {
    uint64_t *samples; /* the row of each sampled position, in text order */
    uint64_t sample_count;
    uint64_t *starts;  /* the row of each document whole, in document order */
    struct ng_grams grams;
};

/* Sorts. text holds the documents, each with its terminator; it is taken over and emptied.
 * Errors: NG_ERR_NOMEM, NG_ERR_LIMIT. */
int ng_sort_open(struct ng_sort **sort, struct ng_buf *text, const struct ng_sort_options *options,
                 struct ng_err *err);

/* The BWT symbols of the next rows; *count is how many, 0 at the end. Errors: NG_ERR_NOMEM. */
int ng_sort_read(struct ng_sort *sort, uint8_t *symbols, size_t capacity, size_t *count, struct ng_err *err);

/* Hands the notes over, once ng_sort_read has told the end. To be called once; then ng_sort_notes_free. */
void ng_sort_take_notes(struct ng_sort *sort, struct ng_sort_notes *notes);

/* Idempotent. */
void ng_sort_notes_free(struct ng_sort_notes *notes);

/* NULL is fine. */
void ng_sort_close(struct ng_sort *sort);

/* How many positions of [first, first + rows) are multiples of distance. */
uint64_t ng_sort_sample_count(uint64_t first, uint64_t rows, uint64_t distance);

/* Bytes of memory that sorting a block of rows (text bytes and documents) takes, all told. */
uint64_t ng_sort_memory(uint64_t rows, uint64_t documents, uint64_t sa_sample);

#endif
