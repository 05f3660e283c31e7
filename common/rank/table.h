/*
 * The LF-mapping of a whole rank structure as an array in memory, for walks over all of it. A step reads four bytes; in
 * the rank structure it reads and decodes about ten cache lines. The symbol of a row follows from the row that LF leads
 * to, whose suffix starts with it, so it is not stored.
 */
#ifndef NG_COMMON_RANK_TABLE_H
#define NG_COMMON_RANK_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/cancel.h"
#include "common/base/err.h"
#include "common/rank/rank.h"

enum { NG_RANK_TABLE_GUESSES = 4096 };

struct ng_rank_table {
    const struct ng_rank *rank; /* borrowed */
    uint32_t *next;             /* the row that LF leads to; owned */
    unsigned guess_shift;
    uint8_t guesses[NG_RANK_TABLE_GUESSES]; /* by the high bits of a row: first symbol of the first such row's suffix */
};

/* Bytes of memory that a table of rows takes; UINT64_MAX if there are too many rows. */
uint64_t ng_rank_table_memory(uint64_t rows);

/* Makes the table from the whole BWT; cancel may be NULL. On success, free table with ng_rank_table_free. Errors:
 * NG_ERR_NOMEM, NG_ERR_LIMIT (too many rows), NG_ERR_CORRUPT, NG_ERR_CANCELLED. */
int ng_rank_table_open(struct ng_rank_table *table, const struct ng_rank *rank, unsigned threads,
                       const struct ng_cancel *cancel, struct ng_err *err);

/* As ng_rank_lf_batch. */
void ng_rank_table_step(const struct ng_rank_table *table, struct ng_rank_step *steps, size_t count);

/* Idempotent. */
void ng_rank_table_free(struct ng_rank_table *table);

/* Decodes the whole BWT. symbols has room for rank->rows. Errors: NG_ERR_CORRUPT. */
int ng_rank_table_decode(const struct ng_rank *rank, uint8_t *symbols, unsigned threads, struct ng_err *err);

#endif
