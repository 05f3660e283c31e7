/*
 * The last step of a merge: two BWTs become one, by the gaps that a walk has counted (dense.h). Both are read, and the
 * result is written, in order; pieces run on several threads.
 */
#ifndef NG_INDEXER_MERGE_INTERLEAVE_H
#define NG_INDEXER_MERGE_INTERLEAVE_H

#include "common/base/err.h"
#include "indexer/bwt/gaps.h"
#include "indexer/bwt/run.h"

/* Where the result goes: memory of the rows of both, or a file descriptor. */
struct ng_interleave_out {
    uint8_t *bytes;   /* or NULL */
    int fd;
    const char *path; /* for errors */
};

/* Merges the BWT of base with that of other, whose suffixes gaps has counted and summed up. Errors: NG_ERR_NOMEM,
 * NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_interleave(const struct ng_run *base, const struct ng_gaps *gaps, const struct ng_run *other,
                  const struct ng_interleave_out *out, unsigned threads, struct ng_err *err);

#endif
