/*
 * Checks the sections of one shard against each other, once every byte is what was written. Internal to the query library.
 */
#ifndef NG_QUERY_LIB_VERIFY_SHARD_H
#define NG_QUERY_LIB_VERIFY_SHARD_H

#include "common/base/cancel.h"
#include "common/base/err.h"
#include "common/shard/shard.h"

/* Called for each damage. */
typedef void ng_verify_damage(void *context, const struct ng_err *err);

/* Reads all that a query could read. What takes LF steps, the way from each sampled position to the one before, is
 * followed in whole where the shard has up to 2^18 rows, else at places that chance chooses: so many steps, or one for every
 * 64 bytes of text. Errors: NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_verify_shard(const struct ng_shard *shard, struct ng_watch *watch, ng_verify_damage *damage, void *context,
                    struct ng_err *err);

#endif
