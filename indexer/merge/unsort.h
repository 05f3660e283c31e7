/*
 * Turns a finished shard back into the block that it would have been, so that it can be merged with others without
 * sorting. The BWT is decoded leaf by leaf; every document is spelled by LF steps, many at a time, which gives
 * text and rows. Removed documents are left out: as a suffix ends with its document, the BWT without their rows is that
 * of the others.
 */
#ifndef NG_INDEXER_MERGE_UNSORT_H
#define NG_INDEXER_MERGE_UNSORT_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/shard/shard.h"
#include "indexer/sort/block.h"

struct ng_unsort_options {
    uint64_t memory_bytes; /* five bytes per row make it several times as fast; two are taken in any case, and eight bytes
                              for each removed document */
    unsigned threads;
};

/* Writes the file of block, whose path, first_position, first_document and sa_sample are set, and fills in the rest.
 * Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_unsort_block(const struct ng_shard *shard, struct ng_block *block, const struct ng_unsort_options *options,
                    struct ng_err *err);

#endif
