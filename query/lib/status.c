/* What a program asks of the library and of an index that it keeps open: which version it is, whether it is sound. */
#include "query/lib/index.h"

const char *ng_version(void) {
    return NGIDX_VERSION;
}

int ng_index_status(const struct ng_index *index, struct ng_err *err) {
    for (uint64_t s = 0; s < index->shard_count; s++) {
        int status = ng_shard_status(&index->shards[s].shard, err);
        if (status) return status;
    }
    return index->folded ? ng_index_status(index->folded, err) : NG_OK;
}
