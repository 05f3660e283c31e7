/*
 * The rows of all suffixes of documents, found by LF-mapping through their text. Internal to the indexer and to verify.
 */
#ifndef NG_COMMON_SHARD_SUFFIXES_H
#define NG_COMMON_SHARD_SUFFIXES_H

#include <stddef.h>

#include "common/shard/shard.h"

/* Takes some of the rows. An error ends the walk. */
typedef int ng_suffixes_take(void *context, const uint64_t *rows, size_t count, struct ng_err *err);

/* Gives the rows of all suffixes of documents of a shard, in any order: one for each byte of text and one for the end of
 * each document. Damage is recorded in the shard. Errors: NG_ERR_NOMEM, NG_ERR_CORRUPT, NG_ERR_CANCELLED, those of take. */
int ng_suffixes_walk(const struct ng_shard *shard, const uint64_t *documents, size_t count, ng_suffixes_take *take,
                     void *context, struct ng_watch *watch, struct ng_err *err);

#endif
