#include "indexer/bwt/dense.h"

#include <stdlib.h>

#include "common/cpu/cpu.h"
#include "common/os/parallel.h"
#include "indexer/bwt/dense_kernels.h"
#include "indexer/pages/pages.h"

static uint64_t less(uint64_t bytes, uint64_t taken) {
    return bytes > taken ? bytes - taken : 0;
}

/* Of the symbols of each turn. */
static uint64_t counts_bytes(uint64_t rows) {
    return ng_bitmaps_turns(rows) * 256 * sizeof(uint64_t);
}

/* Bitmaps, and the rest's string with records of its own. */
static int fill_maps(struct ng_dense *dense, const struct ng_run *run, const uint64_t *counts, unsigned threads,
                     struct ng_err *err) {
    struct ng_run rest = {.rows = dense->maps.rest_rows, .file = {.fd = -1}};
    int status = ng_run_allocate(&rest.bytes, rest.rows, err);
    const struct ng_bitmaps_input input = {.run = run, .first = dense->first, .counts = counts, .rest = rest.bytes};
    if (!status) status = ng_bitmaps_fill(&dense->maps, &input, threads, err);
    if (!status) status = ng_records_open(&dense->rest, &rest, 0, threads, err);
    ng_pages_give(rest.bytes, (size_t)rest.rows);
    return status;
}

/* Chooses and fills; counts are those of the run's turns. */
static int fill(struct ng_dense *dense, const struct ng_run *run, const uint64_t *counts, uint64_t memory_bytes,
                unsigned threads, struct ng_err *err) {
    uint64_t total[256] = {0};
    for (uint64_t t = 0; t < ng_bitmaps_turns(run->rows); t++) {
        for (unsigned c = 0; c < 256; c++) total[c] += counts[t * 256 + c];
    }
    for (unsigned c = 0; c < 256; c++) dense->first[c + 1] = dense->first[c] + total[c];
    uint64_t gaps_bytes = ng_gaps_bytes(run->rows);
    uint64_t left = less(memory_bytes, gaps_bytes + ng_gaps_sums_bytes(run->rows) + counts_bytes(run->rows));
    ng_bitmaps_choose(&dense->maps, total, run->rows, left);
    size_t maps_bytes = (size_t)ng_bitmaps_bytes(&dense->maps, run->rows);
    dense->bytes = maps_bytes + (size_t)gaps_bytes;
    dense->memory = ng_pages_take(dense->bytes);
    if (!dense->memory) return ng_err_nomem(err, dense->bytes, "the BWT of a merge");
    dense->maps.lines = (uint64_t *)(void *)dense->memory;
    int status;
    if (dense->maps.symbols > 0) status = fill_maps(dense, run, counts, threads, err);
    else status = ng_records_open(&dense->rest, run, left, threads, err);
    if (status) return status;
    return ng_gaps_init(&dense->gaps, run->rows, dense->memory + maps_bytes, threads, err);
}

int ng_dense_open(struct ng_dense *dense, const struct ng_run *run, uint64_t memory_bytes, unsigned threads,
                  struct ng_err *err) {
    *dense = (struct ng_dense){.rows = run->rows};
    size_t bytes = (size_t)counts_bytes(run->rows);
    uint64_t *counts = malloc(bytes);
    if (!counts) return ng_err_nomem(err, bytes, "counters of a merge");
    int status = ng_run_count(run, NG_BITMAPS_TURN_ROWS, counts, threads, err);
    if (!status) status = fill(dense, run, counts, memory_bytes, threads, err);
    free(counts);
    if (status) ng_dense_free(dense);
    return status;
}

static ng_dense_kernel *choose_kernel(void) {
#if defined(__x86_64__)
    if (ng_cpu_runs_avx512()) return ng_dense_walk_avx512;
    if (ng_cpu_runs_bmi2()) return ng_dense_walk_bmi2;
#endif
    return ng_dense_walk_portable;
}

static int walk(void *context, uint64_t turn, struct ng_err *err) {
    (void)turn;
    return choose_kernel()(context, err);
}

int ng_dense_walk(struct ng_dense *dense, const struct ng_chain_text *text, uint64_t terminator_row, unsigned threads,
                  struct ng_err *err) {
    struct ng_dense_walkers walkers = {.dense = dense, .text = text, .terminator_row = terminator_row};
    return ng_parallel_run(threads, threads, walk, &walkers, err);
}

uint64_t ng_dense_memory(uint64_t rows) {
    /* Without bitmaps. */
    return ng_records_memory(rows) + ng_gaps_bytes(rows) + ng_gaps_sums_bytes(rows) + counts_bytes(rows);
}

void ng_dense_free(struct ng_dense *dense) {
    if (!dense) return;
    ng_records_free(&dense->rest);
    ng_gaps_free(&dense->gaps);
    ng_pages_give(dense->memory, dense->bytes);
    *dense = (struct ng_dense){0};
}
