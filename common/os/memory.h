/*
 * Large pieces of memory that are read in random order: on huge pages where the system has them, since otherwise
 * most reads would miss the TLB too. And how much memory there is.
 */
#ifndef NG_COMMON_OS_MEMORY_H
#define NG_COMMON_OS_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "common/base/err.h"

enum { NG_HUGE_PAGE_BYTES = 2 << 20 };

/* As malloc, free with free; NULL where there is no memory. Aligned to a cache line. */
static inline void *ng_memory_huge(size_t bytes) {
    void *memory = NULL;
    size_t alignment = bytes < NG_HUGE_PAGE_BYTES ? 64 : NG_HUGE_PAGE_BYTES;
    if (posix_memalign(&memory, alignment, bytes ? bytes : 1) != 0) return NULL;
    if (bytes >= NG_HUGE_PAGE_BYTES) (void)madvise(memory, bytes, MADV_HUGEPAGE); /* advice only */
    return memory;
}

/* How much memory can be had without swapping: what is free, and what the system would give back under pressure,
 * or what the process's control groups leave where that is less. Errors: NG_ERR_IO (the system does not tell). */
int ng_memory_available(uint64_t *bytes, struct ng_err *err);

#endif
