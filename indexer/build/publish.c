#include "indexer/build/publish.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/file.h"

#define LOCK_FILE "lock"
#define TEMPORARY_SUFFIX ".tmp"

struct ng_publish {
    char *target;   /* what output names, absolute and without links */
    char *parent;   /* the folder that holds it */
    char *building; /* where the new index is made */
    char *replaced; /* where the old one waits, if the file system cannot swap two folders */
    bool force;
    bool resume; /* what a build before left in building stays */
    bool keep;   /* building stays when all is freed */
    bool owned; /* building is ours to remove */
    int lock;   /* -1: none */
    DIR *listing; /* of building, so that removing it takes no memory */
    DIR *index;   /* of the target, if it is locked; so, too */
};

/* What a path is. */
enum content { CONTENT_NOTHING, CONTENT_EMPTY, CONTENT_PARTS, CONTENT_INDEX, CONTENT_OTHER };

static bool is_part(const char *name) {
    size_t length = strlen(name);
    size_t suffix = sizeof TEMPORARY_SUFFIX - 1;
    return strcmp(name, NG_MANIFEST_FILE) == 0 || strcmp(name, LOCK_FILE) == 0 || ng_shard_name_valid(name) ||
           ng_removed_name_valid(name) || strcmp(name, NG_MANIFEST_FILES_FILE) == 0 || (length > suffix && strcmp(name + length - suffix, TEMPORARY_SUFFIX) == 0);
}

static bool is_dots(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* CONTENT_INDEX: a manifest and a shard, and nothing that is not ours. CONTENT_PARTS: nothing that is not ours. */
static int inspect(const char *path, enum content *content, struct ng_err *err) {
    *content = CONTENT_OTHER;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        if (errno == ENOENT) *content = CONTENT_NOTHING;
        if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return NG_OK;
        return ng_err_sys(err, errno, "cannot open folder %s", path);
    }
    DIR *folder = fdopendir(fd);
    if (!folder) {
        int status = ng_err_sys(err, errno, "cannot list folder %s", path);
        (void)close(fd);
        return status;
    }
    bool manifest = false;
    bool shard = false;
    bool other = false;
    uint64_t count = 0;
    const struct dirent *entry;
    while (!other && (errno = 0, entry = readdir(folder))) {
        /* NFS gives a file that is removed while a program has it open such a name. */
        if (is_dots(entry->d_name) || strncmp(entry->d_name, ".nfs", 4) == 0) continue;
        count++;
        manifest = manifest || strcmp(entry->d_name, NG_MANIFEST_FILE) == 0;
        shard = shard || ng_shard_name_valid(entry->d_name);
        other = !is_part(entry->d_name);
    }
    int status = errno ? ng_err_sys(err, errno, "cannot list folder %s", path) : NG_OK;
    (void)closedir(folder);
    if (other) *content = CONTENT_OTHER;
    else if (count == 0) *content = CONTENT_EMPTY;
    else *content = manifest && shard ? CONTENT_INDEX : CONTENT_PARTS;
    return status;
}

static int remove_part(DIR *folder, const char *path, const char *name, struct ng_err *err) {
    assert(folder);
    if (unlinkat(dirfd(folder), name, 0) == 0 || errno == ENOENT) return NG_OK;
    return ng_err_sys(err, errno, "cannot remove %s/%s", path, name);
}

/* Removes the parts of an index from a folder, but for its lock. The manifest goes first, so that half an index never
 * passes for one. */
static int remove_parts(DIR *folder, const char *path, struct ng_err *err) {
    int status = remove_part(folder, path, NG_MANIFEST_FILE, err);
    const struct dirent *entry;
    rewinddir(folder);
    while (!status && (errno = 0, entry = readdir(folder))) {
        if (!is_part(entry->d_name) || strcmp(entry->d_name, LOCK_FILE) == 0) continue;
        status = remove_part(folder, path, entry->d_name, err);
    }
    if (!status && errno) status = ng_err_sys(err, errno, "cannot list folder %s", path);
    return status;
}

/* The lock goes last: as long as the folder is there, it is locked. */
static int remove_listed(DIR *folder, const char *path, struct ng_err *err) {
    int status = remove_parts(folder, path, err);
    if (!status) status = remove_part(folder, path, LOCK_FILE, err);
    /* Not empty: another build has come in since the lock was removed, and the folder is its own now. */
    if (!status && rmdir(path) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST) {
        status = ng_err_sys(err, errno, "cannot remove folder %s", path);
    }
    return status;
}

static int remove_folder(const char *path, struct ng_err *err) {
    DIR *folder = opendir(path);
    if (!folder) return ng_err_sys(err, errno, "cannot list folder %s", path);
    int status = remove_listed(folder, path, err);
    (void)closedir(folder);
    return status;
}

/* Whether a path still names what was opened. */
static bool is_named(int fd, const char *path) {
    struct stat opened;
    struct stat named;
    return fstat(fd, &opened) == 0 && stat(path, &named) == 0 && opened.st_dev == named.st_dev &&
           opened.st_ino == named.st_ino;
}

/* Locks a folder of ours. *fd is -1 where its lock was removed while we waited in line: then try again. */
static int lock_folder(const char *path, int *fd, struct ng_err *err) {
    char *name = NULL;
    int status = ng_file_join(&name, path, LOCK_FILE, err);
    if (status) return status;
    *fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (*fd < 0) {
        if (errno != ENOENT) status = ng_err_sys(err, errno, "cannot create %s", name);
        goto out;
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) != 0 && errno != ENOSYS && errno != ENOLCK && errno != EOPNOTSUPP) {
        status = errno == EWOULDBLOCK
                     ? ng_err_set(err, NG_ERR_EXISTS, "another build is writing this index: it holds %s", name)
                     : ng_err_sys(err, errno, "cannot lock %s", name);
        if (errno == EWOULDBLOCK) (void)ng_err_hint(err, "wait until it is done, or write to another folder with -o");
    } else if (is_named(*fd, name)) {
        goto out;
    }
    (void)close(*fd);
    *fd = -1;
out:
    free(name);
    return status;
}

static int refuse(int status, struct ng_err *err, const char *path, const char *why, const char *hint) {
    (void)ng_err_set(err, status, "%s %s", path, why);
    (void)ng_err_hint(err, "%s", hint);
    return status;
}

/* The folder above a path that starts with a slash; its own, where there is none. */
static char *parent_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* The target of an output that is not there yet: the folder above it, which must be there, and its last name. */
static int resolve_new(char **target, char *output, struct ng_err *err) {
    struct stat info;
    if (lstat(output, &info) == 0) {
        return refuse(NG_ERR_EXISTS, err, output, "is a link that leads nowhere", "remove it, or name another with -o");
    }
    char *slash = strrchr(output, '/');
    const char *name = slash ? slash + 1 : output;
    const char *above = !slash ? "." : slash == output ? "/" : output;
    if (slash) *slash = '\0';
    char *parent = realpath(above, NULL);
    if (!parent) {
        int status = ng_err_sys(err, errno, "cannot use %s, the folder that the index is to be made in", above);
        (void)ng_err_hint(err, "create it first (mkdir -p), or name another with -o");
        return status;
    }
    int status = ng_file_join(target, parent, name, err);
    free(parent);
    return status;
}

static int resolve(struct ng_publish *p, const char *output, struct ng_err *err) {
    size_t length = strlen(output);
    while (length > 1 && output[length - 1] == '/') length--;
    if (length == 0) return ng_err_set(err, NG_ERR_USAGE, "the name of the index is empty");
    char *stripped = strndup(output, length);
    if (!stripped) return ng_err_nomem(err, length, "a file name");
    int status = NG_OK;
    char *target = realpath(stripped, NULL);
    if (!target && errno == ENOENT) status = resolve_new(&target, stripped, err);
    else if (!target) status = ng_err_sys(err, errno, "cannot use %s", stripped);
    free(stripped);
    if (!target) return status;
    p->target = target;
    if (strcmp(p->target, "/") == 0) return ng_err_set(err, NG_ERR_USAGE, "/ cannot be an index");
    p->parent = parent_of(p->target);
    if (!p->parent) return ng_err_nomem(err, length, "a file name");
    if (asprintf(&p->building, "%s.building", p->target) < 0) p->building = NULL;
    if (asprintf(&p->replaced, "%s.replaced", p->target) < 0) p->replaced = NULL;
    return p->building && p->replaced ? NG_OK : ng_err_nomem(err, length, "a file name");
}

/* Whether the target is free, or may be replaced. */
static int check_target(const struct ng_publish *p, enum content *content, struct ng_err *err) {
    int status = inspect(p->target, content, err);
    if (status || *content == CONTENT_NOTHING) return status;
    if (*content == CONTENT_OTHER || *content == CONTENT_PARTS) {
        return refuse(NG_ERR_EXISTS, err, p->target, "is not an index of ngidx, or not only; it is left alone",
                      "move what is not ngidx's out of it, or name another folder");
    }
    if (*content == CONTENT_INDEX && !p->force) {
        return refuse(NG_ERR_EXISTS, err, p->target, "is an index already",
                      "add --force to replace it, or name another with -o");
    }
    struct stat target;
    struct stat parent;
    if (stat(p->target, &target) != 0) return ng_err_sys(err, errno, "cannot use %s", p->target);
    if (stat(p->parent, &parent) != 0) return ng_err_sys(err, errno, "cannot use %s", p->parent);
    if (target.st_dev != parent.st_dev) {
        return refuse(NG_ERR_USAGE, err, p->target, "is a mount point, which cannot be renamed", "name a folder in it");
    }
    if (access(p->target, W_OK | X_OK) != 0) return ng_err_sys(err, errno, "cannot replace %s", p->target);
    return NG_OK;
}

/* Looks at OUTPUT.building and locks it. p->lock is -1 where it has gone: then try again. */
static int try_building(struct ng_publish *p, struct ng_err *err) {
    enum content content;
    int status = inspect(p->building, &content, err);
    if (status || content == CONTENT_NOTHING) return status;
    if (content == CONTENT_OTHER) {
        return refuse(NG_ERR_EXISTS, err, p->building, "is in the way: it holds what no build has left",
                      "remove it yourself, or write to another folder with -o");
    }
    p->listing = opendir(p->building);
    if (!p->listing) return errno == ENOENT ? NG_OK : ng_err_sys(err, errno, "cannot list folder %s", p->building);
    status = lock_folder(p->building, &p->lock, err);
    if (!status && p->lock >= 0 && is_named(dirfd(p->listing), p->building)) return NG_OK;
    if (p->lock >= 0) (void)close(p->lock);
    p->lock = -1;
    (void)closedir(p->listing);
    p->listing = NULL;
    return status;
}

/* Makes OUTPUT.building, or takes over the one of a killed build, and locks it. */
static int claim_building(struct ng_publish *p, struct ng_err *err) {
    enum { TRIES = 100 };
    for (int i = 0; i < TRIES && p->lock < 0; i++) {
        bool made = mkdir(p->building, 0755) == 0;
        if (!made && errno != EEXIST) return ng_err_sys(err, errno, "cannot make folder %s", p->building);
        int status = try_building(p, err);
        if (!status) continue;
        if (made) (void)rmdir(p->building); /* unless another build has come in */
        return status;
    }
    if (p->lock < 0) return ng_err_set(err, NG_ERR_EXISTS, "%s keeps changing: other builds are at work", p->building);
    p->owned = true;
    return p->resume ? remove_part(p->listing, p->building, NG_MANIFEST_FILE, err)
                     : remove_parts(p->listing, p->building, err);
}

/* A build may have been killed while it replaced an index by two renames: puts the old index back, or finishes
 * the removal of it. */
static int recover_replaced(const struct ng_publish *p, struct ng_err *err) {
    enum content replaced;
    enum content target;
    int status = inspect(p->replaced, &replaced, err);
    if (!status) status = inspect(p->target, &target, err);
    if (status || replaced == CONTENT_NOTHING || replaced == CONTENT_OTHER) return status;
    if (replaced != CONTENT_INDEX || target != CONTENT_NOTHING) return remove_folder(p->replaced, err);
    if (rename(p->replaced, p->target) == 0) return NG_OK;
    return ng_err_sys(err, errno, "cannot rename %s back to %s", p->replaced, p->target);
}

int ng_publish_begin(struct ng_publish **publish, const char *output, bool force, bool resume, struct ng_err *err) {
    struct ng_publish *p = calloc(1, sizeof *p);
    if (!p) return ng_err_nomem(err, sizeof *p, "the output folder");
    enum content content;
    p->force = force;
    p->resume = resume;
    p->lock = -1;
    int status = resolve(p, output, err);
    if (status) goto out;
    assert(p->target && p->parent && p->building && p->replaced);
    /* First without the lock, so that nothing is touched if the answer is no. */
    status = check_target(p, &content, err);
    if (!status) status = claim_building(p, err);
    if (!status) status = recover_replaced(p, err);
    if (!status) status = check_target(p, &content, err);
    if (status) goto out;
    *publish = p;
    p = NULL;
out:
    ng_publish_free(p);
    return status;
}

/* Whether a build has left more in its folder than the lock. */
static bool has_parts(DIR *folder) {
    const struct dirent *entry;
    rewinddir(folder);
    while ((entry = readdir(folder))) {
        if (!is_dots(entry->d_name) && strcmp(entry->d_name, LOCK_FILE) != 0) return true;
    }
    return false;
}

int ng_publish_lock(struct ng_publish **publish, const char *index, struct ng_err *err) {
    struct ng_publish *p = NULL;
    enum content content;
    int status = ng_publish_begin(&p, index, true, true, err);
    if (status) return status;
    if (has_parts(p->listing)) p->keep = true;
    status = inspect(p->target, &content, err);
    if (!status && content != CONTENT_INDEX) {
        status = ng_err_set(err, NG_ERR_NOTFOUND, "there is no index at %s", index);
    }
    if (!status && !(p->index = opendir(p->target))) status = ng_err_sys(err, errno, "cannot list folder %s", p->target);
    if (status) ng_publish_free(p);
    else *publish = p;
    return status;
}

const char *ng_publish_target(const struct ng_publish *publish) {
    return publish->target;
}

int ng_publish_share(const struct ng_publish *publish, const char *name, struct ng_err *err) {
    struct stat like;
    if (fstatat(dirfd(publish->index), NG_MANIFEST_FILE, &like, 0) == 0) {
        return ng_file_take_mode(dirfd(publish->index), name, &like, err);
    }
    return ng_err_sys(err, errno, "cannot use %s/%s", publish->target, NG_MANIFEST_FILE);
}

bool ng_publish_is_index(const struct ng_publish *publish, const struct ng_file_identity *identity) {
    struct ng_file_identity now = ng_file_identify(dirfd(publish->index), NG_MANIFEST_FILE);
    return ng_file_identity_equal(&now, identity);
}

static bool names(const struct ng_manifest *manifest, const char *file) {
    for (uint64_t i = 0; i < ng_manifest_files(manifest); i++) {
        const struct ng_manifest_removed *removed = &ng_manifest_file(manifest, i)->removed;
        if (removed->documents > 0 && strcmp(removed->file, file) == 0) return true;
    }
    return false;
}

int ng_publish_sweep(const struct ng_publish *publish, const struct ng_manifest *manifest, struct ng_err *err) {
    int status = NG_OK;
    const struct dirent *entry;
    rewinddir(publish->index);
    while (!status && (errno = 0, entry = readdir(publish->index))) {
        if (!ng_removed_name_valid(entry->d_name) || names(manifest, entry->d_name)) continue;
        status = remove_part(publish->index, publish->target, entry->d_name, err);
    }
    if (!status && errno) status = ng_err_sys(err, errno, "cannot list folder %s", publish->target);
    return status;
}

void ng_publish_keep(struct ng_publish *publish) {
    publish->keep = true;
}

const char *ng_publish_folder(const struct ng_publish *publish) {
    return publish->building;
}

/* Swaps the new index and the old one; the old one's path is then *old. */
static int replace_target(const struct ng_publish *p, const char **old, struct ng_err *err) {
    if (renameat2(AT_FDCWD, p->building, AT_FDCWD, p->target, RENAME_EXCHANGE) == 0) {
        *old = p->building;
        return NG_OK;
    }
    if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) {
        return ng_err_sys(err, errno, "cannot replace %s", p->target);
    }
    /* A file system that cannot swap: between the two renames there is no index, but nothing is lost. */
    if (rename(p->target, p->replaced) != 0) return ng_err_sys(err, errno, "cannot replace %s", p->target);
    if (rename(p->building, p->target) == 0) {
        *old = p->replaced;
        return NG_OK;
    }
    int status = ng_err_sys(err, errno, "cannot rename %s to %s", p->building, p->target);
    (void)rename(p->replaced, p->target);
    return status;
}

/* The new index is in place: makes that durable, and only then removes the old one. */
static int finish_replacing(struct ng_publish *p, DIR *listing, const char *old, struct ng_err *err) {
    struct ng_err cause;
    int status = ng_file_sync_folder(p->parent, &cause);
    if (!status) status = remove_listed(listing, old, &cause);
    if (!status) return NG_OK;
    (void)ng_err_set(err, status, "the new index is in place, but the old one could not be removed: %s", cause.text);
    return ng_err_hint(err, "remove %s yourself", old);
}

/* Gives the new folder and its files the permissions and owners of the old one. Files with more links may be those of the
 * old index, or of a copy of it: they only lose permissions. */
static int take_modes(const struct ng_publish *p, int target, struct ng_err *err) {
    int building = dirfd(p->listing);
    struct stat folder;
    struct stat like;
    if (fstat(target, &folder) != 0 || fstatat(target, NG_MANIFEST_FILE, &like, 0) != 0) {
        return ng_err_sys(err, errno, "cannot use %s", p->target);
    }
    const struct dirent *entry;
    rewinddir(p->listing);
    while ((errno = 0, entry = readdir(p->listing))) {
        struct stat file;
        if (!is_part(entry->d_name) || fstatat(building, entry->d_name, &file, AT_SYMLINK_NOFOLLOW) != 0) continue;
        if (!S_ISREG(file.st_mode)) continue;
        if (file.st_nlink > 1) {
            mode_t mode = file.st_mode & like.st_mode & 0666;
            if (mode != (file.st_mode & 0777) && fchmodat(building, entry->d_name, mode, 0) != 0) break;
            continue;
        }
        int status = ng_file_take_mode(building, entry->d_name, &like, err);
        if (status) return status;
    }
    if (!errno && fchown(building, folder.st_uid, folder.st_gid) != 0 && errno == EPERM) errno = 0;
    if (!errno) (void)fchmod(building, folder.st_mode & 07777);
    return errno ? ng_err_sys(err, errno, "cannot give %s the permissions of %s", p->building, p->target) : NG_OK;
}

static int replace_index(struct ng_publish *p, struct ng_err *err) {
    const char *old = NULL;
    int old_lock = -1;
    DIR *listing = opendir(p->target); /* now, as removing is to take no memory */
    if (!listing) return ng_err_sys(err, errno, "cannot list folder %s", p->target);
    /* The old index takes the name OUTPUT.building until it is removed: locked, so that no other build takes that for
     * its own. */
    int status = lock_folder(p->target, &old_lock, err);
    if (!status) status = take_modes(p, dirfd(listing), err);
    if (!status) status = replace_target(p, &old, err);
    if (status) {
        if (old_lock >= 0) (void)unlinkat(dirfd(listing), LOCK_FILE, 0);
    } else {
        (void)unlinkat(dirfd(p->listing), LOCK_FILE, 0);
        assert(old);
        p->owned = false;
        status = finish_replacing(p, listing, old, err);
    }
    (void)closedir(listing);
    if (old_lock >= 0) (void)close(old_lock);
    return status;
}

int ng_publish_commit(struct ng_publish *p, struct ng_err *err) {
    enum content content;
    int status = ng_file_sync_folder(p->building, err);
    if (!status) status = check_target(p, &content, err);
    if (status) return status;
    if (content == CONTENT_INDEX) return replace_index(p, err);
    if (rename(p->building, p->target) != 0) {
        return ng_err_sys(err, errno, "cannot rename %s to %s", p->building, p->target);
    }
    (void)unlinkat(dirfd(p->listing), LOCK_FILE, 0);
    p->owned = false;
    return ng_file_sync_folder(p->parent, err);
}

int ng_publish_remove(const char *index, struct ng_err *err) {
    enum content content;
    int status = inspect(index, &content, err);
    if (status || content == CONTENT_NOTHING) return status;
    if (content == CONTENT_OTHER) return refuse(NG_ERR_EXISTS, err, index, "holds what is no index", "look into it");
    return remove_folder(index, err);
}

void ng_publish_free(struct ng_publish *p) {
    if (!p) return;
    if (p->owned && !p->keep) (void)remove_listed(p->listing, p->building, NULL);
    if (p->listing) (void)closedir(p->listing);
    if (p->index) (void)closedir(p->index);
    if (p->lock >= 0) (void)close(p->lock);
    free(p->replaced);
    free(p->building);
    free(p->parent);
    free(p->target);
    free(p);
}
