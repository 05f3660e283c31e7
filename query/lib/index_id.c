#include <string.h>
#include <xxhash.h>

#include "query/lib/index.h"

void ng_index_get_id(const struct ng_index *index, char id[NG_INDEX_ID_CHARS]) {
    static const char hex[] = "0123456789abcdef";
    XXH128_canonical_t sum = {{0}};
    for (uint64_t s = 0; s < index->manifest.shard_count; s++) {
        uint8_t chained[sizeof sum.digest + sizeof index->manifest.shards[s].xxh3_128];
        memcpy(chained, sum.digest, sizeof sum.digest);
        memcpy(chained + sizeof sum.digest, index->manifest.shards[s].xxh3_128, sizeof chained - sizeof sum.digest);
        XXH128_canonicalFromHash(&sum, XXH3_128bits(chained, sizeof chained));
    }
    for (size_t i = 0; i < sizeof sum.digest; i++) {
        id[2 * i] = hex[sum.digest[i] >> 4];
        id[2 * i + 1] = hex[sum.digest[i] & 15];
    }
    id[NG_INDEX_ID_CHARS - 1] = '\0';
}
