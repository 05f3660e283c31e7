/*
 * A string in memory, as plain bytes with dense counters, for rank: the symbols of a BWT that have no bitmap of
 * their own (dense.h), or all symbols if memory is short.
 *
 * Everything that a rank reads lies together, in one record for each group of 128 rows: counters of the frequent
 * symbols, each from the superblock's start to the group's middle; and the rows, of which a rank reads the cache
 * line on its side of the middle. Rare symbols have no counters; their positions are kept in lists.
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
    unsigned frequent;      /* number of frequent symbols, rounded up to a multiple of 32 */
    size_t record_bytes;
    uint8_t *bytes;         /* one record more than full groups: rows after the last are terminators */
    uint64_t *supers;       /* [superblock][number]: the symbol's number before the superblock; at the end the totals */
    uint16_t *places;       /* of rare symbols, within their superblocks; symbol by symbol, in row order */
    uint64_t places_of[256]; /* by number: where those of a rare symbol start */
};

/* Builds them from a run, which is read twice. Takes about memory_bytes at most if ng_records_memory is less, and
 * may use more memory than that to be faster. Errors: NG_ERR_NOMEM, NG_ERR_IO. On success: ng_records_free. */
int ng_records_open(struct ng_records *records, const struct ng_run *run, uint64_t memory_bytes, unsigned threads,
                    struct ng_err *err);

/* Number of a symbol before a row, for one that is rare or does not occur. */
uint64_t ng_records_rank_rare(const struct ng_records *records, uint8_t symbol, uint64_t row);

/* Bytes of memory that `rows` rows take. */
uint64_t ng_records_memory(uint64_t rows);

/* Idempotent. */
void ng_records_free(struct ng_records *records);

#endif
