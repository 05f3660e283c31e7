/*
 * Atomic publication of an index folder. All files are written into OUTPUT.building; one rename then makes that
 * folder OUTPUT, or swaps it with the index at OUTPUT. A build may be killed at any moment: OUTPUT is then the whole
 * old index or the whole new one, or is absent if there was none. The next build removes what a killed build leaves
 * behind.
 *
 * Only files with our names are ever deleted: index.json, shard-NNNNN.ngx, removed-NNNNN-GGGGG.ngx, files.ngx, lock, and
 * *.tmp, the name for all other temporary files of a build.
 *
 * Readers may have the folder open meanwhile (common/shard/index_files.h). They rely on this: index.json is the last
 * file to enter a folder and the first to leave it.
 *
 * One build at a time writes an index: it holds an flock on OUTPUT.building/lock. On a file system without locks
 * (some network ones) two builds of one index at once go unnoticed.
 */
#ifndef NG_INDEXER_BUILD_PUBLISH_H
#define NG_INDEXER_BUILD_PUBLISH_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/os/file.h"
#include "common/shard/manifest.h"

struct ng_publish;

/* Checks that an index can be made at output, and makes the empty folder to write it into. output may be
 * relative, end in slashes, or be a symbolic link to an index; it may be an empty folder. With force it may be an
 * index, which commit will replace. With resume what an earlier build left in the folder stays. On success:
 * ng_publish_free.
 * Errors: NG_ERR_EXISTS (output is an index and force is false; it is anything but an index; another build is
 * writing it), NG_ERR_NOTFOUND (the folder above output), NG_ERR_USAGE, NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_publish_begin(struct ng_publish **publish, const char *output, bool force, bool resume, struct ng_err *err);

/* Locks an index to which files are to be added: no build, append or removal goes on meanwhile. What an earlier build
 * left to be resumed stays. On success: ng_publish_free. Errors: NG_ERR_NOTFOUND (no index), NG_ERR_EXISTS (another
 * build is writing it), NG_ERR_IO, NG_ERR_NOMEM. */
int ng_publish_lock(struct ng_publish **publish, const char *index, struct ng_err *err);

/* The folder of the index, an absolute path; valid until ng_publish_free. */
const char *ng_publish_target(const struct ng_publish *publish);

/* After ng_publish_lock: gives a new file in the index the permissions and owners of index.json, so that exactly the
 * readers of the index can read it. Errors: NG_ERR_IO. */
int ng_publish_share(const struct ng_publish *publish, const char *name, struct ng_err *err);

/* Whether the index.json of a locked index is the file of this identity. */
bool ng_publish_is_index(const struct ng_publish *publish, const struct ng_file_identity *identity);

/* Removes the files of removed documents that the manifest of a locked index does not name. Takes no memory. Errors:
 * NG_ERR_IO. */
int ng_publish_sweep(const struct ng_publish *publish, const struct ng_manifest *manifest, struct ng_err *err);

/* Makes ng_publish_free leave the folder for a later build that resumes. */
void ng_publish_keep(struct ng_publish *publish);

/* The folder to write into, an absolute path; valid until ng_publish_free. */
const char *ng_publish_folder(const struct ng_publish *publish);

/* Makes the folder the index. Every file in it is already durable, and index.json was written last. Call it once. After
 * NG_OK the new index is in place and durable, and the old one is gone.
 * Errors: NG_ERR_EXISTS (something appeared at output meanwhile), NG_ERR_IO. If the new index is in place and only the
 * old one could not be removed, the error text says so. */
int ng_publish_commit(struct ng_publish *publish, struct ng_err *err);

/* Removes an index that is no longer wanted; deletes only files of an index. Errors: NG_ERR_EXISTS (the folder holds
 * something else), NG_ERR_IO. */
int ng_publish_remove(const char *index, struct ng_err *err);

/* Removes the folder and its content unless it was committed or kept. NULL is fine. */
void ng_publish_free(struct ng_publish *publish);

#endif
