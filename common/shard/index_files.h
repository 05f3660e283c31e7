/*
 * The files of an index, all of one version. An index is replaced while others read it: another folder takes its name,
 * and the old one is emptied, index.json first. So the folder is opened once, index.json and shards are opened from it,
 * and each shard counts only if the folder's index.json is still the same file afterwards. That suffices, since a
 * folder's shards are written before its index.json and removed after it (indexer/build/publish.h). Where the folder
 * was replaced on the way, all is opened anew.
 *
 * Once they are mapped, the files stay whatever happens to the folder: whoever merges or verifies an index for hours
 * reads the version that it began with.
 */
#ifndef NG_COMMON_SHARD_INDEX_FILES_H
#define NG_COMMON_SHARD_INDEX_FILES_H

#include "common/os/file.h"
#include "common/shard/manifest.h"

struct ng_index_files {
    struct ng_file_identity identity; /* of index.json */
    struct ng_manifest manifest;
    struct ng_map manifest_map; /* index.json, until all are open: meanwhile no other file can have its identity */
    uint64_t manifest_bytes;    /* its size */
    struct ng_map *shards;      /* one for each ng_manifest_file; who takes one over leaves an empty one */
    uint64_t shard_count;
    int folder;                 /* descriptor, until all are open */
    bool pinned;                /* there is one */
};

enum ng_index_files_mode {
    NG_INDEX_FILES_MAP,
    NG_INDEX_FILES_LOAD,   /* shards are read into memory (ng_map_open) */
    NG_INDEX_FILES_SALVAGE /* as MAP, but a shard that is missing or cannot be mapped leaves an empty map */
};

/* Opens the index in folder path. On success: ng_index_files_close.
 * Errors: NG_ERR_NOTFOUND (no such folder, no index in it, a shard is missing), NG_ERR_IO (also where the index was
 * replaced NG_MAX_OPEN_TRIES times meanwhile), NG_ERR_NOMEM, and those of ng_manifest_parse. */
int ng_index_files_open(struct ng_index_files *files, const char *path, enum ng_index_files_mode mode,
                        struct ng_err *err);

/* Reads index.json alone. Errors: as ng_index_files_open. On success: ng_manifest_free. */
int ng_manifest_read(struct ng_manifest *manifest, const char *path, struct ng_err *err);

/* Idempotent; all zeros are fine. */
void ng_index_files_close(struct ng_index_files *files);

/* The two halves of ng_index_files_open, without its new tries; for it and for tests. The first opens the folder and
 * reads index.json. The second opens the shards; NG_ERR_IO where the folder's index.json is another by then. To be
 * closed after an error, too. */
int ng_index_files_pin(struct ng_index_files *files, const char *path, struct ng_err *err);
int ng_index_files_map(struct ng_index_files *files, const char *path, enum ng_index_files_mode mode,
                       struct ng_err *err);

#endif
