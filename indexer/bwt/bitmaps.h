/*
 * For each frequent symbol of a BWT a bitmap of the rows where it stands, with its count in every cache line, so that a
 * rank reads one line and no more; and one bitmap of the rows where none of these stands, the rest.
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
    unsigned symbols;       /* that have a bitmap; 0: there are none, not even that of the rest */
    uint8_t symbol[NG_BITMAPS_MOST]; /* most frequent first */
    uint8_t number[256];    /* of a symbol among them; symbols for those of the rest */
    uint64_t *lines;        /* [rows / 448][number]; borrowed */
    uint64_t rest_rows;
};

/* Chooses the symbols, by how often each occurs: as many as memory_bytes allow, until the rest is small. The bitmaps, the
 * rest's string and its records (records.h) are to fit it. */
void ng_bitmaps_choose(struct ng_bitmaps *maps, const uint64_t total[256], uint64_t rows, uint64_t memory_bytes);

/* Bytes that lines of so many rows take. */
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

/* Counts the symbols of each turn: counts[turn * 256 + symbol]. Errors: NG_ERR_IO, NG_ERR_NOMEM. */
int ng_bitmaps_count(const struct ng_run *run, uint64_t *counts, unsigned threads, struct ng_err *err);

/* Fills lines, which are set and have room. Errors: NG_ERR_IO, NG_ERR_NOMEM. */
int ng_bitmaps_fill(struct ng_bitmaps *maps, const struct ng_bitmaps_input *input, unsigned threads, struct ng_err *err);

/* The line that tells ranks of a symbol at row; *bit is the row's place in it. */
static inline const uint64_t *ng_bitmaps_line(const struct ng_bitmaps *maps, unsigned number, uint64_t row, unsigned *bit) {
    uint64_t line = row / NG_BITMAPS_LINE_ROWS;
    *bit = (unsigned)(row - line * NG_BITMAPS_LINE_ROWS);
    return maps->lines + (line * (maps->symbols + 1) + number) * NG_BITMAPS_LINE_WORDS;
}

#endif
