/*
 * Atomic publication of an index folder. All files are written into OUTPUT.building; one rename then makes that
 * folder OUTPUT, or swaps it with the index that OUTPUT was. Killed at any moment, there is a whole index at
 * OUTPUT, the old one or the new one, or none where there was none. What a killed build leaves behind is cleared
 * away by the next one.
 *
 * Nothing is ever deleted but files with the names of ours: index.json, shard-NNNNN.ngx, lock, and *.tmp, a name
 * for whatever else a build has to keep in its folder for a while.
 *
 * Readers may have the folder open meanwhile (common/shard/index_files.h). They rely on this: index.json is the last file
 * that comes into a folder and the first that leaves it.
 *
 * One build at a time writes an index: it holds an flock on OUTPUT.building/lock. On a file system without locks
 * (some network ones) two builds of one index at once go unnoticed.
 */
#ifndef NG_INDEXER_BUILD_PUBLISH_H
#define NG_INDEXER_BUILD_PUBLISH_H

#include <stdbool.h>

#include "common/base/err.h"

struct ng_publish;

/* Checks that an index can be made at output, and makes the empty folder to write it into. output may be
 * relative, end in slashes, or be a symbolic link to an index; it may be an empty folder. With force it may be an
 * index, which commit will replace. On success: ng_publish_free.
 * Errors: NG_ERR_EXISTS (output is an index and force is false; it is anything but an index; another build is
 * writing it), NG_ERR_NOTFOUND (the folder above output), NG_ERR_USAGE, NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_publish_begin(struct ng_publish **publish, const char *output, bool force, struct ng_err *err);

/* As ng_publish_begin, but what a build before left in the folder stays there. */
int ng_publish_resume(struct ng_publish **publish, const char *output, bool force, struct ng_err *err);

/* Leaves the folder for a later ng_publish_resume when it is freed. */
void ng_publish_keep(struct ng_publish *publish);

/* The folder to write into, an absolute path; valid until ng_publish_free. */
const char *ng_publish_folder(const struct ng_publish *publish);

/* Makes the folder the index. Every file in it is durable already, index.json the last that was written. To be
 * called once. After NG_OK the new index is in place and durable, and the old one is gone.
 * Errors: NG_ERR_EXISTS (something came to be at output meanwhile), NG_ERR_IO. The text says so where the new
 * index is in place nevertheless, and only the old one could not be removed. */
int ng_publish_commit(struct ng_publish *publish, struct ng_err *err);

/* Removes an index that is no longer wanted. Nothing but parts of an index is removed. Errors: NG_ERR_EXISTS (there is
 * something else in the folder), NG_ERR_IO. */
int ng_publish_remove(const char *index, struct ng_err *err);

/* Removes the folder and what is in it unless it was committed. NULL is fine. */
void ng_publish_free(struct ng_publish *publish);

#endif
