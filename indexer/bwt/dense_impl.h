/*
 * The walk itself. Included by one file for each kind of processor, which defines NG_DENSE_WALK, the name of the
 * function, and before that equal_bits(line, symbol): which of the 64 bytes of a cache line are the symbol; and
 * RANK_IN_LINE(line, bit): the count of a bitmap's line and its ones before a bit.
 */
#include <stdbool.h>
#include <string.h>

#include "indexer/bwt/dense.h"
#include "indexer/bwt/dense_kernels.h"

enum { LANES = 32, HALF = NG_RECORDS_GROUP_ROWS / 2 };

/* One chain under way. It is at the suffix that starts at `at`, whose rank is row. */
struct lane {
    const uint8_t *at;
    const uint8_t *begin;    /* of the document */
    uint64_t row;            /* in the rest: of its string */
    const uint64_t *line;    /* that the next step reads */
    unsigned bit;
    bool in_rest;            /* half a step is done: that from the BWT to the rest's string */
    uint64_t to_sample;      /* positions to the next sampled one */
    uint64_t *sample;        /* its row */
    uint64_t document;
};

/* Prefetches the memory that the next visit reads. gcc takes a function that only prefetches for pure and drops its
 * calls, unless it is inlined first. */
static inline __attribute__((always_inline)) void prefetch_rest(const struct ng_records *rest, uint8_t symbol, uint64_t row) {
    unsigned number = rest->number[symbol];
    const uint8_t *record = rest->bytes + row / NG_RECORDS_GROUP_ROWS * rest->record_bytes;
    if (number < rest->frequent) __builtin_prefetch(record + number * sizeof(uint16_t));
    __builtin_prefetch(record + rest->frequent * sizeof(uint16_t) + row % NG_RECORDS_GROUP_ROWS);
    __builtin_prefetch(rest->supers + (row >> NG_RECORDS_SUPER_LOG2) * rest->symbols + number);
}

static inline __attribute__((always_inline)) void prefetch_visit(const struct ng_dense *dense, struct lane *lane) {
    __builtin_prefetch(dense->gaps.bytes + lane->row, 1);
    if (dense->maps.symbols == 0) {
        prefetch_rest(&dense->rest, lane->at[-1], lane->row);
        return;
    }
    lane->line = ng_bitmaps_line(&dense->maps, dense->maps.number[lane->at[-1]], lane->row, &lane->bit);
    __builtin_prefetch(lane->line);
}

/* Number of a frequent symbol of the rest between the start of the superblock and row. */
static inline uint64_t rank_in_super(const struct ng_records *rest, uint8_t symbol, unsigned number, uint64_t row) {
    const uint8_t *record = rest->bytes + row / NG_RECORDS_GROUP_ROWS * rest->record_bytes;
    const uint8_t *rows = record + rest->frequent * sizeof(uint16_t);
    uint64_t behind = row & HALF; /* not 0: behind the middle, where the count is added; branch-free */
    uint64_t before = behind / HALF - 1; /* all ones: before the middle */
    uint64_t equal = equal_bits(rows + behind, symbol) & ((((uint64_t)1 << row % HALF) - 1) ^ before);
    uint64_t count = (uint64_t)__builtin_popcountll(equal);
    uint16_t middle;
    memcpy(&middle, record + number * sizeof middle, sizeof middle);
    return middle + ((count ^ before) - before);
}

static inline uint64_t rank_in_rest(const struct ng_records *rest, uint8_t symbol, uint64_t row) {
    unsigned number = rest->number[symbol];
    if (number >= rest->frequent) return ng_records_rank_rare(rest, symbol, row);
    return rank_in_super(rest, symbol, number, row) +
           rest->supers[(row >> NG_RECORDS_SUPER_LOG2) * rest->symbols + number];
}

/* Moves the lane to the end of the next document; false if there is none. */
static bool next_document(struct ng_dense_walkers *walkers, struct lane *lane) {
    const struct ng_chain_text *text = walkers->text;
    uint64_t document = atomic_fetch_add_explicit(&walkers->next_document, 1, memory_order_relaxed);
    if (document >= text->documents) return false;
    lane->document = document;
    lane->at = text->text + text->ends[document];
    lane->begin = text->text + (document ? text->ends[document - 1] + 1 : 0);
    lane->row = walkers->terminator_row;
    lane->in_rest = false;
    uint64_t position = text->first_position + text->ends[document];
    lane->to_sample = position % text->sa_sample;
    lane->sample = text->samples + position / text->sa_sample;
    return true;
}

/* Steps to the suffix that is longer by the symbol at `at`. */
static inline void step(const struct ng_dense *dense, struct lane *lane) {
    uint8_t symbol = *lane->at;
    if (dense->maps.symbols > 0 && !lane->in_rest) {
        lane->row = RANK_IN_LINE(lane->line, lane->bit);
        if (dense->maps.number[symbol] < dense->maps.symbols) return;
        prefetch_rest(&dense->rest, symbol, lane->row);
        lane->in_rest = true;
        return;
    }
    lane->row = dense->first[symbol] + rank_in_rest(&dense->rest, symbol, lane->row);
    lane->in_rest = false;
}

static inline int visit(struct ng_dense_walkers *walkers, struct lane *lane, bool *done, struct ng_err *err) {
    struct ng_dense *dense = walkers->dense;
    if (!lane->in_rest) {
        int status = ng_gaps_count(&dense->gaps, lane->row, err);
        if (status) return status;
        if (lane->to_sample == 0) {
            *lane->sample-- += lane->row;
            lane->to_sample = walkers->text->sa_sample;
        }
        lane->to_sample--;
        if (lane->at == lane->begin) {
            walkers->text->starts[lane->document] += lane->row;
            *done = !next_document(walkers, lane);
            if (!*done) prefetch_visit(dense, lane);
            return NG_OK;
        }
        lane->at--;
    }
    step(dense, lane);
    if (!lane->in_rest) prefetch_visit(dense, lane);
    return NG_OK;
}

int NG_DENSE_WALK(struct ng_dense_walkers *walkers, struct ng_err *err) {
    struct lane lanes[LANES];
    size_t active = 0;
    while (active < LANES && next_document(walkers, &lanes[active])) prefetch_visit(walkers->dense, &lanes[active++]);
    while (active > 0) {
        for (size_t i = 0; i < active; i++) {
            bool done = false;
            int status = visit(walkers, &lanes[i], &done, err);
            if (status) return status;
            if (done) lanes[i--] = lanes[--active];
        }
    }
    return NG_OK;
}
