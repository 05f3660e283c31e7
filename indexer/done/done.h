/*
 * Whether an index that is finished is the one that a build would make: so a job that is run again after it has succeeded
 * has nothing to do, and one that is given another corpus or other settings is told what differs.
 */
#ifndef NG_INDEXER_DONE_DONE_H
#define NG_INDEXER_DONE_DONE_H

#include "indexer/build/build.h"

/* One of count shares of what several programs compare together. */
struct ng_done_share {
    uint64_t number; /* from 0 */
    uint64_t count;
};

/* Whether the index at options->output is there, and is the one that a build would make of the corpus as it is:
 * result->was_there, and then *result describes it. Names and sizes of all files are compared, the contents of those of the
 * share by their hashes, and all options that tell in an index and are recorded in it. That documents were appended from
 * another --text-field is not.
 *
 * Errors: NG_ERR_EXISTS (an index is there, and is another, or that cannot be told: the text says what differs),
 * NG_ERR_USAGE, those of opening a corpus, of reading its files, and of reading the index. */
int ng_done_find(const struct ng_build_options *options, const struct ng_done_share *share, struct ng_build_result *result,
                 struct ng_err *err);

#endif
