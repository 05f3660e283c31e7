/*
 * Backward search in one shard. Internal to the query library.
 */
#ifndef NG_QUERY_LIB_SEARCH_H
#define NG_QUERY_LIB_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/shard/shard.h"
#include "query/include/ngidx.h"

/* Checks that a phrase can be searched for. Errors: NG_ERR_LIMIT, NG_ERR_USAGE (it holds byte 0xFF). */
int ng_search_check(struct ng_bytes phrase, struct ng_err *err);

/* The most phrases of a batch, which bounds its memory. */
enum { NG_SEARCH_MOST = 1 << 16 };

/* Finds, for each phrase, the rows whose suffixes start with it, by their ranks among living rows. The phrases have
 * been checked. They are searched for side by side, or in step if there are many (search_sweep.h). The intervals are
 * valid only once ng_shard_outcome has returned NG_OK. */
void ng_search_batch(const struct ng_shard *shard, const struct ng_bytes *phrases, size_t count,
                     struct ng_interval *intervals, struct ng_watch *watch);

/* Whether the thread asks for pages that are not in memory. On its first call, the thread checks sample pages of these
 * shards to decide. */
bool ng_search_asks(const struct ng_shard *const *shards, size_t count);

/* Finds the rows of one phrase in each of 1 to NG_SEARCH_ACROSS shards, for a thread that asks: the searches take their
 * steps together and wait for their pages together. Intervals are as those of ng_search_batch. */
enum { NG_SEARCH_ACROSS = 128 };
void ng_search_across(const struct ng_shard *const *shards, size_t count, struct ng_bytes phrase,
                      struct ng_interval *intervals, struct ng_watch *watch);

#endif
