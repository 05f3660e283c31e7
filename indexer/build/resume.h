/*
 * What a killed build left in its folder: which steps of its journal are usable, and which files must go.
 */
#ifndef NG_INDEXER_BUILD_RESUME_H
#define NG_INDEXER_BUILD_RESUME_H

#include "common/base/err.h"
#include "indexer/spool/journal.h"

/* Reads the files of all steps, cuts the state back to the steps whose files are whole, and removes every other file
 * from the folder, except the journal and the lock. Errors: NG_ERR_IO, NG_ERR_NOMEM,
 * NG_ERR_CORRUPT (a finished shard is gone or has another size). */
int ng_resume_check(struct ng_journal_state *state, const char *folder, struct ng_err *err);

/* Removes what a finished build no longer needs: its journal and the files of its blocks. Errors: NG_ERR_IO,
 * NG_ERR_NOMEM. */
int ng_resume_clear(const char *folder, struct ng_err *err);

#endif
