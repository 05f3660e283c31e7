#include "common/container/page_sum.h"

#include <xxhash.h>

#include "common/cpu/cpu.h"

uint64_t ng_page_sum(const uint8_t *page) {
#if defined(__x86_64__)
    if (ng_cpu_runs_bmi2()) return ng_page_sum_bmi2(page);
#endif
    return XXH3_64bits(page, NG_PAGE_BYTES);
}
