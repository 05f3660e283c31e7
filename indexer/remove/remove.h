/*
 * Documents taken out of an index without building it anew: for each shard that holds some of them a file that tells
 * which they are, and the rows of their suffixes (FORMAT.md, "Removed documents"). The new files enter the folder of the
 * index under new names, then a new index.json takes the place of the old one. Killed at any moment, the index is as
 * before or as after.
 */
#ifndef NG_INDEXER_REMOVE_REMOVE_H
#define NG_INDEXER_REMOVE_REMOVE_H

#include "indexer/build/publish.h"

struct ng_remove_options {
    const uint8_t *documents; /* bit i is set to remove document i of the index; documents removed earlier do not
                                 count */
    const char *by;           /* for the journal: under NG_REMOVAL_BY_BYTES */
    unsigned threads;         /* 0: one per processor */
};

struct ng_remove_result {
    uint64_t documents; /* that were removed now, */
    uint64_t text_bytes;        /* and their text; of the exact view, if there is one */
    uint64_t bytes;             /* size of the new files */
};

/* Removes documents from a locked index. If there is nothing to remove, nothing changes. Takes the smaller of 8 bytes for
 * each byte of text that is removed and a bit for each byte of the shard. Errors: NG_ERR_USAGE (nothing would be left),
 * NG_ERR_LIMIT (NG_MAX_REMOVALS), those of ng_index_files_open, NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_remove_run(const struct ng_publish *publish, const struct ng_remove_options *options,
                  struct ng_remove_result *result, struct ng_err *err);

#endif
