#include "common/os/memory.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/os/cgroup.h"

void ng_memory_huge_heap(size_t bytes) {
#ifdef M_TRIM_THRESHOLD
    /* A block of all of it, on the heap, which stays as large when the block is freed. */
    enum { MOST_BYTES = 1 << 25 }; /* glibc maps larger blocks, whatever it is told */
    if (bytes > MOST_BYTES / 2) bytes = MOST_BYTES / 2;
    if (!mallopt(M_MMAP_THRESHOLD, MOST_BYTES) || !mallopt(M_TRIM_THRESHOLD, 4 * MOST_BYTES)) return;
    uint8_t *heap = malloc(bytes);
    if (!heap) return;
    size_t before = -(uintptr_t)heap % NG_HUGE_PAGE_BYTES;
    if (before < bytes) (void)madvise(heap + before, bytes - before, MADV_HUGEPAGE); /* advice only */
    free(heap);
    /* What stands before the first huge page would be used first. It is taken for good, and never touched. (volatile:
     * else the compiler leaves out a malloc whose result nobody uses.) */
    static void *volatile unused;
    if (!unused && before < bytes) unused = malloc(before);
#else
    (void)bytes;
#endif
}

/* MemAvailable, which counts what the system would give back under pressure; else the pages that are free. */
static int system_available(uint64_t *bytes, struct ng_err *err) {
    *bytes = 0;
    FILE *file = fopen("/proc/meminfo", "re");
    if (file) {
        char line[256];
        const char name[] = "MemAvailable:";
        while (*bytes == 0 && fgets(line, sizeof line, file)) {
            if (strncmp(line, name, strlen(name)) == 0) *bytes = strtoull(line + strlen(name), NULL, 10) << 10;
        }
        (void)fclose(file);
    }
    if (*bytes > 0) return NG_OK;
    long pages = sysconf(_SC_AVPHYS_PAGES);
    long page = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0) {
        (void)ng_err_set(err, NG_ERR_IO, "cannot tell how much memory is available");
        return ng_err_hint(err, "say it with --memory");
    }
    *bytes = (uint64_t)pages * (uint64_t)page;
    return NG_OK;
}

int ng_memory_available(uint64_t *bytes, struct ng_err *err) {
    int status = system_available(bytes, err);
    uint64_t left = ng_cgroup_memory_left("");
    if (!status && left < *bytes) *bytes = left;
    return status;
}
