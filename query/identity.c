/* Which index this is, and whether it is sound: what a long-lived program asks of an index that it keeps open. */
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "query/index.h"

int ng_index_status(const struct ng_index *index, struct ng_err *err) {
    for (uint64_t s = 0; s < index->shard_count; s++) {
        int status = ng_shard_status(&index->shards[s].shard, err);
        if (status) return status;
    }
    return NG_OK;
}

void ng_index_get_id(const struct ng_index *index, char id[NG_INDEX_ID_CHARS]) {
    XXH128_hash_t sum = {0};
    for (uint64_t s = 0; s < index->shard_count; s++) {
        uint8_t chain[2 * sizeof(XXH128_canonical_t)];
        XXH128_canonicalFromHash((XXH128_canonical_t *)(void *)chain, sum);
        memcpy(chain + sizeof(XXH128_canonical_t), index->manifest.shards[s].xxh3_128, sizeof(XXH128_canonical_t));
        sum = XXH3_128bits(chain, sizeof chain);
    }
    (void)snprintf(id, NG_INDEX_ID_CHARS, "%016llx%016llx", (unsigned long long)sum.high64,
                   (unsigned long long)sum.low64);
}
