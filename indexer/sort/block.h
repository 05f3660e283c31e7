/*
 * A block: consecutive documents of a shard, few enough to be sorted in memory. Sorting leaves a file with its text,
 * its BWT and its notes.
 */
#ifndef NG_INDEXER_SORT_BLOCK_H
#define NG_INDEXER_SORT_BLOCK_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "indexer/sort/sort.h"
#include "indexer/spool/journal.h"
#include "indexer/spool/spool.h"

struct ng_block {
    uint64_t first_position; /* of its text in the shard's */
    uint64_t rows;           /* text bytes and documents */
    uint64_t first_document;
    uint64_t documents;
    uint64_t sa_sample;
    char *path;              /* of its file; owned */
    char *documents_path;    /* of the file of its documents' metadata, if there is one; owned */
    struct ng_buf text;      /* until it is sorted: the documents, each with its terminator */
    struct ng_journal *journal;     /* records the block once it is sorted; or NULL; borrowed */
    struct ng_journal_block record; /* the journal's record, all but sum */

    /* Once it is sorted. */
    struct ng_sort_notes notes;
    struct ng_spool_sum sum; /* of the file */
};

/* The file: text, BWT (rows bytes each), notes. */
static inline uint64_t ng_block_bwt_at(const struct ng_block *block) {
    return block->rows;
}

/* Sorts the text, which is freed, and writes the file. Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE,
 * NG_ERR_LIMIT. */
int ng_block_sort(struct ng_block *block, struct ng_err *err);

/* Writes the file of a sorted block whose fields are all set; if bwt is NULL, sorts block->text first.
 * Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_block_write(struct ng_block *block, const uint8_t *text, const uint8_t *bwt, struct ng_err *err);

/* Reads the notes of a sorted block whose other fields are set. Errors: NG_ERR_NOMEM, NG_ERR_IO. */
int ng_block_read_notes(struct ng_block *block, struct ng_err *err);

/* Frees what it holds, not the file. NULL is fine. */
void ng_block_free(struct ng_block *block);

/* Blocks that are sorted on several threads while others are read. */
struct ng_sorters;

/* Errors: NG_ERR_NOMEM. */
int ng_sorters_open(struct ng_sorters **sorters, unsigned threads, struct ng_err *err);

/* Starts sorting a block, which the caller owns and must not touch until ng_sorters_wait; waits for a free thread.
 * Errors: those of a block that failed. */
int ng_sorters_start(struct ng_sorters *sorters, struct ng_block *block, struct ng_err *err);

/* Waits until all blocks are sorted. Errors: those of a block that failed. */
int ng_sorters_wait(struct ng_sorters *sorters, struct ng_err *err);

/* Waits, and frees. NULL is fine. */
void ng_sorters_close(struct ng_sorters *sorters);

#endif
