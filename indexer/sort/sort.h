/*
 * Suffix sorting of a block of documents, by induced sorting (see induce.h).
 *
 * The order: suffixes end at their document's terminator; of two that are equal up to and including it, the one
 * of the earlier document comes first. Each document is thus a string of its own, as in the multi-string BWT of
 * Li ("Fast construction of FM-index for long sequence reads", 2014), and the order does not depend on what
 * follows a document, so that blocks can be merged later without sorting again.
 */
#ifndef NG_INDEXER_SORT_SORT_H
#define NG_INDEXER_SORT_SORT_H

#include <stdint.h>

#include "common/base/err.h"
#include "indexer/sort/notes.h"

/* Most rows of a block that is sorted this way; larger ones, of one large document, go to sort_large.h. */
#define NG_SORT_INDUCED_ROWS ((UINT64_C(1) << 31) - 4096)

/* Sorts: text, the documents with a terminator after each, is replaced by its BWT of the same length. The caller frees
 * the notes. Errors: NG_ERR_NOMEM; then text may be either, and notes are empty. */
int ng_sort(uint8_t *text, uint64_t rows, const struct ng_sort_options *options, struct ng_sort_notes *notes,
            struct ng_err *err);

/* Bytes of memory that sorting a block of rows (text bytes and documents) takes in total. */
uint64_t ng_sort_memory(uint64_t rows, uint64_t documents, uint64_t sa_sample);

#endif
