/* A site's folder: made beside the one that is there, and swapped with it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/limits.h"
#include "common/os/file.h"
#include "query/bulletin/html.h"
#include "query/bulletin/site.h"

static const char DEFAULT_TITLE[] = "Overlap of benchmarks with corpora";

/* All that a site may hold. Its reports hold files only. */
static const char *const NAMES[] = {"index.html", "add.html", NG_BULLETIN_DATA, "bulletin.csv", "report.schema.json",
                                    NG_BULLETIN_REPORTS};

struct site {
    char *target; /* without links */
    char *parent;
    char *making;  /* where the new one is made, and the old one then is */
    bool is_there; /* the new one, at making */
    int folder;
    int reports;
};

static bool is_dots(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* ---- Paths ---- */

/* The folder around path; path need not exist. */
static int find_parent(const char *path, char **parent, struct ng_err *err) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    while (length > 0 && path[length - 1] != '/') length--;
    char *folder = strndup(length > 0 ? path : "./", length > 0 ? length : 2);
    if (!folder) return ng_err_nomem(err, length, "a file name");
    *parent = realpath(folder, NULL);
    int status = *parent ? NG_OK : ng_err_sys(err, errno, "cannot use folder %s", folder);
    free(folder);
    return status;
}

int ng_bulletin_lock(const char *site, int *lock, struct ng_err *err) {
    char *parent = NULL;
    *lock = -1;
    int status = find_parent(site, &parent, err);
    if (!status) *lock = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!status && *lock < 0) status = ng_err_sys(err, errno, "cannot open folder %s", parent);
    free(parent);
    if (status) return status;
    while (flock(*lock, LOCK_EX) != 0) {
        if (errno == EINTR) continue;
        (void)close(*lock);
        *lock = -1;
        break;
    }
    return NG_OK;
}

/* ---- What is there ---- */

static bool is_known(const char *name) {
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(NAMES[i], name) == 0) return true;
    }
    return false;
}

/* Whether the folder that is there may go: a site, or an empty one. */
static int check_target(const char *target, struct ng_err *err) {
    DIR *folder = opendir(target);
    if (!folder) {
        if (errno == ENOENT) return NG_OK;
        if (errno == ENOTDIR) return ng_err_set(err, NG_ERR_USAGE, "%s is not a folder", target);
        return ng_err_sys(err, errno, "cannot open folder %s", target);
    }
    int status = NG_OK;
    bool is_site = false;
    bool is_empty = true;
    const struct dirent *entry;
    while (!status && (errno = 0, entry = readdir(folder))) {
        if (is_dots(entry->d_name)) continue;
        is_empty = false;
        is_site = is_site || strcmp(entry->d_name, NG_BULLETIN_DATA) == 0;
        if (is_known(entry->d_name)) continue;
        status = ng_err_set(err, NG_ERR_EXISTS, "%s holds '%s', which is not of a bulletin", target, entry->d_name);
        (void)ng_err_hint(err, "give a folder that the bulletin has for itself");
    }
    if (!status && errno) status = ng_err_sys(err, errno, "cannot list folder %s", target);
    (void)closedir(folder);
    if (!status && !is_empty && !is_site) {
        status = ng_err_set(err, NG_ERR_EXISTS, "%s is there and holds no %s: it is not a bulletin", target, NG_BULLETIN_DATA);
    }
    return status;
}

/* Removes a folder and what is in it, which nests as deep as a site does. */
static void remove_folder(int parent, const char *path, unsigned depth) {
    int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (!folder) {
        if (fd >= 0) (void)close(fd);
        return;
    }
    const struct dirent *entry;
    while ((entry = readdir(folder))) {
        if (is_dots(entry->d_name)) continue;
        if (unlinkat(dirfd(folder), entry->d_name, 0) != 0 && depth > 0) remove_folder(dirfd(folder), entry->d_name, depth - 1);
    }
    (void)closedir(folder);
    (void)unlinkat(parent, path, AT_REMOVEDIR);
}

/* Removes a new site. It builds the names itself and allocates nothing, because memory may have run out. */
static void remove_new(const struct site *site, const struct ng_bulletin *bulletin) {
    enum { PATH_BYTES = 128 };
    char path[PATH_BYTES];
    for (size_t i = 0; i < bulletin->count; i++) {
        for (size_t k = 0; k < NG_SITE_REPORT_FILES; k++) {
            (void)snprintf(path, sizeof path, "%s/%s", bulletin->reports[i]->key, ng_site_report_files[k]);
            (void)unlinkat(site->reports, path, 0);
        }
        (void)unlinkat(site->reports, bulletin->reports[i]->key, AT_REMOVEDIR);
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        (void)unlinkat(site->folder, NAMES[i], strcmp(NAMES[i], NG_BULLETIN_REPORTS) == 0 ? AT_REMOVEDIR : 0);
    }
    (void)rmdir(site->making);
}

static int remove_old(const char *path, struct ng_err *err) {
    struct stat info;
    remove_folder(AT_FDCWD, path, 3);
    if (lstat(path, &info) != 0) return NG_OK;
    return ng_err_set(err, NG_ERR_IO, "the new site is in place, but the old one, %s, cannot be removed; do so yourself", path);
}

/* ---- Writing ---- */

static int open_site(struct site *site, const char *path, struct ng_err *err) {
    static const char suffix[] = ".XXXXXX";
    int status = find_parent(path, &site->parent, err);
    if (status) return status;
    site->target = realpath(path, NULL);
    if (!site->target && errno != ENOENT) return ng_err_sys(err, errno, "cannot use %s", path);
    if (!site->target) {
        size_t end = strlen(path);
        while (end > 1 && path[end - 1] == '/') end--;
        size_t begin = end;
        while (begin > 0 && path[begin - 1] != '/') begin--;
        char *name = strndup(path + begin, end - begin);
        status = name ? ng_file_join(&site->target, site->parent, name, err) : ng_err_nomem(err, end, "a file name");
        free(name);
    }
    if (!status) status = check_target(site->target, err);
    if (status) return status;
    size_t length = strlen(site->target);
    site->making = malloc(length + sizeof suffix);
    if (!site->making) return ng_err_nomem(err, length, "a file name");
    memcpy(site->making, site->target, length);
    memcpy(site->making + length, suffix, sizeof suffix);
    if (!mkdtemp(site->making)) return ng_err_sys(err, errno, "cannot make a folder beside %s", site->target);
    site->is_there = true;
    mode_t mask = umask(0);
    (void)umask(mask);
    if (chmod(site->making, 0777 & ~mask) != 0) return ng_err_sys(err, errno, "cannot set the mode of %s", site->making);
    site->folder = open(site->making, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (site->folder < 0) return ng_err_sys(err, errno, "cannot open folder %s", site->making);
    if (mkdirat(site->folder, NG_BULLETIN_REPORTS, 0777) != 0) {
        return ng_err_sys(err, errno, "cannot make folder %s/" NG_BULLETIN_REPORTS, site->making);
    }
    site->reports = openat(site->folder, NG_BULLETIN_REPORTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return site->reports < 0 ? ng_err_sys(err, errno, "cannot open folder %s/" NG_BULLETIN_REPORTS, site->making) : NG_OK;
}

enum file { INDEX, ADD, DATA, ROWS, SCHEMA, FILES }; /* of NAMES */

static int write_content(FILE *out, enum file file, const struct ng_grid *grid, const char *title, struct ng_err *err) {
    switch (file) {
    case INDEX: ng_html_index(out, grid, title); break;
    case ADD: ng_html_add(out, title); break;
    case DATA: return ng_site_write_json(out, grid, title, err);
    case ROWS: ng_site_write_csv(out, grid); break;
    default: (void)fwrite(ng_bulletin_schema, 1, (size_t)ng_bulletin_schema_bytes, out);
    }
    return NG_OK;
}

static int write_file(const struct site *site, enum file file, const struct ng_grid *grid, const char *title,
                      struct ng_err *err) {
    int fd = openat(site->folder, NAMES[file], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    if (!out) {
        int status = ng_err_sys(err, errno, "cannot make %s/%s", site->making, NAMES[file]);
        if (fd >= 0) (void)close(fd);
        return status;
    }
    errno = 0;
    int status = write_content(out, file, grid, title, err);
    bool lost = ferror(out) != 0;
    if (fclose(out) != 0) lost = true;
    if (!status && lost) status = ng_err_sys(err, errno ? errno : EIO, "cannot write %s/%s", site->making, NAMES[file]);
    return status;
}

/* ---- Publishing ---- */

/* A file system that cannot swap two folders has none at the target for a moment. */
static int replace(struct site *site, struct ng_err *err) {
    static const char suffix[] = ".old";
    size_t length = strlen(site->making);
    char *old = malloc(length + sizeof suffix);
    if (!old) return ng_err_nomem(err, length, "a file name");
    memcpy(old, site->making, length);
    memcpy(old + length, suffix, sizeof suffix);
    int status = NG_OK;
    if (rename(site->target, old) != 0) {
        status = ng_err_sys(err, errno, "cannot move %s away", site->target);
    } else if (rename(site->making, site->target) != 0) {
        status = ng_err_sys(err, errno, "cannot rename %s to %s", site->making, site->target);
        (void)rename(old, site->target);
    } else {
        site->is_there = false;
        status = remove_old(old, err);
    }
    free(old);
    return status;
}

static int publish(struct site *site, struct ng_err *err) {
    int status = NG_OK;
    if (syncfs(site->folder) != 0) return ng_err_sys(err, errno, "cannot write %s to the disk", site->making);
    if (renameat2(AT_FDCWD, site->making, AT_FDCWD, site->target, RENAME_EXCHANGE) == 0) {
        site->is_there = false;
        status = remove_old(site->making, err);
    } else if (errno == ENOENT && rename(site->making, site->target) == 0) {
        site->is_there = false;
    } else {
        status = replace(site, err);
    }
    return status ? status : ng_file_sync_folder(site->parent, err);
}

static void close_site(struct site *site, const struct ng_bulletin *bulletin) {
    if (site->is_there) remove_new(site, bulletin);
    if (site->reports >= 0) (void)close(site->reports);
    if (site->folder >= 0) (void)close(site->folder);
    free(site->target);
    free(site->parent);
    free(site->making);
}

static int check_size(const struct ng_grid *grid, struct ng_err *err) {
    uint64_t cells = (uint64_t)grid->benchmarks.count * grid->corpora.count;
    if (cells <= NG_MAX_BULLETIN_CELLS && cells * grid->methods.count <= NG_MAX_BULLETIN_CELLS) return NG_OK;
    return ng_err_set(err, NG_ERR_LIMIT, "%zu benchmarks, %zu corpora and %zu methods are too many for one site "
                      "(NG_MAX_BULLETIN_CELLS)", grid->benchmarks.count, grid->corpora.count, grid->methods.count);
}

int ng_bulletin_publish(struct ng_bulletin *bulletin, const char *path, const struct ng_bulletin_options *options,
                        struct ng_err *err) {
    struct site site = {.folder = -1, .reports = -1};
    struct ng_grid grid;
    const char *title = options->title ? options->title : bulletin->title ? bulletin->title : DEFAULT_TITLE;
    int status = ng_grid_make(&grid, bulletin, err);
    if (!status) status = check_size(&grid, err);
    if (!status) status = open_site(&site, path, err);
    for (size_t i = 0; i < bulletin->count && !status; i++) {
        status = ng_site_take_report(site.reports, bulletin->reports[i], options->data_only, err);
    }
    for (int file = INDEX; file < FILES && !status; file++) {
        status = write_file(&site, (enum file)file, &grid, title, err);
    }
    if (!status) status = publish(&site, err);
    close_site(&site, bulletin);
    ng_grid_free(&grid);
    return status;
}
