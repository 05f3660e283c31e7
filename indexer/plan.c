#include "indexer/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/limits.h"
#include "common/parallel.h"
#include "indexer/merge.h"
#include "indexer/sort.h"

/* What a build holds beside blocks and merges: buffers of the readers, of the document store and of the encoder. */
#define FIXED_BYTES (UINT64_C(64) << 20)

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

/* Rows of documents of a few hundred bytes, which most are longer than; a block of shorter ones is cut before. */
static uint64_t sort_memory(uint64_t rows, uint64_t sa_sample) {
    return ng_sort_memory(rows, rows / 256 + 1, sa_sample);
}

/* Most rows of a block where so many are sorted at a time and one more is read. */
static uint64_t fitting_block(uint64_t memory_bytes, unsigned threads, uint64_t sa_sample) {
    uint64_t low = 0;
    uint64_t high = memory_bytes;
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (sort_memory(middle, sa_sample) <= (memory_bytes - middle) / threads) low = middle;
        else high = middle - 1;
    }
    return low;
}

static uint64_t power_of_two_below(uint64_t value) {
    return value ? UINT64_C(1) << (63 - __builtin_clzll(value)) : 0;
}

static int choose_shard(struct ng_plan *plan, const struct ng_plan_options *options, struct ng_err *err) {
    uint64_t fitting = ng_merge_fitting(plan->memory_bytes - FIXED_BYTES, options->sa_sample);
    if (fitting > NG_MAX_SHARD_ROWS) fitting = NG_MAX_SHARD_ROWS;
    if (options->shard_bytes > fitting) {
        (void)ng_err_set(err, NG_ERR_USAGE, "shards of %llu MB need more than %llu MB of memory; %llu MB would fit",
                         (unsigned long long)(options->shard_bytes >> 20),
                         (unsigned long long)(plan->memory_bytes >> 20), (unsigned long long)(fitting >> 20));
        return ng_err_hint(err, "give a smaller --shard-size or a larger --memory");
    }
    plan->shard_rows = options->shard_bytes ? options->shard_bytes : power_of_two_below(fitting);
    return NG_OK;
}

int ng_plan_make(struct ng_plan *plan, const struct ng_plan_options *options, struct ng_err *err) {
    *plan = (struct ng_plan){.memory_bytes = options->memory_bytes, .threads = ng_parallel_threads(options->threads)};
    if (plan->memory_bytes == 0) {
        int status = available_memory(&plan->memory_bytes, err);
        if (status) return status;
        plan->memory_bytes /= 2;
        /* A machine that is nearly full still builds small indexes. */
        if (plan->memory_bytes < 4 * FIXED_BYTES) plan->memory_bytes = 4 * FIXED_BYTES;
    }
    if (plan->memory_bytes < 2 * FIXED_BYTES) {
        (void)ng_err_set(err, NG_ERR_USAGE, "%llu MB of memory are too little for a build",
                         (unsigned long long)(plan->memory_bytes >> 20));
        return ng_err_hint(err, "give --memory 256M or more");
    }
    int status = choose_shard(plan, options, err);
    if (status) return status;
    plan->merge_memory_bytes = plan->memory_bytes - FIXED_BYTES;
    uint64_t notes = plan->shard_rows / options->sa_sample * sizeof(uint64_t);
    uint64_t free_bytes = plan->merge_memory_bytes;
    uint64_t fitting = fitting_block(free_bytes, plan->threads, options->sa_sample);
    (void)notes;
    plan->block_rows = options->block_bytes ? options->block_bytes : NG_PLAN_BLOCK_BYTES;
    if (plan->block_rows > fitting) plan->block_rows = fitting;
    plan->block_memory_bytes = sort_memory(plan->block_rows, options->sa_sample);
    return NG_OK;
}

uint64_t ng_plan_block(const struct ng_plan *plan, uint64_t expected_rows) {
    const uint64_t least = UINT64_C(4) << 20;
    uint64_t expected = expected_rows + expected_rows / 64 + 1;
    uint64_t count = (expected + plan->block_rows - 1) / plan->block_rows;
    count = (count + plan->threads - 1) / plan->threads * plan->threads;
    uint64_t rows = expected / count;
    if (rows < least) rows = least;
    return rows < plan->block_rows ? rows : plan->block_rows;
}
