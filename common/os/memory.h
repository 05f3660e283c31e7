/*
 * Large allocations for random reads, on huge pages if the system has them, because otherwise most reads would also
 * miss the TLB. And how much memory is available.
 */
#ifndef NG_COMMON_OS_MEMORY_H
#define NG_COMMON_OS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "common/base/err.h"

enum { NG_HUGE_PAGE_BYTES = 2 << 20 };

/* As malloc; free it with free. Returns NULL if there is no memory. Aligned to a cache line. */
static inline void *ng_memory_huge(size_t bytes) {
    void *memory = NULL;
    size_t alignment = bytes < NG_HUGE_PAGE_BYTES ? 64 : NG_HUGE_PAGE_BYTES;
    if (posix_memalign(&memory, alignment, bytes ? bytes : 1) != 0) return NULL;
    if (bytes >= NG_HUGE_PAGE_BYTES) (void)madvise(memory, bytes, MADV_HUGEPAGE); /* advice only */
    return memory;
}

/* Advises the system about a range of memory, like madvise, from the start of the page that holds its first byte. Pages
 * have 4 KB on most machines, 16 or 64 KB on some. It does no harm if the system refuses the advice. */
void ng_memory_advise(const void *data, uint64_t length_bytes, int advice);

/* Whether the page of a mapped file that holds this byte is in memory. True if the system does not tell: Linux tells
 * only processes that own the file or may write to it. */
bool ng_memory_is_present(const void *byte);

/* Gives the memory that is available without swapping: free memory plus what the system can reclaim, or what the
 * control groups of the process leave if that is less. Errors: NG_ERR_IO (the system does not tell). */
int ng_memory_available(uint64_t *bytes, struct ng_err *err);

/* The memory that the process could have if nobody else used any: that of the machine, or the limit of its control groups
 * if that is less. */
uint64_t ng_memory_total(void);

#endif
