#include "server/bulletin/static_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/text.h"
#include "common/os/file.h"

enum { NAME_BYTES = 256, MOST_NAMES = 3, TRIES = 3 };

static const struct {
    const char *ending;
    const char *type;
} types[] = {
    {".html", "text/html; charset=utf-8"}, {".json", "application/json"},        {".jsonl", "application/jsonl"},
    {".csv", "text/csv; charset=utf-8"},   {".md", "text/markdown; charset=utf-8"},
};

static const char *type_of(const char *path) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (ng_text_ends(path, strlen(path), types[i].ending)) return types[i].type;
    }
    return NULL;
}

/* Copies the next name of a path; *path is set behind it and its '/'. False where it is none that a site has. */
static bool take_name(const char **path, char name[NAME_BYTES]) {
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strspn(*path, fit);
    if (length == 0 || length >= NAME_BYTES || **path == '.') return false;
    memcpy(name, *path, length);
    name[length] = '\0';
    *path += length;
    if (**path == '\0') return true;
    return *(*path)++ == '/' && **path;
}

/* Opens what lies below an open folder, and closes that. Negative with errno, ENOENT for a path that cannot be. */
static int open_below(int folder, const char *path) {
    char name[NAME_BYTES];
    for (unsigned names = 0; names < MOST_NAMES && take_name(&path, name); names++) {
        int flags = *path ? O_RDONLY | O_DIRECTORY : O_RDONLY | O_NONBLOCK;
        int opened = openat(folder, name, flags | O_NOFOLLOW | O_CLOEXEC);
        int error_number = errno;
        (void)close(folder);
        folder = opened;
        if (opened < 0) {
            errno = error_number == ELOOP || error_number == ENOTDIR ? ENOENT : error_number;
            return -1;
        }
        if (!*path) return opened;
    }
    (void)close(folder);
    errno = ENOENT;
    return -1;
}

static bool is_still_there(const struct stat *folder, const char *site) {
    struct stat now;
    return stat(site, &now) == 0 && now.st_dev == folder->st_dev && now.st_ino == folder->st_ino;
}

/* A site is replaced as a whole: what is gone from the old one may be in the new one. */
static int open_in_site(const char *site, const char *path) {
    for (unsigned try = 1;; try++) {
        struct stat info;
        int folder = open(site, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0) return -1;
        bool known = fstat(folder, &info) == 0;
        int fd = open_below(folder, path);
        if (fd >= 0 || errno != ENOENT || try == TRIES || !known || is_still_there(&info, site)) return fd;
    }
}

static int not_there(struct ng_err *err) {
    return ng_err_set(err, NG_ERR_NOTFOUND, "the bulletin has no such file");
}

int ng_static_open(struct ng_static_file *file, const char *site, const char *path, struct ng_err *err) {
    struct stat info;
    if (*path == '\0') path = "index.html";
    *file = (struct ng_static_file){.fd = -1, .type = type_of(path)};
    if (!file->type) return not_there(err);
    int fd = open_in_site(site, path);
    if (fd < 0 && errno == ENOENT) return not_there(err);
    /* The client need not know where the site lies. */
    if (fd < 0) return ng_err_sys(err, errno, "cannot open a file of the bulletin");
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        (void)close(fd);
        return not_there(err);
    }
    /* The worker asks for it, so that the event loop, which sends it, hardly ever waits for the disk. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
    bool page = strncmp(file->type, "text/html", 9) == 0;
    file->kind = !page ? NG_STATIC_DATA : strchr(path, '/') ? NG_STATIC_REPORT : NG_STATIC_PAGE;
    file->fd = fd;
    file->length_bytes = (uint64_t)info.st_size;
    (void)snprintf(file->etag, sizeof file->etag, "\"%jx-%jx-%jx%08lx\"", (uintmax_t)info.st_ino, (uintmax_t)info.st_size,
                   (uintmax_t)info.st_mtim.tv_sec, (unsigned long)info.st_mtim.tv_nsec);
    return NG_OK;
}
