/* The rows of documents that are removed from a shard, collected in any order and given in ascending order. */
#ifndef NG_INDEXER_REMOVE_ROWS_H
#define NG_INDEXER_REMOVE_ROWS_H

#include "common/base/buf.h"
#include "common/shard/shard.h"

/* Appends the rows of all suffixes of some documents, and those that were removed before, to out as Elias-Fano. documents
 * are in ascending order and were not removed yet; count > 0. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT. */
int ng_remove_rows(const struct ng_shard *shard, const uint64_t *documents, size_t count, unsigned threads,
                   struct ng_buf *out, struct ng_err *err);

#endif
