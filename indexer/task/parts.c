#include "indexer/task/parts.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/file.h"
#include "common/shard/manifest.h"
#include "indexer/build/publish.h"

#define PART_PREFIX "part-"
#define EMPTY_SUFFIX ".empty"
#define TALLY_SUFFIX ".tally"
#define LIST_TALLY NG_TASK_LIST_FILE TALLY_SUFFIX
#define LIST_TEMPORARY NG_TASK_LIST_FILE ".XXXXXX"

/* Whether an entry of the folder is of a build by tasks, finished shards included. */
static bool is_ours(const char *name) {
    return strncmp(name, PART_PREFIX, sizeof PART_PREFIX - 1) == 0 || ng_shard_name_valid(name) ||
           strncmp(name, NG_TASK_LIST_FILE, sizeof NG_TASK_LIST_FILE - 1) == 0 ||
           strcmp(name, NG_MANIFEST_FILE ".tmp") == 0 || strcmp(name, NG_MANIFEST_FILES_FILE) == 0;
}

/* Nothing is put beside what is not ours. An index that has its list no more is finished. */
static int inspect(struct ng_parts *parts, bool make, struct ng_err *err) {
    DIR *folder = opendir(parts->folder);
    if (!folder) return ng_err_sys(err, errno, "cannot list folder %s", parts->folder);
    bool manifest = false;
    bool list = false;
    int status = NG_OK;
    const struct dirent *entry;
    while (!status && (errno = 0, entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (strcmp(entry->d_name, NG_MANIFEST_FILE) == 0) manifest = true;
        else if (strcmp(entry->d_name, NG_TASK_LIST_FILE) == 0) list = true;
        else if (!is_ours(entry->d_name)) {
            status = ng_err_set(err, NG_ERR_EXISTS, "%s holds %s, which is not of a build by tasks", parts->folder,
                                entry->d_name);
        }
    }
    if (!status && errno) status = ng_err_sys(err, errno, "cannot list folder %s", parts->folder);
    (void)closedir(folder);
    parts->finished = manifest;
    if (status || !manifest || (list && !make)) return status;
    (void)ng_err_set(err, NG_ERR_EXISTS, "%s is an index already", parts->folder);
    return ng_err_hint(err, "if its tasks made it, it is finished: give --finish their CORPUS and options, too, to compare "
                       "it; else name another folder with -o");
}

int ng_parts_open(struct ng_parts *parts, const char *folder, bool make, struct ng_err *err) {
    *parts = (struct ng_parts){.lock = -1, .folder = strdup(folder)};
    if (!parts->folder) return ng_err_nomem(err, strlen(folder) + 1, "a file name");
    if (make && mkdir(folder, 0755) != 0 && errno != EEXIST) {
        int status = ng_err_sys(err, errno, "cannot make folder %s", folder);
        (void)ng_err_hint(err, "make the folder above it first (mkdir -p)");
        return status;
    }
    return inspect(parts, make, err);
}

/* Writes a new file of its own name, which the caller frees and removes. */
static int write_temporary(const struct ng_parts *parts, const uint8_t *bytes, size_t length, char **path,
                           struct ng_err *err) {
    int status = ng_file_join(path, parts->folder, LIST_TEMPORARY, err);
    if (status) return status;
    int fd = mkostemp(*path, O_CLOEXEC);
    if (fd < 0) {
        status = ng_err_sys(err, errno, "cannot create %s", *path);
        free(*path);
        *path = NULL;
        return status;
    }
    status = ng_file_write(fd, bytes, length, *path, err);
    if (!status && fchmod(fd, 0644) != 0) status = ng_err_sys(err, errno, "cannot share %s", *path);
    if (!status && fsync(fd) != 0) status = ng_err_sys(err, errno, "cannot sync %s", *path);
    (void)close(fd);
    return status;
}

int ng_parts_add_list(const struct ng_parts *parts, const uint8_t *bytes, size_t length, struct ng_err *err) {
    char *temporary = NULL;
    char *path = NULL;
    int status = write_temporary(parts, bytes, length, &temporary, err);
    if (!status) status = ng_file_join(&path, parts->folder, NG_TASK_LIST_FILE, err);
    assert(status || (temporary && path));
    /* A link never replaces: the first task's list stays. Some file systems have no links, but such a rename. */
    if (!status && link(temporary, path) != 0 && errno != EEXIST &&
        renameat2(AT_FDCWD, temporary, AT_FDCWD, path, RENAME_NOREPLACE) != 0 && errno != EEXIST) {
        status = ng_err_sys(err, errno, "cannot create %s", path);
    }
    if (temporary) (void)unlink(temporary);
    if (!status) status = ng_file_sync_folder(parts->folder, err);
    free(temporary);
    free(path);
    return status;
}

int ng_parts_read_list(const struct ng_parts *parts, struct ng_task_list *list, bool *found, struct ng_err *err) {
    struct ng_map map = {0};
    char *path = NULL;
    int status = ng_file_join(&path, parts->folder, NG_TASK_LIST_FILE, err);
    if (status) return status;
    *found = access(path, F_OK) == 0;
    if (*found) {
        status = ng_map_open(&map, path, true, err);
        if (!status) status = ng_task_list_parse(list, path, map.data, (size_t)map.length_bytes, err);
        ng_map_close(&map);
    }
    free(path);
    return status;
}

int ng_parts_lock(struct ng_parts *parts, struct ng_err *err) {
    char *path = NULL;
    int status = ng_file_join(&path, parts->folder, NG_TASK_LIST_FILE, err);
    if (status) return status;
    parts->lock = open(path, O_RDWR | O_CLOEXEC);
    if (parts->lock < 0) {
        status = ng_err_sys(err, errno, "cannot open %s", path);
    } else if (flock(parts->lock, LOCK_EX | LOCK_NB) != 0 && errno != ENOSYS && errno != ENOLCK && errno != EOPNOTSUPP) {
        status = errno == EWOULDBLOCK ? ng_err_set(err, NG_ERR_EXISTS, "another program is finishing %s", parts->folder)
                                      : ng_err_sys(err, errno, "cannot lock %s", path);
    }
    free(path);
    return status;
}

static int name_part(const struct ng_parts *parts, uint64_t number, const char *suffix, char **path, struct ng_err *err) {
    if (asprintf(path, "%s/" PART_PREFIX "%05llu%s", parts->folder, (unsigned long long)number, suffix) >= 0) return NG_OK;
    *path = NULL;
    return ng_err_nomem(err, strlen(parts->folder), "a file name");
}

int ng_parts_find(const struct ng_parts *parts, uint64_t number, char **path, enum ng_part_state *state,
                  struct ng_err *err) {
    char *empty = NULL;
    char *manifest = NULL;
    int status = name_part(parts, number, "", path, err);
    if (!status) status = name_part(parts, number, EMPTY_SUFFIX, &empty, err);
    if (!status) status = ng_file_join(&manifest, *path, NG_MANIFEST_FILE, err);
    if (!status) {
        *state = access(manifest, F_OK) == 0 ? NG_PART_THERE : access(empty, F_OK) == 0 ? NG_PART_EMPTY : NG_PART_MISSING;
    }
    free(empty);
    free(manifest);
    return status;
}

int ng_parts_add_empty(const struct ng_parts *parts, uint64_t number, struct ng_err *err) {
    char *path = NULL;
    int status = name_part(parts, number, EMPTY_SUFFIX, &path, err);
    if (status) return status;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0) status = ng_err_sys(err, errno, "cannot create %s", path);
    else (void)close(fd);
    free(path);
    return status ? status : ng_file_sync_folder(parts->folder, err);
}

static int name_tally(const struct ng_parts *parts, uint64_t number, char **path, struct ng_err *err) {
    return number == NG_PARTS_LISTING ? ng_file_join(path, parts->folder, LIST_TALLY, err)
                                      : name_part(parts, number, TALLY_SUFFIX, path, err);
}

int ng_parts_add_tally(const struct ng_parts *parts, uint64_t number, const struct ng_tally *tally, struct ng_err *err) {
    struct ng_buf bytes = {0};
    char *temporary = NULL;
    char *path = NULL;
    int status = ng_tally_format(tally, &bytes, err);
    if (!status) status = write_temporary(parts, bytes.data, bytes.length, &temporary, err);
    if (!status) status = name_tally(parts, number, &path, err);
    if (!status && rename(temporary, path) != 0) status = ng_err_sys(err, errno, "cannot create %s", path);
    if (status && temporary) (void)unlink(temporary);
    if (!status) status = ng_file_sync_folder(parts->folder, err);
    free(temporary);
    free(path);
    ng_buf_free(&bytes);
    return status;
}

int ng_parts_read_tally(const struct ng_parts *parts, uint64_t number, struct ng_tally *tally, bool *found,
                        struct ng_err *err) {
    struct ng_map map = {0};
    char *path = NULL;
    *tally = (struct ng_tally){0};
    *found = false;
    int status = name_tally(parts, number, &path, err);
    if (status) return status;
    int read = ng_map_open(&map, path, true, NULL);
    if (!read) read = ng_tally_parse(tally, path, map.data, (size_t)map.length_bytes, NULL);
    *found = !read;
    if (read) ng_tally_free(tally);
    ng_map_close(&map);
    free(path);
    return NG_OK;
}

static int remove_tally(const struct ng_parts *parts, uint64_t number, struct ng_err *err) {
    char *path = NULL;
    int status = name_tally(parts, number, &path, err);
    if (!status && unlink(path) != 0 && errno != ENOENT) status = ng_err_sys(err, errno, "cannot remove %s", path);
    free(path);
    return status;
}

static int remove_part(const struct ng_parts *parts, uint64_t number, struct ng_err *err) {
    static const char *const folders[] = {"", ".building", ".replaced"};
    char *path = NULL;
    int status = NG_OK;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && !status; i++) {
        status = name_part(parts, number, folders[i], &path, err);
        if (!status) status = ng_publish_remove(path, err);
        free(path);
        path = NULL;
    }
    if (!status) status = name_part(parts, number, EMPTY_SUFFIX, &path, err);
    if (!status && unlink(path) != 0 && errno != ENOENT) status = ng_err_sys(err, errno, "cannot remove %s", path);
    free(path);
    return status;
}

/* Removes what tasks were killed while writing, and the tally of the listing. */
static int remove_temporaries(const struct ng_parts *parts, struct ng_err *err) {
    static const char prefix[] = NG_TASK_LIST_FILE ".";
    DIR *folder = opendir(parts->folder);
    if (!folder) return ng_err_sys(err, errno, "cannot list folder %s", parts->folder);
    int status = NG_OK;
    const struct dirent *entry;
    while (!status && (errno = 0, entry = readdir(folder))) {
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0) continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) != 0 && errno != ENOENT) {
            status = ng_err_sys(err, errno, "cannot remove %s/%s", parts->folder, entry->d_name);
        }
    }
    if (!status && errno) status = ng_err_sys(err, errno, "cannot list folder %s", parts->folder);
    (void)closedir(folder);
    return status;
}

int ng_parts_remove(const struct ng_parts *parts, uint64_t count, struct ng_err *err) {
    char *list = NULL;
    int status = NG_OK;
    for (uint64_t i = 0; i < count && !status; i++) status = remove_part(parts, i, err);
    for (uint64_t i = 0; i < count && !status; i++) status = remove_tally(parts, i, err);
    if (!status) status = remove_temporaries(parts, err);
    if (!status) status = ng_file_join(&list, parts->folder, NG_TASK_LIST_FILE, err);
    if (!status && unlink(list) != 0 && errno != ENOENT) status = ng_err_sys(err, errno, "cannot remove %s", list);
    free(list);
    return status ? status : ng_file_sync_folder(parts->folder, err);
}

void ng_parts_close(struct ng_parts *parts) {
    if (parts->folder && parts->lock >= 0) (void)close(parts->lock);
    free(parts->folder);
    *parts = (struct ng_parts){.lock = -1};
}
