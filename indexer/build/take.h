/* Takes a shard of one index over into another. Shards never change, so two indexes may share a file. */
#ifndef NG_INDEXER_BUILD_TAKE_H
#define NG_INDEXER_BUILD_TAKE_H

#include "common/files/files.h"
#include "common/os/file.h"
#include "common/shard/index_files.h"
#include "common/shard/manifest.h"
#include "indexer/build/stage.h"

struct ng_take {
    const char *folder; /* of the new index */
    uint64_t number;    /* of the shard in it */
    ng_build_progress *progress;
    void *progress_context;
};

/* Gives the file of a shard, which is mapped, a second name in the new index, or copies it where the file system has no
 * links; likewise the file of what was removed from it, if there is one. *entry is the shard as the new index lists it.
 * Errors: NG_ERR_CORRUPT (a file is not as long as index says), NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_take_shard(const struct ng_take *take, const char *index, const struct ng_manifest_shard *shard,
                  const struct ng_map *map, const struct ng_map *removed, struct ng_manifest_shard *entry,
                  struct ng_err *err);

/* Adds the files that an index lists to files, and takes over the map of its list. If the index has no list, the result
 * is marked as partial. Errors: NG_ERR_CORRUPT (damaged, missing), NG_ERR_IO, NG_ERR_NOMEM. */
int ng_take_files(struct ng_files *files, const char *index, struct ng_index_files *from, struct ng_err *err);

/* Writes the list of files into the folder of a new index, and names it in the manifest. A list that is partial and
 * empty is left out. Errors: those of ng_files_write. */
int ng_take_files_write(const struct ng_files *files, const char *folder, struct ng_manifest *manifest, struct ng_err *err);

#endif
