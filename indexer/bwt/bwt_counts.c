#include "indexer/bwt/bwt_counts.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/order.h"
#include "common/base/symbols.h"
#include "common/os/memory.h"
#include "common/os/parallel.h"
#include "common/shard/shard_format.h"
#include "indexer/pages/pages.h"

enum {
    SUPER_ROWS = 1 << NG_RECORDS_SUPER_LOG2,
    SUPER_GROUPS = SUPER_ROWS / NG_RECORDS_GROUP_ROWS,
    FREQUENT_STEP = 32,      /* keeps records aligned to cache lines */
    MOST_FREQUENT = 128,
    RARE_PART = 256          /* at most one row in 256 may hold a rare symbol; else more symbols count as frequent */
};

static uint64_t super_count(const struct ng_records *records) {
    return records->rows / SUPER_ROWS + 1;
}

static uint64_t group_count(const struct ng_records *records) {
    return records->rows / NG_RECORDS_GROUP_ROWS + 1;
}

static size_t record_bytes(const struct ng_records *records) {
    return (size_t)group_count(records) * records->record_bytes;
}

/* What the turns of making one share. */
struct making {
    struct ng_records *records;
    const struct ng_run *run;
    uint64_t *counts;     /* [superblock][symbol] */
};

/* How many symbols get counters: more until the rest is rare or memory ends. */
static void choose_frequent(struct ng_records *records, const uint64_t total[256], const uint8_t order[256],
                            uint64_t memory_bytes) {
    uint64_t rare = records->rows;
    unsigned frequent = 0;
    do {
        for (unsigned i = 0; i < FREQUENT_STEP && frequent + i < records->symbols; i++) rare -= total[order[frequent + i]];
        frequent += FREQUENT_STEP;
        records->record_bytes = frequent * sizeof(uint16_t) + (size_t)NG_RECORDS_GROUP_ROWS;
        uint64_t next_bytes = (records->rows / NG_RECORDS_GROUP_ROWS + 1) * (records->record_bytes + FREQUENT_STEP * 2);
        if (frequent >= 2 * FREQUENT_STEP && next_bytes > memory_bytes) break;
    } while (rare > records->rows / RARE_PART && frequent < MOST_FREQUENT);
    records->frequent = frequent;
}

/* Numbers the symbols, and makes sums of the counts of superblocks. */
static int sum_supers(struct making *making, uint64_t memory_bytes, struct ng_err *err) {
    struct ng_records *records = making->records;
    uint64_t total[256] = {0};
    uint8_t order[256];
    uint64_t supers = super_count(records);
    for (uint64_t s = 0; s < supers; s++) {
        for (unsigned c = 0; c < 256; c++) total[c] += making->counts[s * 256 + c];
    }
    records->symbols = ng_symbols_order(total, order);
    choose_frequent(records, total, order, memory_bytes);
    for (unsigned c = 0; c < 256; c++) records->number[c] = UINT16_MAX;
    size_t bytes = (size_t)(supers + 1) * records->symbols * sizeof *records->supers;
    records->supers = ng_memory_huge(bytes);
    if (!records->supers) return ng_err_nomem(err, bytes, "counters of a merge");
    uint64_t places = 0;
    for (unsigned n = 0; n < records->symbols; n++) {
        records->number[order[n]] = (uint16_t)n;
        uint64_t before = 0;
        for (uint64_t s = 0; s <= supers; s++) {
            records->supers[s * records->symbols + n] = before;
            if (s < supers) before += making->counts[s * 256 + order[n]];
        }
        records->places_of[n] = places;
        if (n >= records->frequent) places += before;
    }
    bytes = (size_t)places * sizeof *records->places;
    records->places = ng_memory_huge(bytes);
    return records->places ? NG_OK : ng_err_nomem(err, bytes, "places of rare symbols");
}

static int fill_super(void *context, uint64_t super, struct ng_err *err) {
    struct making *making = context;
    struct ng_records *records = making->records;
    uint8_t rows[SUPER_ROWS];
    uint16_t counts[256] = {0};
    size_t length;
    int status = ng_run_read_turn(making->run, SUPER_ROWS, super, rows, &length, err);
    if (status) return status;
    memset(rows + length, NG_TERMINATOR, SUPER_ROWS - length);
    uint16_t *next[256]; /* where the next place of a rare symbol goes */
    for (unsigned n = records->frequent; n < records->symbols; n++) {
        next[n] = records->places + records->places_of[n] + records->supers[super * records->symbols + n];
    }
    for (size_t b = 0; b < SUPER_GROUPS && super * SUPER_GROUPS + b < group_count(records); b++) {
        uint8_t *record = records->bytes + (super * SUPER_GROUPS + b) * records->record_bytes;
        uint8_t *group = record + records->frequent * sizeof(uint16_t);
        memcpy(group, rows + b * NG_RECORDS_GROUP_ROWS, NG_RECORDS_GROUP_ROWS);
        for (unsigned i = 0; i < NG_RECORDS_GROUP_ROWS; i++) {
            if (i == NG_RECORDS_GROUP_ROWS / 2) memcpy(record, counts, records->frequent * sizeof(uint16_t));
            unsigned number = records->number[group[i]];
            if (number < records->frequent) counts[number]++;
            else if (b * NG_RECORDS_GROUP_ROWS + i < length) *next[number]++ = (uint16_t)(b * NG_RECORDS_GROUP_ROWS + i);
        }
    }
    return NG_OK;
}

int ng_records_open(struct ng_records *records, const struct ng_run *run, uint64_t memory_bytes, unsigned threads,
                    struct ng_err *err) {
    *records = (struct ng_records){.rows = run->rows};
    struct making making = {.records = records, .run = run};
    size_t bytes = (size_t)super_count(records) * 256 * sizeof *making.counts;
    making.counts = malloc(bytes);
    int status = making.counts ? NG_OK : ng_err_nomem(err, bytes, "counters of a merge");
    if (!status) status = ng_run_count(run, SUPER_ROWS, making.counts, threads, err);
    if (!status) status = sum_supers(&making, memory_bytes, err);
    bytes = record_bytes(records);
    if (!status) {
        records->bytes = ng_pages_take(bytes);
        if (!records->bytes) status = ng_err_nomem(err, bytes, "the BWT of a merge");
    }
    if (!status) status = ng_parallel_run(threads, super_count(records), fill_super, &making, err);
    free(making.counts);
    if (status) ng_records_free(records);
    return status;
}

uint64_t ng_records_rank_rare(const struct ng_records *records, uint8_t symbol, uint64_t row) {
    unsigned number = records->number[symbol];
    if (number == UINT16_MAX) return 0;
    const uint64_t *super = records->supers + (row >> NG_RECORDS_SUPER_LOG2) * records->symbols + number;
    const uint16_t *places = records->places + records->places_of[number];
    uint64_t low = super[0];
    NG_ORDER_SEEK(low, super[records->symbols], middle, places[middle] < row % SUPER_ROWS);
    return low;
}

uint64_t ng_records_memory(uint64_t rows) {
    /* Records with 64 counters and what rare symbols take, counters of superblocks, at worst of all symbols. */
    return 2 * rows + rows / 16 + rows / 32 + 4 * SUPER_ROWS;
}

void ng_records_free(struct ng_records *records) {
    if (!records) return;
    free(records->supers);
    free(records->places);
    ng_pages_give(records->bytes, record_bytes(records));
    *records = (struct ng_records){0};
}
