/*
 * Temporary files of a build: written sequentially by one writer, made durable, read at any offset by any thread. The
 * content is hashed while it is written, so that a build resumed after a crash can recognize a complete file.
 */
#ifndef NG_INDEXER_SPOOL_SPOOL_H
#define NG_INDEXER_SPOOL_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

struct ng_spool_writer;

/* Length and hash of a finished file. */
struct ng_spool_sum {
    uint64_t bytes;
    uint64_t xxh3_64;
};

/* Creates the file, or empties it. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_spool_create(struct ng_spool_writer **writer, const char *path, struct ng_err *err);

/* Appends. Errors: NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_spool_write(struct ng_spool_writer *writer, const void *bytes, size_t length, struct ng_err *err);

/* Makes the file durable. *sum, if not NULL, gets its length and hash. Errors: NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_spool_finish(struct ng_spool_writer *writer, struct ng_spool_sum *sum, struct ng_err *err);

/* Closes the file, and removes it unless it was finished. NULL is fine. */
void ng_spool_writer_free(struct ng_spool_writer *writer);

/* A file that is read. */
struct ng_spool {
    char *path; /* owned */
    int fd;
    uint64_t bytes;
};

/* Errors: NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM. On success: ng_spool_close. */
int ng_spool_open(struct ng_spool *spool, const char *path, struct ng_err *err);

/* Reads exactly length bytes at an offset. Thread-safe. Errors: NG_ERR_IO (also if the file ends earlier). */
int ng_spool_read(const struct ng_spool *spool, uint64_t offset, void *out, size_t length, struct ng_err *err);

/* Closes; idempotent for a spool that was opened, or is zero except fd -1. */
void ng_spool_close(struct ng_spool *spool);

/* Reads the whole file and returns its length and hash. Errors: those of ng_spool_open and ng_spool_read. */
int ng_spool_measure(const char *path, struct ng_spool_sum *sum, struct ng_err *err);

#endif
