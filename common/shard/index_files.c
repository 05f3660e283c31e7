#include "common/shard/index_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/limits.h"

/* index.json could not be opened, which err says: says instead what this means for the user. */
static void explain_missing(const char *folder, int status, struct ng_err *err) {
    struct stat info;
    if (status != NG_ERR_NOTFOUND) {
        (void)ng_err_hint(err, "give yourself permission to read the index, or name another with -i");
        return;
    }
    if (stat(folder, &info) != 0) {
        (void)ng_err_set(err, NG_ERR_NOTFOUND, "there is no index at %s", folder);
    } else if (!S_ISDIR(info.st_mode)) {
        (void)ng_err_set(err, NG_ERR_NOTFOUND, "%s is a file; an index is a folder", folder);
    } else {
        (void)ng_err_set(err, NG_ERR_NOTFOUND, "the folder %s exists, but holds no finished index (no %s)", folder,
                         NG_MANIFEST_FILE);
    }
    (void)ng_err_hint(err, "name an index with -i INDEX, or build one: ngidx build CORPUS -o INDEX");
}

static int map_manifest(struct ng_index_files *files, const char *path, struct ng_err *err) {
    struct stat info;
    files->folder = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    files->pinned = files->folder >= 0;
    if (!files->pinned) return ng_err_sys(err, errno, "cannot open %s", path);
    files->identity = ng_file_identify(files->folder, NG_MANIFEST_FILE);
    int fd = openat(files->folder, NG_MANIFEST_FILE, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ng_err_sys(err, errno, "cannot open %s/%s", path, NG_MANIFEST_FILE);
    int status = NG_OK;
    if (fstat(fd, &info) == 0) files->identity = ng_file_identity_of(&info);
    else status = ng_err_sys(err, errno, "cannot read the size of %s/%s", path, NG_MANIFEST_FILE);
    if (!status) status = ng_map_file(&files->manifest_map, fd, path, false, err);
    (void)close(fd);
    return status;
}

int ng_index_files_pin(struct ng_index_files *files, const char *path, struct ng_err *err) {
    *files = (struct ng_index_files){0};
    char *file = NULL;
    int status = ng_file_join(&file, path, NG_MANIFEST_FILE, err);
    if (status) return status;
    status = map_manifest(files, path, err);
    if (status == NG_ERR_NOTFOUND || status == NG_ERR_IO) explain_missing(path, status, err);
    const struct ng_map *map = &files->manifest_map;
    if (!status) status = ng_manifest_parse(&files->manifest, file, map->data, (size_t)map->length_bytes, err);
    free(file);
    return status;
}

/* Opens a file, looks whether the folder is still what it was, and only then spends time on loading it. */
static int map_part(const struct ng_index_files *files, const char *path, const char *name, struct ng_map *map,
                     enum ng_index_files_mode mode, struct ng_err *err) {
    char *file = NULL;
    int status = ng_file_join(&file, path, name, err);
    if (status) return status;
    int fd = openat(files->folder, name, O_RDONLY | O_CLOEXEC);
    int error_number = errno;
    struct ng_file_identity now = ng_file_identify(files->folder, NG_MANIFEST_FILE);
    if (!ng_file_identity_equal(&now, &files->identity)) {
        status = ng_err_set(err, NG_ERR_IO, "%s was replaced while it was being opened", path);
        (void)ng_err_hint(err, "try again");
    } else if (fd >= 0) {
        status = ng_map_file(map, fd, file, mode == NG_INDEX_FILES_LOAD, err);
    } else {
        status = ng_err_sys(err, error_number, "cannot open %s", file);
        if (status == NG_ERR_NOTFOUND) {
            (void)ng_err_hint(err, "the index lacks a file; restore the file, or build the index again");
        }
    }
    bool salvaged = mode == NG_INDEX_FILES_SALVAGE && ng_file_identity_equal(&now, &files->identity);
    if (salvaged && (status == NG_ERR_NOTFOUND || status == NG_ERR_IO)) status = NG_OK;
    if (fd >= 0) (void)close(fd);
    free(file);
    return status;
}

int ng_index_files_map(struct ng_index_files *files, const char *path, enum ng_index_files_mode mode,
                       struct ng_err *err) {
    const struct ng_manifest *manifest = &files->manifest;
    int status = NG_OK;
    files->shard_count = ng_manifest_files(manifest);
    files->shards = calloc((size_t)files->shard_count, sizeof *files->shards);
    files->removed = calloc((size_t)files->shard_count, sizeof *files->removed);
    if (!files->shards || !files->removed) return ng_err_nomem(err, files->shard_count * 2 * sizeof *files->shards, "the shards");
    for (uint64_t s = 0; s < files->shard_count && !status; s++) {
        const struct ng_manifest_shard *shard = ng_manifest_file(manifest, s);
        status = map_part(files, path, shard->file, &files->shards[s], mode, err);
        if (!status && shard->removed.documents > 0) {
            status = map_part(files, path, shard->removed.file, &files->removed[s], mode, err);
        }
    }
    /* Those that want it find out why it is not there; queries do without. */
    if (!status && manifest->files.bytes > 0) {
        status = map_part(files, path, manifest->files.file, &files->corpus_files, NG_INDEX_FILES_SALVAGE, err);
    }
    return status;
}

/* Whether path leads to another index.json than the one of a try that failed. Where there is none, there may be one
 * shortly: a file system that cannot swap two folders takes two renames. That is waited for, for a tenth of a second. */
static bool was_replaced(const struct ng_file_identity *tried, const char *path) {
    enum { PAUSES = 20 };
    static const struct timespec pause = {.tv_nsec = 5000000};
    static const struct ng_file_identity none;
    char *file = NULL;
    if (ng_file_join(&file, path, NG_MANIFEST_FILE, NULL)) return false;
    struct ng_file_identity now = ng_file_identify(AT_FDCWD, file);
    for (int i = 0; i < PAUSES && ng_file_identity_equal(&now, tried) && ng_file_identity_equal(&now, &none); i++) {
        (void)nanosleep(&pause, NULL);
        now = ng_file_identify(AT_FDCWD, file);
    }
    free(file);
    return !ng_file_identity_equal(&now, tried);
}

static int open_files(struct ng_index_files *files, const char *path, bool manifest_only,
                      enum ng_index_files_mode mode, struct ng_err *err) {
    for (unsigned tries = 1;; tries++) {
        int status = ng_index_files_pin(files, path, err);
        if (!status && !manifest_only) status = ng_index_files_map(files, path, mode, err);
        if (!status) break;
        struct ng_file_identity tried = files->identity;
        ng_index_files_close(files);
        if (status == NG_ERR_NOMEM || tries == NG_MAX_OPEN_TRIES || !was_replaced(&tried, path)) return status;
    }
    files->manifest_bytes = files->manifest_map.length_bytes;
    ng_map_close(&files->manifest_map);
    (void)close(files->folder);
    files->pinned = false;
    return NG_OK;
}

int ng_index_files_open(struct ng_index_files *files, const char *path, enum ng_index_files_mode mode,
                        struct ng_err *err) {
    return open_files(files, path, false, mode, err);
}

int ng_manifest_read(struct ng_manifest *manifest, const char *path, struct ng_err *err) {
    struct ng_index_files files;
    int status = open_files(&files, path, true, NG_INDEX_FILES_MAP, err);
    *manifest = files.manifest;
    files.manifest = (struct ng_manifest){0};
    ng_index_files_close(&files);
    return status;
}

void ng_index_files_close(struct ng_index_files *files) {
    if (!files) return;
    for (uint64_t s = 0; files->shards && s < files->shard_count; s++) ng_map_close(&files->shards[s]);
    for (uint64_t s = 0; files->removed && s < files->shard_count; s++) ng_map_close(&files->removed[s]);
    ng_map_close(&files->corpus_files);
    free(files->shards);
    free(files->removed);
    ng_manifest_free(&files->manifest);
    ng_map_close(&files->manifest_map);
    if (files->pinned) (void)close(files->folder);
    *files = (struct ng_index_files){0};
}
