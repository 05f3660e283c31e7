/*
 * Opens the files of an index, all of one version. An index may be replaced while others read it: another folder takes
 * its name, and the old one is emptied, index.json first. So this module opens the folder once, opens index.json and
 * shards from it, and accepts a shard only if index.json in the folder is still the same file afterwards. That
 * suffices, because a folder's shards are written before its index.json and removed after it (indexer/build/publish.h).
 * If the folder was replaced meanwhile, everything is opened again.
 *
 * Mapped files stay valid whatever happens to the folder: a merge or verify that runs for hours reads the version that
 * it started with.
 */
#ifndef NG_COMMON_SHARD_INDEX_FILES_H
#define NG_COMMON_SHARD_INDEX_FILES_H

#include "common/os/file.h"
#include "common/shard/manifest.h"

struct ng_index_files {
    struct ng_file_identity identity; /* of index.json */
    struct ng_manifest manifest;
    struct ng_map manifest_map; /* index.json, until all files are open; until then no other file has its identity */
    uint64_t manifest_bytes;    /* size of index.json */
    struct ng_map *shards;      /* one for each ng_manifest_file; taking one over leaves an empty map */
    struct ng_map *removed;     /* of each of them, what tells its removed documents, if any; so, too */
    struct ng_map corpus_files; /* the list of the corpus's files; empty if there is none, or it cannot be mapped */
    uint64_t shard_count;
    int folder;                 /* descriptor, until all files are open */
    bool pinned;                /* folder is open */
};

enum ng_index_files_mode {
    NG_INDEX_FILES_MAP,
    NG_INDEX_FILES_LOAD,   /* shards are read into memory (ng_map_open) */
    NG_INDEX_FILES_SALVAGE /* as MAP, but a shard that is missing or cannot be mapped leaves an empty map */
};

/* Opens the index in folder path. On success, close files with ng_index_files_close.
 * Errors: NG_ERR_NOTFOUND (no such folder, no index in it, a shard is missing), NG_ERR_IO (also if the index was
 * replaced NG_MAX_OPEN_TRIES times meanwhile), NG_ERR_NOMEM, and those of ng_manifest_parse. */
int ng_index_files_open(struct ng_index_files *files, const char *path, enum ng_index_files_mode mode,
                        struct ng_err *err);

/* Reads only index.json. On success, free manifest with ng_manifest_free. Errors: as ng_index_files_open. */
int ng_manifest_read(struct ng_manifest *manifest, const char *path, struct ng_err *err);

/* Idempotent. files may be all zeros. */
void ng_index_files_close(struct ng_index_files *files);

/* The two halves of ng_index_files_open, without its retries; for that function and for tests. The first opens the
 * folder and reads index.json. The second opens the shards, and returns NG_ERR_IO if index.json in the folder is a
 * different file by then. Close files also after an error. */
int ng_index_files_pin(struct ng_index_files *files, const char *path, struct ng_err *err);
int ng_index_files_map(struct ng_index_files *files, const char *path, enum ng_index_files_mode mode,
                       struct ng_err *err);

#endif
