#include "common/os/memory.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/os/cgroup.h"

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
        (void)ng_err_set(err, NG_ERR_IO, "cannot determine how much memory is available");
        return ng_err_hint(err, "set it with --memory");
    }
    *bytes = (uint64_t)pages * (uint64_t)page;
    return NG_OK;
}

void ng_memory_advise(const void *data, uint64_t length_bytes, int advice) {
    const size_t skip = (uintptr_t)data % (size_t)sysconf(_SC_PAGESIZE);
    (void)madvise((uint8_t *)(uintptr_t)data - skip, (size_t)length_bytes + skip, advice);
}

bool ng_memory_is_present(const void *byte) {
    const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    unsigned char present = 1;
    (void)mincore((uint8_t *)(uintptr_t)byte - (uintptr_t)byte % page_bytes, page_bytes, &present);
    return present & 1;
}

uint64_t ng_memory_total(void) {
    const long pages = sysconf(_SC_PHYS_PAGES);
    const long page = sysconf(_SC_PAGESIZE);
    const uint64_t installed = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX;
    const uint64_t limit = ng_cgroup_memory_limit("");
    return limit < installed ? limit : installed;
}

int ng_memory_available(uint64_t *bytes, struct ng_err *err) {
    int status = system_available(bytes, err);
    uint64_t left = ng_cgroup_memory_left("");
    if (!status && left < *bytes) *bytes = left;
    return status;
}
