/*
 * Suffix sorting of blocks that are too large for induce.h, whose places have 31 bits: one document of 2 GB and
 * more. Uses libdivsufsort, which sorts a single string. Each terminator is followed by the document's number,
 * big-endian: the numbers decide ties, and the suffixes that start inside them are left out.
 */
#ifndef NG_INDEXER_SORT_SORT_LARGE_H
#define NG_INDEXER_SORT_SORT_LARGE_H

#include "indexer/sort/notes.h"

/* As ng_sort, for a block of any size; takes twice the time. Takes all notes but the grams. */
int ng_sort_large(uint8_t *text, uint64_t rows, const struct ng_sort_options *options, struct ng_sort_notes *notes,
                  struct ng_err *err);

/* As ng_sort_memory, without the notes. */
uint64_t ng_sort_large_memory(uint64_t rows, uint64_t documents);

#endif
