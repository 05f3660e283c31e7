/*
 * Checks section DIDS of a shard. Internal to query/verify.
 */
#ifndef NG_QUERY_VERIFY_IDS_H
#define NG_QUERY_VERIFY_IDS_H

#include "common/base/cancel.h"
#include "common/shard/shard.h"

/* Whether the section, if there is one, lists the documents that have an id, each once and at its hash; documents and
 * metadata are sound. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM, NG_ERR_CANCELLED. */
int ng_verify_ids(const struct ng_shard *shard, struct ng_watch *watch, struct ng_err *err);

#endif
