/*
 * A run: consecutive documents of a shard, sorted together. Its BWT is in memory, or in a file from an offset on.
 */
#ifndef NG_INDEXER_BWT_RUN_H
#define NG_INDEXER_BWT_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "indexer/spool/spool.h"

struct ng_run {
    uint64_t first_position; /* of its text in the shard's */
    uint64_t rows;
    uint64_t first_document;
    uint64_t documents;
    uint8_t *bytes;          /* the BWT; owned; NULL if it is in the file */
    const char *path;        /* of the file, if it is not open yet; borrowed */
    struct ng_spool file;    /* fd -1 if the BWT is in memory, or the file not open yet */
    uint64_t offset;         /* of the BWT in the file */
    bool temporary;          /* the file is removed with the run */
};

/* Opens the file of a run that has a path, so that a merge of many runs keeps few files open. Errors: NG_ERR_NOTFOUND,
 * NG_ERR_IO, NG_ERR_NOMEM. */
int ng_run_open(struct ng_run *run, struct ng_err *err);

/* Reads symbols [row, row + length) of the BWT. Errors: NG_ERR_IO. */
int ng_run_read(const struct ng_run *run, uint64_t row, uint8_t *out, size_t length, struct ng_err *err);

/* Reads a turn of the BWT: turn_rows rows, fewer at the end. The last turn, which may be empty, is number
 * rows / turn_rows. Errors: NG_ERR_IO. */
int ng_run_read_turn(const struct ng_run *run, uint64_t turn_rows, uint64_t turn, uint8_t *out, size_t *length,
                     struct ng_err *err);

/* Counts the symbols of each turn: counts[turn * 256 + symbol]. turn_rows is at most NG_RUN_TURN_ROWS. Errors: NG_ERR_IO,
 * NG_ERR_NOMEM. */
enum { NG_RUN_TURN_ROWS = 1 << 16 };
int ng_run_count(const struct ng_run *run, uint64_t turn_rows, uint64_t *counts, unsigned threads, struct ng_err *err);

/* Allocates the BWT of a run of `rows` rows; to be freed with ng_pages_give. Errors: NG_ERR_NOMEM. */
int ng_run_allocate(uint8_t **bytes, uint64_t rows, struct ng_err *err);

/* Frees the BWT, and removes its file if that is temporary; idempotent. Zero-initialised memory with file.fd -1 is
 * an empty run. */
void ng_run_free(struct ng_run *run);

#endif
