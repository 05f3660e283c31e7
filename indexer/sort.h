/*
 * Suffix sorting of one shard's documents. The only user of libdivsufsort.
 *
 * The order: suffixes end at their document's terminator; of two that are equal up to and including it, the one
 * of the earlier document comes first. Each document thus is a string of its own, as in the multi-string BWT of
 * Li ("Fast construction of FM-index for long sequence reads", 2014), and the order does not depend on what
 * stands behind a document, so that shards can be merged later without sorting again.
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

struct ng_sort;

/* One row of the sorted suffixes. */
struct ng_sort_row {
    uint64_t position; /* in the text with one terminator behind each document */
    uint64_t document; /* number within the shard */
    uint8_t symbol;    /* BWT: the byte before, or the terminator where a document starts */
};

/* Sorts. text holds the documents, each with its terminator; it is taken over and emptied. document_count is the
 * number of terminators, at least 1. Errors: NG_ERR_NOMEM, NG_ERR_LIMIT. */
int ng_sort_open(struct ng_sort **sort, struct ng_buf *text, uint64_t document_count, struct ng_err *err);

/* The next rows in order; returns how many, 0 at the end. */
size_t ng_sort_read(struct ng_sort *sort, struct ng_sort_row *rows, size_t capacity);

void ng_sort_close(struct ng_sort *sort);

/* Bytes of memory that sorting so many text bytes takes, all told, and the most text bytes that fit. */
uint64_t ng_sort_memory(uint64_t text_bytes);
uint64_t ng_sort_fitting(uint64_t memory_bytes);

#endif
