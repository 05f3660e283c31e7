#include "indexer/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/limits.h"
#include "indexer/sort.h"

/* What a build holds beside the shard that it sorts: buffers of the readers (a zstd window among them), of the
 * document store and of the encoder. */
#define FIXED_BYTES (UINT64_C(192) << 20)

/* MemAvailable, which counts what the system would give back under pressure; else the pages that are free. */
static int available_memory(uint64_t *bytes, struct ng_err *err) {
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

int ng_plan_make(struct ng_plan *plan, uint64_t memory_bytes, uint64_t shard_bytes, struct ng_err *err) {
    if (memory_bytes == 0) {
        int status = available_memory(&memory_bytes, err);
        if (status) return status;
        memory_bytes /= 2;
        /* A machine that is nearly full still builds small indexes. */
        if (memory_bytes < 2 * FIXED_BYTES) memory_bytes = 2 * FIXED_BYTES;
    }
    uint64_t fitting = memory_bytes > FIXED_BYTES ? ng_sort_fitting(memory_bytes - FIXED_BYTES) : 0;
    if (fitting == 0) {
        (void)ng_err_set(err, NG_ERR_USAGE, "%llu MB of memory are too little for a build",
                         (unsigned long long)(memory_bytes >> 20));
        return ng_err_hint(err, "give --memory 512M or more");
    }
    if (shard_bytes > fitting) {
        (void)ng_err_set(err, NG_ERR_USAGE, "shards of %llu MB need more than %llu MB of memory; %llu MB would fit",
                         (unsigned long long)(shard_bytes >> 20), (unsigned long long)(memory_bytes >> 20),
                         (unsigned long long)(fitting >> 20));
        return ng_err_hint(err, "give a smaller --shard-size or a larger --memory");
    }
    plan->memory_bytes = memory_bytes;
    plan->shard_rows = shard_bytes > 0 ? shard_bytes : fitting;
    if (plan->shard_rows > NG_MAX_SHARD_ROWS) plan->shard_rows = NG_MAX_SHARD_ROWS;
    return NG_OK;
}
