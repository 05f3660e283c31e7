/*
 * The files that a build has read so far, in a temporary file beside the journal, for a build that resumes. Each record
 * is on the disk before the journal can tell of a document that follows it. It is not synced: what a power failure loses
 * is lost to the list of files, which then says so.
 */
#ifndef NG_INDEXER_SPOOL_FILES_LOG_H
#define NG_INDEXER_SPOOL_FILES_LOG_H

#include "common/files/files.h"

#define NG_FILES_LOG "files.tmp"

struct ng_files_log;

/* Takes from the folder's log, if there is one, the first count files, and starts the log anew with them. Files that the
 * log lacks are taken as not to be listed, and make the list partial. On success: ng_files_log_close.
 * Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_files_log_open(struct ng_files_log **log, const char *folder, uint64_t count, struct ng_files *files,
                      struct ng_err *err);

/* Writes the files that were added since the last time. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_files_log_add(struct ng_files_log *log, const struct ng_files *files, struct ng_err *err);

/* NULL is fine. */
void ng_files_log_close(struct ng_files_log *log);

#endif
