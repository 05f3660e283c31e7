#include "indexer/corpus/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <search.h>
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
    bool is_link; /* found through a symbolic link */
};

/* A device and an inode: what is one and the same under all its names. */
struct identity {
    dev_t device;
    ino_t inode;
};

struct folders {
    struct folder *items;
    size_t count;
    size_t capacity;
};

/* A listing in progress. Folders wait on a stack of our own: one is open at a time, however deep they lie. */
struct listing {
    struct ng_walk *walk;
    const struct ng_walk_options *options;
    size_t root_bytes; /* of the given folder's path, its slash included */
    struct folders waiting;
    struct folders linked; /* by symbolic links; entered once all others are listed */
    void *entered;         /* with options->follow: a tree of the folders' identities */
    struct identity excluded[NG_WALK_EXCLUDES];
    unsigned excluded_count;
};

static void note(const struct listing *listing, enum ng_note what, const char *path, const char *why) {
    if (listing->options->note) listing->options->note(listing->options->note_context, what, path, 0, why);
}

/* Takes ownership of file->path, also on an error. */
static int add_file(struct ng_walk *walk, const struct ng_walk_file *file, struct ng_err *err) {
    struct ng_walk_file *files = ng_array_grow(walk->files, sizeof *files, walk->count, &walk->capacity, LIST, err);
    if (!files) {
        free(file->path);
        return NG_ERR_NOMEM;
    }
    walk->files = files;
    walk->files[walk->count] = *file;
    walk->files[walk->count++].call = walk->calls > 0 ? walk->calls - 1 : 0;
    return NG_OK;
}

/* Takes ownership of folder->path, also on an error. */
static int add_folder(struct folders *folders, const struct folder *folder, struct ng_err *err) {
    int status = NG_ERR_NOMEM;
    struct folder *items = NULL;
    if (folder->depth > NG_MAX_FOLDER_DEPTH) {
        status = ng_err_set(err, NG_ERR_LIMIT, "corpus folders nest over %u deep (NG_MAX_FOLDER_DEPTH): %s",
                            NG_MAX_FOLDER_DEPTH, folder->path);
    } else {
        items = ng_array_grow(folders->items, sizeof *items, folders->count, &folders->capacity, LIST, err);
    }
    if (!items) {
        free(folder->path);
        return status;
    }
    folders->items = items;
    folders->items[folders->count++] = *folder;
    return NG_OK;
}

static bool is_excluded(const struct listing *listing, const struct stat *found) {
    for (unsigned i = 0; i < listing->excluded_count; i++) {
        const struct identity *excluded = &listing->excluded[i];
        if (found->st_dev == excluded->device && found->st_ino == excluded->inode) return true;
    }
    return false;
}

static bool matches(const struct listing *listing, const char *const *globs, size_t count, const char *path) {
    const char *below = path + listing->root_bytes;
    const char *slash = strrchr(path, '/');
    for (size_t i = 0; i < count; i++) {
        const char *subject = strchr(globs[i], '/') || !slash ? below : slash + 1;
        if (fnmatch(globs[i], subject, 0) == 0) return true;
    }
    return false;
}

/* Whether what was found below a given folder counts; notes it where not. */
static bool is_wanted(const struct listing *listing, const char *path, const struct stat *found) {
    const struct ng_walk_options *options = listing->options;
    if (S_ISDIR(found->st_mode) && is_excluded(listing, found)) return false; /* ours: no news */
    if (!options->hidden && strrchr(path, '/')[1] == '.') {
        note(listing, NG_NOTE_HIDDEN, path, "");
        return false;
    }
    bool wanted = !matches(listing, options->exclude, options->exclude_count, path);
    if (wanted && !S_ISDIR(found->st_mode) && options->include_count > 0) {
        wanted = matches(listing, options->include, options->include_count, path);
    }
    if (!wanted) note(listing, NG_NOTE_EXCLUDED, path, "");
    return wanted;
}

/* Adds a file or folder. Takes ownership of path. */
static int add_found(struct listing *listing, char *path, const struct stat *found, bool is_link, unsigned depth,
                     struct ng_err *err) {
    if (S_ISREG(found->st_mode)) {
        /* Better known now than hours into a build. */
        if (!listing->options->skip_unreadable && faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0) {
            int status = ng_err_sys(err, errno, "cannot read corpus file %s", path);
            free(path);
            (void)ng_err_hint(err, "pass over such files with --skip-bad-files");
            return status;
        }
        const struct ng_walk_file file = {.path = path, .bytes = (uint64_t)found->st_size, .device = found->st_dev,
                                          .inode = found->st_ino, .is_link = is_link, .is_given = depth == 1};
        return add_file(listing->walk, &file, err);
    }
    if (S_ISDIR(found->st_mode)) {
        const struct folder folder = {.path = path, .depth = depth, .is_link = is_link};
        return add_folder(is_link ? &listing->linked : &listing->waiting, &folder, err);
    }
    note(listing, NG_NOTE_SPECIAL, path, "");
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
    bool is_dangling = is_link && stat(path, &found) != 0;
    int why = errno;
    int status = failed ? ng_err_sys(err, errno, "cannot read corpus file %s", path) : NG_OK;
    if (!failed && is_wanted(listing, path, &found)) {
        bool is_folder_link = is_link && !is_dangling && S_ISDIR(found.st_mode);
        if (is_dangling) note(listing, NG_NOTE_DANGLING, path, strerror(why));
        else if (is_folder_link && !listing->options->follow) note(listing, NG_NOTE_LINK, path, "");
        else return add_found(listing, path, &found, is_link || folder->is_link, folder->depth + 1, err);
    }
    free(path);
    return status;
}

/* Whether the folder is an index, which holds no documents for another. */
static bool is_index(int folder) {
    return faccessat(folder, "shard-00000.ngx", F_OK, 0) == 0;
}

static int compare_identities(const void *a, const void *b) {
    return memcmp(a, b, sizeof(struct identity));
}

/* With options->follow: whether the folder is entered for the first time. */
static int enter(struct listing *listing, int folder, bool *first, struct ng_err *err) {
    *first = true;
    struct stat found;
    if (!listing->options->follow || fstat(folder, &found) != 0) return NG_OK;
    struct identity *identity = calloc(1, sizeof *identity);
    if (identity) *identity = (struct identity){found.st_dev, found.st_ino};
    void *node = identity ? tsearch(identity, &listing->entered, compare_identities) : NULL;
    *first = node && *(struct identity **)node == identity;
    if (!*first) free(identity);
    return node ? NG_OK : ng_err_nomem(err, sizeof *identity, "the list of corpus folders");
}

static int list_folder(struct listing *listing, const struct folder *folder, struct ng_err *err) {
    DIR *directory = opendir(folder->path);
    if (!directory && listing->options->skip_unreadable) {
        note(listing, NG_NOTE_BAD_FILE, folder->path, strerror(errno));
        return NG_OK;
    }
    if (!directory) return ng_err_sys(err, errno, "cannot read corpus folder %s", folder->path);
    bool first = true;
    bool index = is_index(dirfd(directory));
    int status = enter(listing, dirfd(directory), &first, err);
    if (!status && index) note(listing, NG_NOTE_INDEX, folder->path, "");
    else if (!status && !first) note(listing, NG_NOTE_REPEATED, folder->path, "");
    while (!status && !index && first) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry) {
            if (errno) status = ng_err_sys(err, errno, "cannot read corpus folder %s", folder->path);
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        status = add_entry(listing, folder, entry->d_name, err);
    }
    (void)closedir(directory);
    return status;
}

static int compare_folders(const void *a, const void *b) {
    return strcmp(((const struct folder *)a)->path, ((const struct folder *)b)->path);
}

/* Folders by their own names first, then through links in the order of those: which name a folder gets depends on names
 * alone. */
static int list_waiting(struct listing *listing, struct ng_err *err) {
    struct folders *waiting = &listing->waiting;
    struct folders *linked = &listing->linked;
    int status = NG_OK;
    for (;;) {
        while (waiting->count > 0) {
            struct folder folder = waiting->items[--waiting->count];
            if (!status) status = list_folder(listing, &folder, err);
            free(folder.path);
        }
        if (linked->count == 0) break;
        qsort(linked->items, linked->count, sizeof *linked->items, compare_folders);
        int added = add_folder(waiting, &linked->items[0], err);
        if (added && !status) status = added;
        linked->count--;
        memmove(linked->items, linked->items + 1, linked->count * sizeof *linked->items);
    }
    free(waiting->items);
    free(linked->items);
    tdestroy(listing->entered, free);
    return status;
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(((const struct ng_walk_file *)a)->path, ((const struct ng_walk_file *)b)->path);
}

/* Files that are the same side by side, the one that is no link first, then by path. */
static int compare_files(const void *a, const void *b) {
    const struct ng_walk_file *x = a;
    const struct ng_walk_file *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode) return x->inode < y->inode ? -1 : 1;
    if (x->is_link != y->is_link) return x->is_link ? 1 : -1;
    return strcmp(x->path, y->path);
}

/* Takes links out of the files from first on that lead to a file listed before. */
static void drop_repeated(const struct listing *listing, size_t first) {
    struct ng_walk *walk = listing->walk;
    struct ng_walk_file *files = walk->files + first;
    size_t count = walk->count - first;
    size_t kept = 0;
    qsort(files, count, sizeof *files, compare_files);
    for (size_t i = 0; i < count; i++) {
        const struct ng_walk_file *before = kept > 0 ? &files[kept - 1] : NULL;
        if (files[i].is_link && before && files[i].device == before->device && files[i].inode == before->inode) {
            note(listing, NG_NOTE_REPEATED, files[i].path, before->path);
            free(files[i].path);
        } else {
            files[kept++] = files[i];
        }
    }
    walk->count = first + kept;
    qsort(files, kept, sizeof *files, compare_paths);
}

static int compare_same(const void *a, const void *b) {
    const struct ng_walk_file *x = a;
    const struct ng_walk_file *y = b;
    if (x->device != y->device) return x->device < y->device ? -1 : 1;
    if (x->inode != y->inode) return x->inode < y->inode ? -1 : 1;
    return x->call != y->call ? (x->call < y->call ? -1 : 1) : strcmp(x->path, y->path);
}

int ng_walk_note_twice(const struct ng_walk *walk, const struct ng_walk_options *options, struct ng_err *err) {
    if (walk->calls < 2 || walk->count == 0 || !options->note) return NG_OK;
    struct ng_walk_file *files = calloc(walk->count, sizeof *files);
    if (!files) return ng_err_nomem(err, walk->count * sizeof *files, "the list of corpus files");
    memcpy(files, walk->files, walk->count * sizeof *files);
    qsort(files, walk->count, sizeof *files, compare_same);
    const struct ng_walk_file *first = files;
    for (const struct ng_walk_file *file = files; file < files + walk->count; file++) {
        if (file->device != first->device || file->inode != first->inode) first = file;
        if (file->call == first->call || strcmp(file->path, "-") == 0) continue;
        options->note(options->note_context, NG_NOTE_TWICE, file->path, 0, first->path);
    }
    free(files);
    return NG_OK;
}

int ng_walk_add(struct ng_walk *walk, const char *path, const struct ng_walk_options *options, struct ng_err *err) {
    struct stat found = {0};
    bool is_input = strcmp(path, "-") == 0;
    walk->calls++;
    if (!is_input) {
        if (stat(path, &found) != 0) return ng_err_sys(err, errno, "cannot read corpus %s", path);
        if (!S_ISREG(found.st_mode) && !S_ISDIR(found.st_mode)) {
            (void)ng_err_set(err, NG_ERR_USAGE, "corpus %s is neither a file nor a folder", path);
            return ng_err_hint(err, "to read JSON lines from a pipe, give - and connect it to standard input");
        }
    }
    char *copy = strdup(path);
    if (!copy) return ng_err_nomem(err, strlen(path) + 1, "a file name");
    if (is_input) return add_file(walk, &(struct ng_walk_file){.path = copy, .is_given = true}, err);

    size_t length = strlen(path);
    struct listing listing = {.walk = walk, .options = options,
                              .root_bytes = length + (length > 0 && path[length - 1] != '/')};
    for (unsigned i = 0; i < NG_WALK_EXCLUDES; i++) {
        struct stat excluded;
        if (!options->exclude_paths[i] || stat(options->exclude_paths[i], &excluded) != 0) continue;
        listing.excluded[listing.excluded_count++] = (struct identity){excluded.st_dev, excluded.st_ino};
    }
    if (S_ISDIR(found.st_mode) && is_excluded(&listing, &found)) {
        free(copy);
        return NG_OK;
    }
    size_t first = walk->count;
    int status = add_found(&listing, copy, &found, false, 1, err);
    int listed = list_waiting(&listing, err);
    if (!status) status = listed;
    if (!status && walk->count > first) drop_repeated(&listing, first);
    return status;
}

int ng_walk_copy(struct ng_walk *walk, const struct ng_walk_file *files, size_t count, struct ng_err *err) {
    for (size_t i = 0; i < count; i++) {
        struct ng_walk_file file = files[i];
        file.path = strdup(files[i].path);
        if (!file.path) return ng_err_nomem(err, strlen(files[i].path) + 1, "a file name");
        int status = add_file(walk, &file, err);
        if (status) return status;
    }
    return NG_OK;
}

void ng_walk_free(struct ng_walk *walk) {
    if (!walk) return;
    for (size_t i = 0; i < walk->count; i++) free(walk->files[i].path);
    free(walk->files);
    *walk = (struct ng_walk){0};
}
