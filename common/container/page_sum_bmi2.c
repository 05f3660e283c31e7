#include "common/container/page_sum.h"

#if defined(__x86_64__)
#define XXH_INLINE_ALL /* the library's source, compiled here */
#include <xxhash.h>

uint64_t ng_page_sum_bmi2(const uint8_t *page) {
    return XXH3_64bits(page, NG_PAGE_BYTES);
}
#endif
