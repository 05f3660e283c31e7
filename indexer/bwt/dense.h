/*
 * A BWT in memory, in a form that many chains of LF steps walk at once: one side of a merge. It lives only for the
 * merge and trades memory (3 bytes a row, or more if available) for speed. A step reads one cache line, prefetched
 * one round of all chains earlier, and counts one suffix in another.
 *
 * To merge BWTs A and B every suffix of B needs its rank among those of A. Each document is a string of its own, so
 * the rank of its terminator is known, and from a suffix's rank r that of the suffix longer by c is C[c] + rank(c,
 * r). So each document of B is a chain of its own, exact from its first step on: nothing has to converge, no suffix
 * is ever compared, and documents that A also holds, or that are one long run, cost no more than others. The merge
 * needs only the number of suffixes of B with rank r, which is counted here.
 *
 * Sources: Ferragina et al., "Lightweight data indexing and compression in external memory", 2012 (merging by rank
 * and gaps); Siren, "Burrows-Wheeler transform for terabases", 2016 (documents as independent chains).
 */
#ifndef NG_INDEXER_BWT_DENSE_H
#define NG_INDEXER_BWT_DENSE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "indexer/bwt/bitmaps.h"
#include "indexer/bwt/bwt_counts.h"
#include "indexer/bwt/gaps.h"
#include "indexer/bwt/run.h"

struct ng_dense {
    uint64_t rows;
    uint64_t first[257];    /* C: rows whose suffix starts with a smaller symbol */
    struct ng_bitmaps maps; /* of the frequent symbols */
    struct ng_records rest; /* the string of the others */
    struct ng_gaps gaps;
    uint8_t *memory; /* of bitmaps and gaps */
    size_t bytes;
};

/* A piece of the other side's text, and what the walk records. */
struct ng_chain_text {
    const uint8_t *text;      /* whole documents, each with its terminator; one byte before is readable */
    uint64_t length;
    uint64_t first_position;  /* of the piece in the shard's text */
    uint64_t sa_sample;
    uint64_t *samples;        /* rows by number of sampled position: samples[k] is that of position k * sa_sample */
    const uint64_t *ends;     /* offsets of the terminators in text */
    uint64_t *starts;         /* rows of the whole documents of the piece */
    uint64_t documents;
};

/* Builds one from a run, which is read up to three times. It takes about memory_bytes at most if ng_dense_memory is less;
 * more memory makes it faster. Errors: NG_ERR_NOMEM, NG_ERR_IO. On success: ng_dense_free. */
int ng_dense_open(struct ng_dense *dense, const struct ng_run *run, uint64_t memory_bytes, unsigned threads,
                  struct ng_err *err);

/* Walks all documents of a piece: counts the gap of each suffix, and adds its rank here to the rows in samples and
 * starts. terminator_row is the rank of the other side's terminators: rows - documents if they come before those of
 * this side, rows if they come after. Errors: NG_ERR_NOMEM. */
int ng_dense_walk(struct ng_dense *dense, const struct ng_chain_text *text, uint64_t terminator_row, unsigned threads,
                  struct ng_err *err);

/* Least memory that `rows` rows take, in bytes. */
uint64_t ng_dense_memory(uint64_t rows);

/* Idempotent. */
void ng_dense_free(struct ng_dense *dense);

#endif
