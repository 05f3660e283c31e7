/*
 * Backward search in one shard. Internal to the query library.
 */
#ifndef NG_QUERY_LIB_SEARCH_H
#define NG_QUERY_LIB_SEARCH_H

#include <stddef.h>

#include "common/shard/shard.h"
#include "query/include/ngidx.h"

/* Checks that a phrase can be searched for. Errors: NG_ERR_LIMIT, NG_ERR_USAGE (it holds byte 0xFF). */
int ng_search_check(struct ng_bytes phrase, struct ng_err *err);

/* The rows whose suffixes start with each of the phrases, which were checked. Many searches are interleaved. Intervals
 * mean nothing before ng_shard_outcome said that all is well. */
void ng_search_batch(const struct ng_shard *shard, const struct ng_bytes *phrases, size_t count,
                     struct ng_interval *intervals, struct ng_watch *watch);

#endif
