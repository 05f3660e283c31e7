#include "indexer/bwt/gaps.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"
#include "common/base/le.h"
#include "common/base/order.h"
#include "common/os/parallel.h"
#include "indexer/pages/pages.h"

enum { TURN_GROUPS = 1 << 12, TURN_ROWS = TURN_GROUPS * NG_GAPS_GROUP_ROWS };

static uint64_t group_count(const struct ng_gaps *gaps) {
    return gaps->rows / NG_GAPS_GROUP_ROWS + 1;
}

static uint64_t turn_count(const struct ng_gaps *gaps) {
    return gaps->rows / TURN_ROWS + 1;
}

uint64_t ng_gaps_bytes(uint64_t rows) {
    return (rows / NG_GAPS_GROUP_ROWS + 1) * NG_GAPS_GROUP_ROWS;
}

uint64_t ng_gaps_sums_bytes(uint64_t rows) {
    return (rows / NG_GAPS_GROUP_ROWS + 2) * sizeof(uint64_t);
}

static int clear_some(void *context, uint64_t turn, struct ng_err *err) {
    const struct ng_gaps *gaps = context;
    (void)err;
    uint64_t begin = turn * TURN_ROWS;
    uint64_t left = ng_gaps_bytes(gaps->rows) - begin;
    memset(gaps->bytes + begin, 0, left < TURN_ROWS ? (size_t)left : TURN_ROWS);
    return NG_OK;
}

int ng_gaps_init(struct ng_gaps *gaps, uint64_t rows, uint8_t *bytes, unsigned threads, struct ng_err *err) {
    *gaps = (struct ng_gaps){.rows = rows, .bytes = bytes};
    (void)pthread_mutex_init(&gaps->lock, NULL);
    return ng_parallel_run(threads, turn_count(gaps), clear_some, gaps, err);
}

int ng_gaps_note_wrap(struct ng_gaps *gaps, uint64_t row, struct ng_err *err) {
    (void)pthread_mutex_lock(&gaps->lock);
    uint64_t *wraps = ng_array_grow(gaps->wraps, sizeof *wraps, gaps->wrap_count, &gaps->wrap_capacity,
                                    "gaps of a merge", err);
    if (wraps) {
        gaps->wraps = wraps;
        gaps->wraps[gaps->wrap_count++] = row;
    }
    (void)pthread_mutex_unlock(&gaps->lock);
    return wraps ? NG_OK : NG_ERR_NOMEM;
}

/* The sum of count bytes, at most a group, of which all of a group are readable: eight at a time. */
static uint64_t sum_bytes(const uint8_t *bytes, uint64_t count) {
    const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
    uint64_t sums = 0; /* four of 16 bits */
    for (uint64_t at = 0; at < count; at += 8) {
        uint64_t word = ng_le_load64(bytes + at);
        if (count - at < 8) word &= (UINT64_C(1) << 8 * (count - at)) - 1;
        sums += (word & even) + (word >> 8 & even);
    }
    return (sums & 0xffff) + (sums >> 16 & 0xffff) + (sums >> 32 & 0xffff) + (sums >> 48);
}

static int sum_some(void *context, uint64_t turn, struct ng_err *err) {
    struct ng_gaps *gaps = context;
    (void)err;
    uint64_t end = (turn + 1) * TURN_GROUPS;
    for (uint64_t b = turn * TURN_GROUPS; b < end && b < group_count(gaps); b++) {
        gaps->sums[b + 1] = sum_bytes(gaps->bytes + b * NG_GAPS_GROUP_ROWS, NG_GAPS_GROUP_ROWS);
    }
    return NG_OK;
}

int ng_gaps_sum(struct ng_gaps *gaps, unsigned threads, struct ng_err *err) {
    uint64_t groups = group_count(gaps);
    gaps->sums = ng_pages_take((size_t)ng_gaps_sums_bytes(gaps->rows));
    if (!gaps->sums) return ng_err_nomem(err, (groups + 1) * sizeof *gaps->sums, "gaps of a merge");
    if (gaps->wrap_count > 0) qsort(gaps->wraps, (size_t)gaps->wrap_count, sizeof *gaps->wraps, ng_order_u64);
    int status = ng_parallel_run(threads, turn_count(gaps), sum_some, gaps, err);
    gaps->sums[0] = 0;
    uint64_t wrap = 0;
    for (uint64_t b = 1; b <= groups; b++) {
        gaps->sums[b] += gaps->sums[b - 1];
        for (; wrap < gaps->wrap_count && gaps->wraps[wrap] < b * NG_GAPS_GROUP_ROWS; wrap++) {
            gaps->sums[b] += 256;
        }
    }
    return status;
}

uint64_t ng_gaps_wraps_below(const struct ng_gaps *gaps, uint64_t row) {
    uint64_t low = 0;
    NG_ORDER_SEEK(low, gaps->wrap_count, middle, gaps->wraps[middle] < row);
    return low;
}

uint64_t ng_gaps_before(const struct ng_gaps *gaps, uint64_t row) {
    uint64_t group = row / NG_GAPS_GROUP_ROWS;
    uint64_t begin = group * NG_GAPS_GROUP_ROWS;
    uint64_t wraps = gaps->wrap_count ? ng_gaps_wraps_below(gaps, row + 1) - ng_gaps_wraps_below(gaps, begin) : 0;
    return gaps->sums[group] + sum_bytes(gaps->bytes + begin, row + 1 - begin) + 256 * wraps;
}

void ng_gaps_free(struct ng_gaps *gaps) {
    if (!gaps || !gaps->bytes) return;
    ng_pages_give(gaps->sums, (size_t)ng_gaps_sums_bytes(gaps->rows));
    free(gaps->wraps);
    (void)pthread_mutex_destroy(&gaps->lock);
    *gaps = (struct ng_gaps){0};
}
