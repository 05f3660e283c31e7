#include "common/rank/rank.h"

#include <stdbool.h>
#include <string.h>

#include "common/base/checked.h"
#include "common/base/le.h"
#include "common/cpu/cpu.h"
#include "common/rank/format.h"
#include "common/rank/kernels.h"

static int fail_open(const struct ng_rank *rank, struct ng_err *err, const char *why) {
    return ng_container_fail(rank->directory.container, NG_RANK_DIRECTORY_SECTION, why, err);
}

/* Totals of the symbols that occur, from the empty hyperblock at the end, and from them C. */
static int read_totals(struct ng_rank *rank, uint64_t totals_at, struct ng_err *err) {
    const uint8_t *bitmap = rank->directory.data + NG_RDIR_BITMAP_AT;
    const uint8_t *next = rank->directory.data + totals_at;
    uint64_t dense = 0;
    uint64_t sum = 0;
    for (unsigned s = 0; s < 256; s++) {
        rank->first[s] = sum;
        rank->dense[s] = NG_RANK_ABSENT;
        if (!(bitmap[s / 8] >> (s % 8) & 1)) continue;
        if (dense == rank->symbols) return fail_open(rank, err, "more symbols than it says");
        rank->dense[s] = (uint16_t)dense++;
        rank->total[s] = ng_le_load64(next);
        next += NG_HYPER_SYMBOL_BYTES;
        if (!ng_checked_add(sum, rank->total[s], &sum)) return fail_open(rank, err, "symbol counts overflow");
    }
    rank->first[256] = sum;
    if (dense != rank->symbols || sum != rank->rows) return fail_open(rank, err, "symbol counts do not add up");
    return NG_OK;
}

int ng_rank_open(struct ng_rank *rank, struct ng_container *container, struct ng_err *err) {
    memset(rank, 0, sizeof *rank);
    rank->is_v1 = container->version == 1;
    rank->leaf_log2 = rank->is_v1 ? NG_LEAF_LOG2 - 1 : NG_LEAF_LOG2;
    rank->place_bytes = rank->is_v1 ? NG_PLACE_BYTES_V1 : NG_PLACE_BYTES;
    rank->unit_log2 = rank->is_v1 ? NG_LEAF_UNIT_LOG2 - 1 : NG_LEAF_UNIT_LOG2;
    rank->shapes = ng_rank_shapes();
    int status = ng_cpu_check(err);
    if (!status) status = ng_container_view(container, NG_RANK_DATA_SECTION, &rank->data, err);
    if (!status) status = ng_container_view(container, NG_RANK_DIRECTORY_SECTION, &rank->directory, err);
    if (status) return status;
    const struct ng_view *view = &rank->directory;
    if (!ng_view_check(view, 0, NG_RDIR_OFFSETS_AT)) return fail_open(rank, err, "no header");
    rank->rows = ng_le_load64(view->data + NG_RDIR_ROWS_AT);
    rank->symbols = ng_le_load64(view->data + NG_RDIR_SYMBOLS_AT);
    if (rank->rows == 0 || rank->rows > NG_MAX_SHARD_ROWS || rank->symbols == 0 || rank->symbols > 256) {
        return fail_open(rank, err, "header out of range");
    }
    /* No product below overflows: rows are at most 2^48. */
    unsigned super_log2 = rank->leaf_log2 + NG_SUPER_LEAVES_LOG2;
    uint64_t hypers = ((rank->rows - 1) >> (super_log2 + NG_HYPER_SUPERS_LOG2)) + 1;
    uint64_t hyper_bytes = rank->symbols * NG_HYPER_SYMBOL_BYTES;
    rank->super_count = ((rank->rows - 1) >> super_log2) + 1;
    rank->hypers_at = ng_rdir_align(NG_RDIR_OFFSETS_AT + (rank->super_count + 1) * NG_RDIR_OFFSET_BYTES);
    rank->supers_at = ng_rdir_align(rank->hypers_at + (hypers + 1) * hyper_bytes);
    uint64_t totals_at = rank->hypers_at + hypers * hyper_bytes;
    if (!ng_view_check(view, totals_at, hyper_bytes)) return fail_open(rank, err, "cut short");
    status = read_totals(rank, totals_at, err);
    rank->kernel = ng_rank_kernel_at(0);
    return status;
}

const struct ng_rank_kernel *ng_rank_kernel_at(size_t index) {
    const struct ng_rank_kernel *kernels[3];
    size_t count = 0;
#if defined(__x86_64__)
    if (ng_cpu_runs_avx512()) kernels[count++] = &ng_rank_kernel_avx512;
    if (ng_cpu_runs_bmi2()) kernels[count++] = &ng_rank_kernel_bmi2;
#endif
    kernels[count++] = &ng_rank_kernel_portable;
    return index < count ? kernels[index] : NULL;
}
