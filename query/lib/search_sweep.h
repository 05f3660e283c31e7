/*
 * Many phrases searched for in step, in the order of their rows. Internal to the query library.
 *
 * Phrases with a common ending have the same rows up to its start, and share those steps. LF-mapping keeps the order of
 * rows with the same symbol, so after each step one pass that sorts by symbol puts the phrases in the order of their new
 * rows. Neighbours then find what they need in the cache, or in a page that has just been read.
 */
#ifndef NG_QUERY_LIB_SEARCH_SWEEP_H
#define NG_QUERY_LIB_SEARCH_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/shard/shard.h"
#include "query/include/ngidx.h"

/* With fewer phrases, neighbours are too far apart to share memory, and lanes are as fast. */
enum { NG_SEARCH_SWEEP_LEAST = 1024 };

/* Finds, for each of 1 to 2^31 - 1 checked phrases, the rows whose suffixes start with it. Takes 64 bytes of memory per
 * phrase. If the watch stops it, intervals are incomplete. Returns false, having done nothing, if there is no memory. */
bool ng_search_sweep(const struct ng_shard *shard, const struct ng_bytes *phrases, size_t count,
                     struct ng_interval *intervals, struct ng_watch *watch);

#endif
