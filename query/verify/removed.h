/*
 * Checks what was removed from a shard. Internal to query/verify.
 */
#ifndef NG_QUERY_VERIFY_REMOVED_H
#define NG_QUERY_VERIFY_REMOVED_H

#include "common/base/cancel.h"
#include "common/shard/shard.h"

/* Whether the removed rows are those of all suffixes of the removed documents; the shard is sound. *documents is a hash of
 * the documents' numbers. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_verify_removed(const struct ng_shard *shard, uint64_t *documents, struct ng_watch *watch, struct ng_err *err);

#endif
