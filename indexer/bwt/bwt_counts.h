/*
 * A string in memory, as plain bytes with dense counters, for rank: the symbols of a BWT that have no bitmap of
 * their own (dense.h), or all of it where memory is short.
 *
 * What a rank reads stands together, a record for each group of 128 rows: counters of the frequent symbols, each from
 * the superblock's start to the group's middle; and the rows, of which a rank reads the cache line on its side of the
 * middle. Symbols that are rare have no counters but lists of the places where they occur.
 */
#ifndef NG_INDEXER_BWT_BWT_COUNTS_H
#define NG_INDEXER_BWT_BWT_COUNTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "indexer/bwt/run.h"

enum {
    NG_RECORDS_GROUP_ROWS = 128,
    NG_RECORDS_SUPER_LOG2 = 16 /* rows between counters of 64 bits */
};

struct ng_records {
    uint64_t rows;
    uint16_t number[256];   /* of a symbol that occurs; the frequent ones come first */
    unsigned symbols;
    unsigned frequent;      /* of them, a multiple of 32; fewer may occur */
    size_t record_bytes;
    uint8_t *bytes;         /* one record more than full groups: rows behind the last are terminators */
    uint64_t *supers;       /* [superblock][number]: the symbol's number before the superblock; at the end the totals */
    uint16_t *places;       /* of rare symbols, within their superblocks; symbol by symbol, in row order */
    uint64_t places_of[256]; /* by number: where those of a rare symbol start */
};

/* Makes them of a run, which is read twice. Takes some memory_bytes at most where ng_records_memory is less, and may
 * take more of it to be faster. Errors: NG_ERR_NOMEM, NG_ERR_IO. On success: ng_records_free. */
int ng_records_open(struct ng_records *records, const struct ng_run *run, uint64_t memory_bytes, unsigned threads,
                    struct ng_err *err);

/* Number of a symbol before a row, for one that is rare or does not occur. */
uint64_t ng_records_rank_rare(const struct ng_records *records, uint8_t symbol, uint64_t row);

/* Bytes of memory that so many rows take. */
uint64_t ng_records_memory(uint64_t rows);

/* Idempotent. */
void ng_records_free(struct ng_records *records);

#endif
