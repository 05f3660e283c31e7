/*
 * A BWT in memory, as plain bytes with dense counters, that many chains of LF steps walk at once: one side of a merge.
 * It lives for the merge only, and trades room (2 to 3 bytes a row) for speed: a step reads one counter and one or two
 * cache lines of the BWT, asked for a round of all chains before.
 *
 * To merge BWTs A and B every suffix of B needs its rank among those of A. Each document is a string of its own, so the
 * rank of its terminator is known, and from a suffix's rank r that of the suffix longer by c is C[c] + rank(c, r). So
 * each document of B is a chain of its own, exact from its first step on: there is nothing to converge, no suffix is
 * ever compared, and documents that A holds too, or that are one long run, cost what others cost. How many suffixes of
 * B have rank r is all that the merge needs, and is counted here.
 *
 * Sources: Ferragina et al., "Lightweight data indexing and compression in external memory", 2012 (merging by rank
 * and gaps); Siren, "Burrows-Wheeler transform for terabases", 2016 (documents as independent chains).
 */
#ifndef NG_INDEXER_DENSE_H
#define NG_INDEXER_DENSE_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "indexer/run.h"

enum {
    NG_DENSE_BLOCK_ROWS = 128,
    NG_DENSE_SUPER_LOG2 = 16 /* rows between counters of 64 bits */
};

/* Memory for records, kept from one merge to the next: to get it anew costs about as much as to fill it.
 * Zero-initialised is none; free memory. */
struct ng_dense_room {
    uint8_t *memory;
    size_t bytes;
    size_t wanted_bytes; /* how much to get when it is too small: what later merges will need */
};

/*
 * What a step reads stands together, a record for each block of 128 rows: counters of the frequent symbols, each from
 * the superblock's start to the block's middle; the rows, of which a step reads the cache line on its side of the
 * middle; and the gaps of the rows, how many suffixes of the other side come right before each, modulo 256. Symbols
 * that are rare have no counters but lists of the places where they occur.
 */
struct ng_dense {
    uint64_t rows;
    uint64_t documents;
    uint64_t first[257];    /* C: rows whose suffix starts with a smaller symbol */
    uint16_t number[256];   /* of a symbol that occurs; the frequent ones come first */
    unsigned symbols;
    unsigned frequent;      /* of them, a multiple of 32; fewer may occur */
    size_t record_bytes;
    struct ng_dense_room *room; /* borrowed; holds the records */
    uint8_t *records;       /* one more than full blocks: rows behind the last are terminators, and have gaps too */
    uint64_t *supers;       /* [superblock][number]: the symbol's number before the superblock; at the end the totals */
    uint16_t *places;       /* of rare symbols, within their superblocks; symbol by symbol, in row order */
    uint64_t places_of[256]; /* by number: where those of a rare symbol start */
    uint64_t *gap_sums;     /* before each block; after ng_dense_sum_gaps */
    uint64_t *wraps;        /* a row for each time that its gap passed 255; sorted after ng_dense_sum_gaps */
    uint64_t wrap_count;
    uint64_t wrap_capacity;
};

/* The rows of a block, and their gaps. */
static inline uint8_t *ng_dense_block(const struct ng_dense *dense, uint64_t block) {
    return dense->records + block * dense->record_bytes + dense->frequent * sizeof(uint16_t);
}

static inline uint8_t *ng_dense_gaps(const struct ng_dense *dense, uint64_t block) {
    return ng_dense_block(dense, block) + NG_DENSE_BLOCK_ROWS;
}

/* A piece of the other side's text, and what is noted on the way. */
struct ng_chain_text {
    const uint8_t *text;      /* whole documents, each with its terminator; one byte before is readable */
    uint64_t length;
    uint64_t first_position;  /* of the piece in the shard's text */
    uint64_t sa_sample;
    uint64_t *samples;        /* rows by number of sampled position: samples[k] is that of position k * sa_sample */
    const uint64_t *ends;     /* offsets of the terminators in text */
    uint64_t *starts;         /* rows of the documents whole, those of the piece */
    uint64_t documents;
};

/* Makes one of a run, which is read twice, in room, which is to be left alone until ng_dense_free. Takes some memory_bytes at most where ng_dense_memory is less, and may take
 * more of it to be faster. Errors: NG_ERR_NOMEM, NG_ERR_IO. On success: ng_dense_free. */
int ng_dense_open(struct ng_dense *dense, const struct ng_run *run, struct ng_dense_room *room, uint64_t memory_bytes,
                  unsigned threads, struct ng_err *err);

/* Walks all documents of a piece: counts the gap of each suffix, and adds its rank here to the rows in samples and
 * starts. terminator_row is the rank of the other side's terminators: rows - documents where they stand before those
 * of this side, rows where they stand behind. Errors: NG_ERR_NOMEM. */
int ng_dense_walk(struct ng_dense *dense, const struct ng_chain_text *text, uint64_t terminator_row, unsigned threads,
                  struct ng_err *err);

/* Adds up the gaps, after the last walk. Errors: NG_ERR_NOMEM. */
int ng_dense_sum_gaps(struct ng_dense *dense, unsigned threads, struct ng_err *err);

/* How many suffixes of the other side come before row, up to and including its own gap. row <= rows. */
uint64_t ng_dense_before(const struct ng_dense *dense, uint64_t row);

/* Asks for the memory that ng_dense_before(dense, row) will read. */
static inline __attribute__((always_inline)) void ng_dense_prefetch_before(const struct ng_dense *dense, uint64_t row) {
    __builtin_prefetch(ng_dense_gaps(dense, row / NG_DENSE_BLOCK_ROWS));
    __builtin_prefetch(ng_dense_gaps(dense, row / NG_DENSE_BLOCK_ROWS) + 64);
    __builtin_prefetch(dense->gap_sums + row / NG_DENSE_BLOCK_ROWS);
}

/* How many of the wraps are of rows below row: where those from row on start. After ng_dense_sum_gaps. */
uint64_t ng_dense_wraps_below(const struct ng_dense *dense, uint64_t row);

/* Bytes of memory that rows of text take. */
uint64_t ng_dense_memory(uint64_t rows);

/* Idempotent. */
void ng_dense_free(struct ng_dense *dense);

#endif
