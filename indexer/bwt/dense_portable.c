#include "common/base/le.h"
#include "indexer/bwt/dense.h"
#include "indexer/bwt/dense_kernels.h"

/* Eight bytes at a time: equal has 0x80 in each that is the symbol; a product moves those bits together. */
static inline uint64_t equal_bits(const uint8_t *line, uint8_t symbol) {
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    const uint64_t pattern = UINT64_C(0x0101010101010101) * symbol;
    uint64_t bits = 0;
    for (unsigned word = 0; word < 8; word++) {
        uint64_t differ = ng_le_load64(line + (size_t)8 * word) ^ pattern;
        uint64_t equal = ~(((differ & low) + low) | differ) & ~low;
        bits |= ((equal >> 7) * UINT64_C(0x0102040810204080) >> 56) << (8 * word);
    }
    return bits;
}

#define RANK_IN_LINE ng_bitmaps_rank
#define NG_DENSE_WALK ng_dense_walk_portable
#include "indexer/bwt/dense_impl.h"
