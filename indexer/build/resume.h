/*
 * What a killed build left in its folder: which of the steps in its journal can be gone on from, and what has to go.
 */
#ifndef NG_INDEXER_BUILD_RESUME_H
#define NG_INDEXER_BUILD_RESUME_H

#include "common/base/err.h"
#include "indexer/spool/journal.h"

/* Cuts the state back to the steps whose files are whole, which it reads through, and removes from the folder every
 * file that belongs to none of them, but for the journal and the lock. Errors: NG_ERR_IO, NG_ERR_NOMEM,
 * NG_ERR_CORRUPT (a finished shard is gone or has another size). */
int ng_resume_check(struct ng_journal_state *state, const char *folder, struct ng_err *err);

/* Removes what a finished build needs no longer: its journal and files of blocks. Errors: NG_ERR_IO, NG_ERR_NOMEM. */
int ng_resume_clear(const char *folder, struct ng_err *err);

#endif
