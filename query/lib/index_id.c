#include <string.h>
#include <xxhash.h>

#include "common/base/text.h"
#include "query/lib/index.h"

static void chain_sums(const struct ng_manifest *manifest, XXH128_canonical_t *sum) {
    for (uint64_t s = 0; s < manifest->shard_count; s++) {
        uint8_t chained[sizeof sum->digest + sizeof manifest->shards[s].xxh3_128];
        memcpy(chained, sum->digest, sizeof sum->digest);
        memcpy(chained + sizeof sum->digest, manifest->shards[s].xxh3_128, sizeof chained - sizeof sum->digest);
        XXH128_canonicalFromHash(sum, XXH3_128bits(chained, sizeof chained));
    }
}

void ng_index_get_id(const struct ng_index *index, char id[NG_INDEX_ID_CHARS]) {
    XXH128_canonical_t sum = {{0}};
    chain_sums(&index->manifest, &sum);
    if (index->folded) chain_sums(&index->folded->manifest, &sum);
    ng_text_hex(id, sum.digest, sizeof sum.digest);
}
