#include "indexer/dense.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/le.h"
#include "common/parallel.h"
#include "common/shard_format.h"
#include "indexer/dense_kernels.h"
#include "indexer/memory.h"

enum {
    SUPER_ROWS = 1 << NG_DENSE_SUPER_LOG2,
    SUPER_BLOCKS = SUPER_ROWS / NG_DENSE_BLOCK_ROWS,
    FREQUENT_STEP = 32,      /* keeps records aligned to cache lines */
    MOST_FREQUENT = 128,
    RARE_PART = 256          /* one in so many rows may be of rare symbols before more symbols count as frequent */
};

static uint64_t super_count(const struct ng_dense *dense) {
    return dense->rows / SUPER_ROWS + 1;
}

static uint64_t block_count(const struct ng_dense *dense) {
    return dense->rows / NG_DENSE_BLOCK_ROWS + 1;
}

/* What the turns of making one share. */
struct making {
    struct ng_dense *dense;
    const struct ng_run *run;
    uint64_t *counts;     /* [superblock][symbol] */
};

static size_t super_rows(const struct ng_dense *dense, uint64_t super) {
    uint64_t left = dense->rows - super * SUPER_ROWS;
    return left < SUPER_ROWS ? (size_t)left : SUPER_ROWS;
}

static int count_super(void *context, uint64_t super, struct ng_err *err) {
    struct making *making = context;
    uint8_t rows[SUPER_ROWS];
    uint32_t counts[4][256] = {{0}};
    size_t length = super_rows(making->dense, super);
    int status = ng_run_read(making->run, super * SUPER_ROWS, rows, length, err);
    if (status) return status;
    size_t at = 0;
    for (; at + 4 <= length; at += 4) {
        for (unsigned i = 0; i < 4; i++) counts[i][rows[at + i]]++;
    }
    for (; at < length; at++) counts[0][rows[at]]++;
    for (unsigned c = 0; c < 256; c++) {
        making->counts[super * 256 + c] = (uint64_t)counts[0][c] + counts[1][c] + counts[2][c] + counts[3][c];
    }
    return NG_OK;
}

/* The symbols that occur, by how often they do. */
static unsigned order_symbols(const uint64_t total[256], uint8_t order[256]) {
    unsigned symbols = 0;
    for (unsigned c = 0; c < 256; c++) {
        if (total[c] == 0) continue;
        unsigned at = symbols++;
        for (; at > 0 && total[order[at - 1]] < total[c]; at--) order[at] = order[at - 1];
        order[at] = (uint8_t)c;
    }
    return symbols;
}

/* How many symbols get counters: more until the rest is rare or memory ends. */
static void choose_frequent(struct ng_dense *dense, const uint64_t total[256], const uint8_t order[256],
                            uint64_t memory_bytes) {
    uint64_t rare = dense->rows;
    unsigned frequent = 0;
    do {
        for (unsigned i = 0; i < FREQUENT_STEP && frequent + i < dense->symbols; i++) rare -= total[order[frequent + i]];
        frequent += FREQUENT_STEP;
        dense->record_bytes = frequent * sizeof(uint16_t) + (size_t)2 * NG_DENSE_BLOCK_ROWS;
        uint64_t next_bytes = (dense->rows / NG_DENSE_BLOCK_ROWS + 1) * (dense->record_bytes + FREQUENT_STEP * 2);
        if (frequent >= 2 * FREQUENT_STEP && next_bytes > memory_bytes) break;
    } while (rare > dense->rows / RARE_PART && frequent < MOST_FREQUENT);
    dense->frequent = frequent;
}

/* Numbers the symbols, and makes sums of the counts of superblocks. */
static int sum_supers(struct making *making, uint64_t memory_bytes, struct ng_err *err) {
    struct ng_dense *dense = making->dense;
    uint64_t total[256] = {0};
    uint8_t order[256];
    uint64_t supers = super_count(dense);
    for (uint64_t s = 0; s < supers; s++) {
        for (unsigned c = 0; c < 256; c++) total[c] += making->counts[s * 256 + c];
    }
    dense->symbols = order_symbols(total, order);
    choose_frequent(dense, total, order, memory_bytes);
    dense->documents = total[NG_TERMINATOR];
    for (unsigned c = 0; c < 256; c++) {
        dense->first[c + 1] = dense->first[c] + total[c];
        dense->number[c] = UINT16_MAX;
    }
    size_t bytes = (size_t)(supers + 1) * dense->symbols * sizeof *dense->supers;
    dense->supers = ng_memory_huge(bytes);
    if (!dense->supers) return ng_err_nomem(err, bytes, "counters of a merge");
    uint64_t places = 0;
    for (unsigned n = 0; n < dense->symbols; n++) {
        dense->number[order[n]] = (uint16_t)n;
        uint64_t before = 0;
        for (uint64_t s = 0; s <= supers; s++) {
            dense->supers[s * dense->symbols + n] = before;
            if (s < supers) before += making->counts[s * 256 + order[n]];
        }
        dense->places_of[n] = places;
        if (n >= dense->frequent) places += before;
    }
    bytes = (size_t)places * sizeof *dense->places;
    dense->places = ng_memory_huge(bytes);
    return dense->places ? NG_OK : ng_err_nomem(err, bytes, "places of rare symbols");
}

static int fill_super(void *context, uint64_t super, struct ng_err *err) {
    struct making *making = context;
    struct ng_dense *dense = making->dense;
    uint8_t rows[SUPER_ROWS];
    uint16_t counts[256] = {0};
    size_t length = super_rows(dense, super);
    int status = ng_run_read(making->run, super * SUPER_ROWS, rows, length, err);
    if (status) return status;
    memset(rows + length, NG_TERMINATOR, SUPER_ROWS - length);
    uint16_t *next[256]; /* where the next place of a rare symbol goes */
    for (unsigned n = dense->frequent; n < dense->symbols; n++) {
        next[n] = dense->places + dense->places_of[n] + dense->supers[super * dense->symbols + n];
    }
    for (size_t b = 0; b < SUPER_BLOCKS && super * SUPER_BLOCKS + b < block_count(dense); b++) {
        uint8_t *record = dense->records + (super * SUPER_BLOCKS + b) * dense->record_bytes;
        uint8_t *block = record + dense->frequent * sizeof(uint16_t);
        memcpy(block, rows + b * NG_DENSE_BLOCK_ROWS, NG_DENSE_BLOCK_ROWS);
        memset(block + NG_DENSE_BLOCK_ROWS, 0, NG_DENSE_BLOCK_ROWS);
        for (unsigned i = 0; i < NG_DENSE_BLOCK_ROWS; i++) {
            if (i == NG_DENSE_BLOCK_ROWS / 2) memcpy(record, counts, dense->frequent * sizeof(uint16_t));
            unsigned number = dense->number[block[i]];
            if (number < dense->frequent) counts[number]++;
            else if (b * NG_DENSE_BLOCK_ROWS + i < length) *next[number]++ = (uint16_t)(b * NG_DENSE_BLOCK_ROWS + i);
        }
    }
    return NG_OK;
}

static int get_records(struct ng_dense *dense, size_t bytes, struct ng_err *err) {
    struct ng_dense_room *room = dense->room;
    if (bytes > room->bytes) {
        if (bytes < room->wanted_bytes) bytes = room->wanted_bytes;
        free(room->memory);
        room->memory = ng_memory_huge(bytes);
        room->bytes = room->memory ? bytes : 0;
    }
    dense->records = room->memory;
    return dense->records ? NG_OK : ng_err_nomem(err, bytes, "the BWT of a merge");
}

int ng_dense_open(struct ng_dense *dense, const struct ng_run *run, struct ng_dense_room *room, uint64_t memory_bytes,
                  unsigned threads, struct ng_err *err) {
    *dense = (struct ng_dense){.rows = run->rows, .room = room};
    struct making making = {.dense = dense, .run = run};
    size_t bytes = (size_t)super_count(dense) * 256 * sizeof *making.counts;
    making.counts = malloc(bytes);
    int status = making.counts ? NG_OK : ng_err_nomem(err, bytes, "counters of a merge");
    if (!status) status = ng_parallel_run(threads, super_count(dense), count_super, &making, err);
    if (!status) status = sum_supers(&making, memory_bytes, err);
    if (!status) {
        status = get_records(dense, (size_t)block_count(dense) * dense->record_bytes, err);
    }
    if (!status) status = ng_parallel_run(threads, super_count(dense), fill_super, &making, err);
    free(making.counts);
    if (status) ng_dense_free(dense);
    return status;
}

uint64_t ng_dense_rank_rare(const struct ng_dense *dense, uint8_t symbol, uint64_t row) {
    unsigned number = dense->number[symbol];
    if (number == UINT16_MAX) return 0;
    const uint64_t *super = dense->supers + (row >> NG_DENSE_SUPER_LOG2) * dense->symbols + number;
    const uint16_t *places = dense->places + dense->places_of[number];
    uint64_t low = super[0];
    uint64_t high = super[dense->symbols];
    uint64_t place = row % SUPER_ROWS;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (places[middle] < place) low = middle + 1;
        else high = middle;
    }
    return low;
}

int ng_dense_note_wrap(struct ng_dense_walkers *walkers, uint64_t row, struct ng_err *err) {
    struct ng_dense *dense = walkers->dense;
    int status = NG_OK;
    (void)pthread_mutex_lock(&walkers->wraps_lock);
    if (dense->wrap_count == dense->wrap_capacity) {
        uint64_t capacity = dense->wrap_capacity ? 2 * dense->wrap_capacity : 1024;
        uint64_t *wraps = reallocarray(dense->wraps, (size_t)capacity, sizeof *wraps);
        if (wraps) {
            dense->wraps = wraps;
            dense->wrap_capacity = capacity;
        } else {
            status = ng_err_nomem(err, capacity * sizeof *wraps, "gaps of a merge");
        }
    }
    if (!status) dense->wraps[dense->wrap_count++] = row;
    (void)pthread_mutex_unlock(&walkers->wraps_lock);
    return status;
}

static ng_dense_kernel *choose_kernel(void) {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("bmi2") || !__builtin_cpu_supports("popcnt")) return ng_dense_walk_portable;
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vpopcntdq")) {
        return ng_dense_walk_avx512;
    }
    if (__builtin_cpu_supports("avx2")) return ng_dense_walk_avx2;
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
    (void)pthread_mutex_init(&walkers.wraps_lock, NULL);
    int status = ng_parallel_run(threads, threads, walk, &walkers, err);
    (void)pthread_mutex_destroy(&walkers.wraps_lock);
    return status;
}

static int compare_rows(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The sum of count bytes, at most a block, of which all of a block are readable: eight at a time. */
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

static int sum_super_gaps(void *context, uint64_t super, struct ng_err *err) {
    struct ng_dense *dense = context;
    (void)err;
    uint64_t end = (super + 1) * SUPER_BLOCKS;
    for (uint64_t b = super * SUPER_BLOCKS; b < end && b < block_count(dense); b++) {
        dense->gap_sums[b + 1] = sum_bytes(ng_dense_gaps(dense, b), NG_DENSE_BLOCK_ROWS);
    }
    return NG_OK;
}

int ng_dense_sum_gaps(struct ng_dense *dense, unsigned threads, struct ng_err *err) {
    uint64_t blocks = block_count(dense);
    dense->gap_sums = malloc((size_t)(blocks + 1) * sizeof *dense->gap_sums);
    if (!dense->gap_sums) return ng_err_nomem(err, (blocks + 1) * sizeof *dense->gap_sums, "gaps of a merge");
    if (dense->wrap_count > 0) qsort(dense->wraps, (size_t)dense->wrap_count, sizeof *dense->wraps, compare_rows);
    int status = ng_parallel_run(threads, super_count(dense), sum_super_gaps, dense, err);
    dense->gap_sums[0] = 0;
    uint64_t wrap = 0;
    for (uint64_t b = 1; b <= blocks; b++) {
        dense->gap_sums[b] += dense->gap_sums[b - 1];
        for (; wrap < dense->wrap_count && dense->wraps[wrap] < b * NG_DENSE_BLOCK_ROWS; wrap++) {
            dense->gap_sums[b] += 256;
        }
    }
    return status;
}

uint64_t ng_dense_wraps_below(const struct ng_dense *dense, uint64_t row) {
    uint64_t low = 0;
    uint64_t high = dense->wrap_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (dense->wraps[middle] < row) low = middle + 1;
        else high = middle;
    }
    return low;
}

uint64_t ng_dense_before(const struct ng_dense *dense, uint64_t row) {
    uint64_t block = row / NG_DENSE_BLOCK_ROWS;
    uint64_t begin = block * NG_DENSE_BLOCK_ROWS;
    uint64_t wraps = dense->wrap_count ? ng_dense_wraps_below(dense, row + 1) - ng_dense_wraps_below(dense, begin) : 0;
    return dense->gap_sums[block] + sum_bytes(ng_dense_gaps(dense, block), row + 1 - begin) + 256 * wraps;
}

uint64_t ng_dense_memory(uint64_t rows) {
    /* Records with 64 counters and what rare symbols take, counters of superblocks, sums of gaps. */
    return 3 * rows + rows / 16 + rows / 32 + rows / 16 + 4 * SUPER_ROWS;
}

void ng_dense_free(struct ng_dense *dense) {
    if (!dense) return;
    free(dense->supers);
    free(dense->places);
    free(dense->gap_sums);
    free(dense->wraps);
    *dense = (struct ng_dense){0};
}
