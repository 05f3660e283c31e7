#include "indexer/corpus/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/buf.h"
#include "common/base/limits.h"

static const char LIST[] = "the list of corpus files";

struct folder {
    char *path; /* owned */
    unsigned depth;
};

/* A listing in progress. Folders wait on a stack of our own: one is open at a time, however deep they lie. */
struct listing {
    struct ng_walk *walk;
    struct folder *waiting;
    size_t waiting_count;
    size_t waiting_capacity;
    struct stat excluded[NG_WALK_EXCLUDES];
    unsigned excluded_count;
};

/* Takes ownership of path, also on an error. */
static int add_file(struct ng_walk *walk, char *path, uint64_t bytes, struct ng_err *err) {
    struct ng_walk_file *files = ng_array_grow(walk->files, sizeof *files, walk->count, &walk->capacity, LIST, err);
    if (!files) {
        free(path);
        return NG_ERR_NOMEM;
    }
    walk->files = files;
    walk->files[walk->count++] = (struct ng_walk_file){.path = path, .bytes = bytes};
    return NG_OK;
}

/* Takes ownership of path, also on an error. */
static int add_folder(struct listing *listing, char *path, unsigned depth, struct ng_err *err) {
    if (depth > NG_MAX_FOLDER_DEPTH) {
        int status = ng_err_set(err, NG_ERR_LIMIT, "corpus folders nest over %u deep (NG_MAX_FOLDER_DEPTH): %s",
                                NG_MAX_FOLDER_DEPTH, path);
        free(path);
        return status;
    }
    struct folder *waiting = ng_array_grow(listing->waiting, sizeof *waiting, listing->waiting_count,
                                           &listing->waiting_capacity, LIST, err);
    if (!waiting) {
        free(path);
        return NG_ERR_NOMEM;
    }
    listing->waiting = waiting;
    listing->waiting[listing->waiting_count++] = (struct folder){.path = path, .depth = depth};
    return NG_OK;
}

static bool is_excluded(const struct listing *listing, const struct stat *found) {
    for (unsigned i = 0; i < listing->excluded_count; i++) {
        const struct stat *excluded = &listing->excluded[i];
        if (found->st_dev == excluded->st_dev && found->st_ino == excluded->st_ino) return true;
    }
    return false;
}

/* Adds what was found at path, found holding its stat. Takes ownership of path. found_link: path is a symbolic link
 * below a given folder. */
static int add_found(struct listing *listing, char *path, const struct stat *found, bool found_link, unsigned depth,
                     struct ng_err *err) {
    if (S_ISREG(found->st_mode)) {
        /* Better known now than hours into a build. */
        if (faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
            int status = ng_err_sys(err, errno, "cannot read corpus file %s", path);
            free(path);
            return status;
        }
        return add_file(listing->walk, path, (uint64_t)found->st_size, err);
    }
    if (S_ISDIR(found->st_mode) && !found_link && !is_excluded(listing, found)) return add_folder(listing, path, depth, err);
    free(path);
    return NG_OK;
}

static int add_entry(struct listing *listing, const struct folder *folder, const char *name, struct ng_err *err) {
    size_t length = strlen(folder->path);
    const char *slash = length > 0 && folder->path[length - 1] == '/' ? "" : "/";
    char *path;
    if (asprintf(&path, "%s%s%s", folder->path, slash, name) < 0) {
        return ng_err_nomem(err, length + strlen(name) + 2, "a file name");
    }
    struct stat found;
    int failed = lstat(path, &found);
    bool is_link = !failed && S_ISLNK(found.st_mode);
    if (is_link) failed = stat(path, &found);
    if (failed) {
        int status = ng_err_sys(err, errno, "cannot read corpus file %s%s", path, is_link ? " (a symbolic link)" : "");
        if (is_link) (void)ng_err_hint(err, "remove the link, or mend what it points to");
        free(path);
        return status;
    }
    return add_found(listing, path, &found, is_link, folder->depth + 1, err);
}

static int list_folder(struct listing *listing, const struct folder *folder, struct ng_err *err) {
    DIR *directory = opendir(folder->path);
    if (!directory) return ng_err_sys(err, errno, "cannot read corpus folder %s", folder->path);
    int status = NG_OK;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry) {
            if (errno) status = ng_err_sys(err, errno, "cannot read corpus folder %s", folder->path);
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        status = add_entry(listing, folder, entry->d_name, err);
        if (status) break;
    }
    (void)closedir(directory);
    return status;
}

static int list_waiting(struct listing *listing, struct ng_err *err) {
    int status = NG_OK;
    while (listing->waiting_count > 0) {
        struct folder folder = listing->waiting[--listing->waiting_count];
        if (!status) status = list_folder(listing, &folder, err);
        free(folder.path);
    }
    return status;
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(((const struct ng_walk_file *)a)->path, ((const struct ng_walk_file *)b)->path);
}

int ng_walk_add(struct ng_walk *walk, const char *path, const char *const exclude_paths[NG_WALK_EXCLUDES], struct ng_err *err) {
    struct stat found = {0};
    bool is_input = strcmp(path, "-") == 0;
    if (!is_input) {
        if (stat(path, &found) != 0) return ng_err_sys(err, errno, "cannot read corpus %s", path);
        if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) {
            (void)ng_err_set(err, NG_ERR_USAGE, "corpus %s is neither a file nor a folder", path);
            return ng_err_hint(err, "to read JSON lines from a pipe, give - and connect it to standard input");
        }
    }
    char *copy = strdup(path);
    if (!copy) return ng_err_nomem(err, strlen(path) + 1, "a file name");
    if (is_input) return add_file(walk, copy, 0, err);

    struct listing listing = {.walk = walk};
    for (unsigned i = 0; i < NG_WALK_EXCLUDES; i++) {
        if (exclude_paths[i] && stat(exclude_paths[i], &listing.excluded[listing.excluded_count]) == 0) {
            listing.excluded_count++;
        }
    }
    size_t first = walk->count;
    int status = add_found(&listing, copy, &found, false, 1, err);
    if (!status) status = list_waiting(&listing, err);
    free(listing.waiting);
    if (!status && walk->count > first) {
        qsort(walk->files + first, walk->count - first, sizeof *walk->files, compare_paths);
    }
    return status;
}

void ng_walk_free(struct ng_walk *walk) {
    if (!walk) return;
    for (size_t i = 0; i < walk->count; i++) free(walk->files[i].path);
    free(walk->files);
    *walk = (struct ng_walk){0};
}
