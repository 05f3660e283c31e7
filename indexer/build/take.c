#include "indexer/build/take.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* False where the file system cannot link, or where from is another file by now. */
static bool link_file(const struct ng_map *map, const char *from, const char *to) {
    struct stat info;
    if (link(from, to) != 0) return false;
    if (lstat(to, &info) == 0 && info.st_dev == map->device && info.st_ino == map->inode) return true;
    (void)unlink(to);
    return false;
}

static void report(const struct ng_take *take, uint64_t done, uint64_t total) {
    if (take->progress) take->progress(take->progress_context, NG_BUILD_COPY, take->number, done, total);
}

/* Takes over the file that index calls name and gives bytes as its size. */
static int take_file(const struct ng_take *take, const char *index, const char *name, uint64_t bytes,
                     const struct ng_map *map, const char *new_name, struct ng_err *err) {
    char *from = NULL;
    char *to = NULL;
    int status = ng_file_join(&from, index, name, err);
    if (!status) status = ng_file_join(&to, take->folder, new_name, err);
    if (!status && map->length_bytes != bytes) {
        status = ng_err_set(err, NG_ERR_CORRUPT, "%s does not match its index", from);
    }
    /* One that took it before us, and was killed, may have left it. */
    if (!status && unlink(to) != 0 && errno != ENOENT) status = ng_err_sys(err, errno, "cannot remove %s", to);
    if (!status && !link_file(map, from, to)) {
        report(take, 0, map->length_bytes);
        ng_map_advise(map, true);
        status = ng_file_write_durably(to, map->data, (size_t)map->length_bytes, err);
        report(take, map->length_bytes, map->length_bytes);
    }
    free(from);
    free(to);
    return status;
}

int ng_take_shard(const struct ng_take *take, const char *index, const struct ng_manifest_shard *shard,
                  const struct ng_map *map, const struct ng_map *removed, struct ng_manifest_shard *entry,
                  struct ng_err *err) {
    *entry = *shard;
    ng_shard_name_format(entry->file, take->number, ng_shard_name_folded(shard->file));
    int status = take_file(take, index, shard->file, shard->bytes, map, entry->file, err);
    if (status || shard->removed.documents == 0) return status;
    ng_removed_name_format(entry->removed.file, entry->file, ng_removed_name_generation(shard->removed.file));
    return take_file(take, index, shard->removed.file, shard->removed.bytes, removed, entry->removed.file, err);
}

int ng_take_files(struct ng_files *files, const char *index, struct ng_index_files *from, struct ng_err *err) {
    const struct ng_manifest_files *entry = &from->manifest.files;
    struct ng_container *container = NULL;
    char *path = NULL;
    if (entry->bytes == 0) {
        files->partial = true;
        return NG_OK;
    }
    int status = ng_file_join(&path, index, entry->file, err);
    if (!status && !from->corpus_files.data) {
        /* It could not be mapped; opening it says why. */
        status = ng_container_open(&container, path, err);
    } else if (!status && from->corpus_files.length_bytes != entry->bytes) {
        status = ng_err_set(err, NG_ERR_CORRUPT, "%s does not match its index", path);
    } else if (!status) {
        status = ng_container_adopt(&container, &from->corpus_files, path, err);
    }
    if (!status) status = ng_files_read(files, container, err);
    if (status == NG_ERR_CORRUPT || status == NG_ERR_NOTFOUND) {
        (void)ng_err_hint(err, "restore the list of files from a copy; 'ngidx merge %s -o OTHER' makes an index without it", index);
    }
    free(path);
    return status;
}

int ng_take_files_write(const struct ng_files *files, const char *folder, struct ng_manifest *manifest, struct ng_err *err) {
    struct ng_container_written written;
    char *path = NULL;
    manifest->files = (struct ng_manifest_files){0};
    if (files->partial && files->count == 0) return NG_OK;
    int status = ng_file_join(&path, folder, NG_MANIFEST_FILES_FILE, err);
    if (!status) status = ng_files_write(files, path, &written, err);
    free(path);
    if (status) return status;
    memcpy(manifest->files.file, NG_MANIFEST_FILES_FILE, sizeof manifest->files.file);
    memcpy(manifest->files.xxh3_128, written.xxh3_128, sizeof written.xxh3_128);
    manifest->files.bytes = written.bytes;
    return NG_OK;
}
