/*
 * Checks the sections of one shard against each other, after the checksums have been checked. Internal to the query
 * library.
 */
#ifndef NG_QUERY_VERIFY_SHARD_H
#define NG_QUERY_VERIFY_SHARD_H

#include "common/base/cancel.h"
#include "common/base/err.h"
#include "common/shard/shard.h"

/* Called for each damage. */
typedef void ng_verify_damage(void *context, const struct ng_err *err);

/* Reads everything that a query could read. The walk of LF steps from each sampled position to the one before is
 * complete in a shard of up to 2^18 rows. In a larger one it covers random places, with 2^18 steps or one step for
 * every 64 bytes of text, whichever is more. Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_verify_shard(const struct ng_shard *shard, struct ng_watch *watch, ng_verify_damage *damage, void *context,
                    struct ng_err *err);

#endif
