/*
 * The walk itself. Included by one file for each kind of processor, which defines NG_DENSE_WALK, the name of the
 * function, and before that equal_bits(line, symbol): which of the 64 bytes of a cache line are the symbol.
 */
#include <stdbool.h>
#include <string.h>

#include "indexer/dense_kernels.h"

enum { LANES = 32, HALF = NG_DENSE_BLOCK_ROWS / 2 };

/* One chain under way: it stands at the suffix that starts at at, whose rank is row. */
struct lane {
    const uint8_t *at;
    const uint8_t *begin;    /* of the document */
    uint64_t row;
    uint64_t to_sample;      /* positions to the next sampled one */
    uint64_t *sample;        /* its row */
    uint64_t document;
};

/* Asks for the memory that the visit after this one reads. A function that only asks for memory is called pure by gcc,
 * which then drops its calls, unless it is inlined before. */
static inline __attribute__((always_inline)) void prefetch_visit(const struct ng_dense *dense, const struct lane *lane) {
    unsigned number = dense->number[lane->at[-1]];
    uint64_t block = lane->row / NG_DENSE_BLOCK_ROWS;
    const uint8_t *record = dense->records + block * dense->record_bytes;
    const uint8_t *rows = record + dense->frequent * sizeof(uint16_t) + lane->row % NG_DENSE_BLOCK_ROWS;
    if (number < dense->frequent) __builtin_prefetch(record + number * sizeof(uint16_t));
    __builtin_prefetch(rows);
    __builtin_prefetch(rows + NG_DENSE_BLOCK_ROWS, 1);
    __builtin_prefetch(dense->supers + (lane->row >> NG_DENSE_SUPER_LOG2) * dense->symbols + number);
}

/* Number of a frequent symbol between the start of the superblock and row. */
static inline uint64_t rank_in_super(const struct ng_dense *dense, uint8_t symbol, unsigned number, uint64_t row) {
    const uint8_t *record = dense->records + row / NG_DENSE_BLOCK_ROWS * dense->record_bytes;
    const uint8_t *rows = record + dense->frequent * sizeof(uint16_t);
    uint64_t behind = row & HALF; /* not 0: behind the middle, where the count is added; no branch, since none guesses it */
    uint64_t before = behind / HALF - 1; /* all ones: before the middle */
    uint64_t equal = equal_bits(rows + behind, symbol) & ((((uint64_t)1 << row % HALF) - 1) ^ before);
    uint64_t count = (uint64_t)__builtin_popcountll(equal);
    uint16_t middle;
    memcpy(&middle, record + number * sizeof middle, sizeof middle);
    return middle + ((count ^ before) - before);
}

/* Puts the lane at the end of the next document; false where there is none. */
static bool next_document(struct ng_dense_walkers *walkers, struct lane *lane) {
    const struct ng_chain_text *text = walkers->text;
    uint64_t document = atomic_fetch_add_explicit(&walkers->next_document, 1, memory_order_relaxed);
    if (document >= text->documents) return false;
    lane->document = document;
    lane->at = text->text + text->ends[document];
    lane->begin = text->text + (document ? text->ends[document - 1] + 1 : 0);
    lane->row = walkers->terminator_row;
    uint64_t position = text->first_position + text->ends[document];
    lane->to_sample = position % text->sa_sample;
    lane->sample = text->samples + position / text->sa_sample;
    return true;
}

static inline int visit(struct ng_dense_walkers *walkers, struct lane *lane, bool *done, struct ng_err *err) {
    struct ng_dense *dense = walkers->dense;
    uint8_t *gap = ng_dense_gaps(dense, lane->row / NG_DENSE_BLOCK_ROWS) + lane->row % NG_DENSE_BLOCK_ROWS;
    if (__atomic_fetch_add(gap, 1, __ATOMIC_RELAXED) == 255) {
        int status = ng_dense_note_wrap(walkers, lane->row, err);
        if (status) return status;
    }
    if (lane->to_sample == 0) {
        *lane->sample-- += lane->row;
        lane->to_sample = walkers->text->sa_sample;
    }
    lane->to_sample--;
    if (lane->at > lane->begin) {
        uint8_t symbol = *--lane->at;
        unsigned number = dense->number[symbol];
        if (number < dense->frequent) {
            lane->row = dense->first[symbol] + rank_in_super(dense, symbol, number, lane->row) +
                        dense->supers[(lane->row >> NG_DENSE_SUPER_LOG2) * dense->symbols + number];
        } else {
            lane->row = dense->first[symbol] + ng_dense_rank_rare(dense, symbol, lane->row);
        }
    } else {
        walkers->text->starts[lane->document] += lane->row;
        *done = !next_document(walkers, lane);
        if (*done) return NG_OK;
    }
    prefetch_visit(dense, lane);
    return NG_OK;
}

int NG_DENSE_WALK(struct ng_dense_walkers *walkers, struct ng_err *err) {
    struct lane lanes[LANES];
    size_t active = 0;
    while (active < LANES && next_document(walkers, &lanes[active])) active++;
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
