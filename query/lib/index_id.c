#include <string.h>
#include <xxhash.h>

#include "common/base/text.h"
#include "query/lib/index.h"

void ng_index_get_id(const struct ng_index *index, char id[NG_INDEX_ID_CHARS]) {
    XXH128_canonical_t sum = {{0}};
    for (uint64_t s = 0; s < index->manifest.shard_count; s++) {
        uint8_t chained[sizeof sum.digest + sizeof index->manifest.shards[s].xxh3_128];
        memcpy(chained, sum.digest, sizeof sum.digest);
        memcpy(chained + sizeof sum.digest, index->manifest.shards[s].xxh3_128, sizeof chained - sizeof sum.digest);
        XXH128_canonicalFromHash(&sum, XXH3_128bits(chained, sizeof chained));
    }
    ng_text_hex(id, sum.digest, sizeof sum.digest);
}
