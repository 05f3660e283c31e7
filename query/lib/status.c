/* Whether an index is sound: what a long-lived program asks of one that it keeps open. */
#include "query/lib/index.h"

int ng_index_status(const struct ng_index *index, struct ng_err *err) {
    for (uint64_t s = 0; s < index->shard_count; s++) {
        int status = ng_shard_status(&index->shards[s].shard, err);
        if (status) return status;
    }
    return index->folded ? ng_index_status(index->folded, err) : NG_OK;
}
