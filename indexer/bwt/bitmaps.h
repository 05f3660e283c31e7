/*
 * For each frequent symbol of a BWT, a bitmap of the rows where it occurs, with its count in every cache line, so
 * that a rank reads only one line; and one bitmap for the rest, the rows with any other symbol.
 */
#ifndef NG_INDEXER_BWT_BITMAPS_H
#define NG_INDEXER_BWT_BITMAPS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "indexer/bwt/run.h"

enum {
    NG_BITMAPS_LINE_ROWS = 448,  /* of a line of 512 bits: a count of 64, then the rows' */
    NG_BITMAPS_LINE_WORDS = 8,
    NG_BITMAPS_MOST = 40         /* symbols */
};

struct ng_bitmaps {
    unsigned symbols;       /* that have a bitmap; 0: there are no bitmaps, not even for the rest */
    uint8_t symbol[NG_BITMAPS_MOST]; /* most frequent first */
    uint8_t number[256];    /* of a symbol among them; equals symbols for the rest */
    uint64_t *lines;        /* [rows / 448][number]; borrowed */
    uint64_t rest_rows;
};

/* Chooses the most frequent symbols: as many as memory_bytes allow, until the rest is small. The bitmaps, the string of
 * the rest and its records (bwt_counts.h) must fit into memory_bytes. */
void ng_bitmaps_choose(struct ng_bitmaps *maps, const uint64_t total[256], uint64_t rows, uint64_t memory_bytes);

/* Bytes that the lines of `rows` rows take. */
uint64_t ng_bitmaps_bytes(const struct ng_bitmaps *maps, uint64_t rows);

/* What filling them needs. */
struct ng_bitmaps_input {
    const struct ng_run *run;
    const uint64_t *first;  /* C: where the rows of each symbol start; part of a line's count */
    const uint64_t *counts; /* of each symbol, for each turn: see ng_bitmaps_turns */
    uint8_t *rest;          /* gets the rest_rows symbols of the rest */
};

/* A run is read in turns of NG_BITMAPS_TURN_ROWS. */
enum { NG_BITMAPS_TURN_ROWS = 128 * NG_BITMAPS_LINE_ROWS };

static inline uint64_t ng_bitmaps_turns(uint64_t rows) {
    return rows / NG_BITMAPS_TURN_ROWS + 1;
}

/* Fills maps->lines, which the caller has allocated. Errors: NG_ERR_IO, NG_ERR_NOMEM. */
int ng_bitmaps_fill(struct ng_bitmaps *maps, const struct ng_bitmaps_input *input, unsigned threads, struct ng_err *err);

enum { NG_BITMAPS_SLACK = 64 }; /* bytes after rest that may be written */

/* Fills the lines of all bitmaps for count rows, up to NG_BITMAPS_LINE_ROWS. Lines start with counts, which are then
 * advanced. rest gets the symbols of the rest; returns how many. */
typedef size_t ng_bitmaps_kernel(const struct ng_bitmaps *maps, const uint8_t *rows, size_t count, uint64_t *counts,
                                 uint64_t *line, uint8_t *rest);

extern ng_bitmaps_kernel ng_bitmaps_fill_portable;
#if defined(__x86_64__)
extern ng_bitmaps_kernel ng_bitmaps_fill_bmi2; /* count is NG_BITMAPS_LINE_ROWS */
extern ng_bitmaps_kernel ng_bitmaps_fill_avx512; /* likewise */
#endif

/* The count of a line and its ones before a bit, word by word. */
static inline uint64_t ng_bitmaps_rank(const uint64_t *line, unsigned bit) {
    uint64_t count = line[0];
    unsigned whole = bit / 64;
    for (unsigned word = 0; word + 1 < NG_BITMAPS_LINE_WORDS; word++) {
        uint64_t all = (uint64_t)0 - (word < whole); /* branch-free: the direction is unpredictable */
        uint64_t part = (((uint64_t)1 << bit % 64) - 1) & ((uint64_t)0 - (word == whole));
        count += (uint64_t)__builtin_popcountll(line[word + 1] & (all | part));
    }
    return count;
}

/* The line with the rank of a symbol at row; *bit is the row's position in it. */
static inline const uint64_t *ng_bitmaps_line(const struct ng_bitmaps *maps, unsigned number, uint64_t row, unsigned *bit) {
    uint64_t line = row / NG_BITMAPS_LINE_ROWS;
    *bit = (unsigned)(row - line * NG_BITMAPS_LINE_ROWS);
    return maps->lines + (line * (maps->symbols + 1) + number) * NG_BITMAPS_LINE_WORDS;
}

#endif
