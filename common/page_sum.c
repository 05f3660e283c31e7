#include "common/page_sum.h"

#include <xxhash.h>

uint64_t ng_page_sum(const uint8_t *page) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) return ng_page_sum_avx2(page);
#endif
    return XXH3_64bits(page, NG_PAGE_BYTES);
}
