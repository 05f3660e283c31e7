#include "common/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/os/memory.h"

struct ng_file_identity ng_file_identity_of(const struct stat *info) {
    return (struct ng_file_identity){
        .device = info->st_dev, .inode = info->st_ino, .bytes = info->st_size, .changed = info->st_ctim};
}

struct ng_file_identity ng_file_identify(int folder, const char *path) {
    struct stat info;
    if (fstatat(folder, path, &info, 0) != 0) return (struct ng_file_identity){0};
    return ng_file_identity_of(&info);
}

bool ng_file_identity_equal(const struct ng_file_identity *a, const struct ng_file_identity *b) {
    return a->device == b->device && a->inode == b->inode && a->bytes == b->bytes &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static int map_shared(struct ng_map *map, int fd, uint64_t bytes, const char *path, struct ng_err *err) {
    void *data = mmap(NULL, (size_t)bytes, PROT_READ, MAP_SHARED, fd, 0);
    int status = NG_OK;
    if (data == MAP_FAILED) {
        const bool limited = errno == ENOMEM;
        status = ng_err_sys(err, errno, "cannot map %s", path);
        if (limited) {
            (void)ng_err_hint(err, "raise the limit of mappings, one for each shard ('sysctl vm.max_map_count'), or of address "
                                   "space (ulimit -v)");
        }
        return status;
    }
    status = ng_map_slot_take(&map->slot, data, (size_t)bytes, err);
    if (status) {
        (void)munmap(data, (size_t)bytes);
        return status;
    }
    map->data = data;
    map->length_bytes = bytes;
    /* Read-ahead around a random access would bring in pages that nobody asked for. */
    (void)madvise(data, (size_t)bytes, MADV_RANDOM);
    return NG_OK;
}

/* A file that is read in order may come in huge pages. Later it may not: a single byte would bring in a huge page. */
void ng_map_advise(const struct ng_map *map, bool in_order) {
    if (!map->slot) return;
    (void)madvise((void *)map->data, (size_t)map->length_bytes, in_order ? MADV_SEQUENTIAL : MADV_RANDOM);
    (void)madvise((void *)map->data, (size_t)map->length_bytes, in_order ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
}

void ng_map_populate(const struct ng_map *map, uint64_t begin, uint64_t end) {
#ifdef MADV_POPULATE_READ
    if (end > map->length_bytes) end = map->length_bytes;
    if (map->slot && begin < end) ng_memory_advise(map->data + begin, end - begin, MADV_POPULATE_READ);
#else
    (void)map, (void)begin, (void)end;
#endif
}

int ng_file_read(int fd, uint64_t offset, void *out, size_t length, const char *path, struct ng_err *err) {
    for (size_t done = 0; done < length;) {
        ssize_t got = pread(fd, (uint8_t *)out + done, length - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ng_err_sys(err, errno, "cannot read %s", path);
        if (got == 0) return ng_err_set(err, NG_ERR_IO, "%s is cut short", path);
        done += (size_t)got;
    }
    return NG_OK;
}

static int load_copy(struct ng_map *map, int fd, uint64_t bytes, const char *path, struct ng_err *err) {
    /* Whole huge pages, the last one, too. */
    uint64_t room = (bytes + NG_HUGE_PAGE_BYTES - 1) / NG_HUGE_PAGE_BYTES * NG_HUGE_PAGE_BYTES;
    uint8_t *data = ng_memory_huge((size_t)room);
    if (!data) return ng_err_nomem(err, room, "a copy of a shard");
    map->data = data;
    map->length_bytes = bytes;
    int status = ng_file_read(fd, 0, data, (size_t)bytes, path, err);
    if (status) ng_map_close(map);
    return status;
}

int ng_map_file(struct ng_map *map, int fd, const char *path, bool in_memory, struct ng_err *err) {
    struct stat info;
    *map = (struct ng_map){0};
    if (fstat(fd, &info) != 0) return ng_err_sys(err, errno, "cannot read the size of %s", path);
    if (!S_ISREG(info.st_mode)) return ng_err_set(err, NG_ERR_IO, "%s is not a regular file", path);
    if (info.st_size == 0) return NG_OK;
    map->device = info.st_dev;
    map->inode = info.st_ino;
    return in_memory ? load_copy(map, fd, (uint64_t)info.st_size, path, err)
                     : map_shared(map, fd, (uint64_t)info.st_size, path, err);
}

int ng_map_open(struct ng_map *map, const char *path, bool in_memory, struct ng_err *err) {
    *map = (struct ng_map){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ng_err_sys(err, errno, "cannot open %s", path);
    int status = ng_map_file(map, fd, path, in_memory, err);
    (void)close(fd);
    return status;
}

void ng_map_close(struct ng_map *map) {
    if (!map || !map->data) return;
    ng_map_slot_release(map->slot);
    if (map->slot) (void)munmap((void *)(uintptr_t)map->data, (size_t)map->length_bytes);
    else free((void *)(uintptr_t)map->data);
    *map = (struct ng_map){0};
}

int ng_file_write(int fd, const void *bytes, size_t length, const char *path, struct ng_err *err) {
    const uint8_t *next = bytes;
    while (length > 0) {
        ssize_t written = write(fd, next, length);
        if (written < 0) {
            if (errno == EINTR) continue;
            return ng_err_sys(err, errno, "cannot write %s", path);
        }
        next += written;
        length -= (size_t)written;
    }
    return NG_OK;
}

int ng_file_write_durably(const char *path, const void *bytes, size_t length, struct ng_err *err) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return ng_err_sys(err, errno, "cannot create %s", path);
    int status = ng_file_write(fd, bytes, length, path, err);
    if (!status && fsync(fd) != 0) status = ng_err_sys(err, errno, "cannot make %s durable", path);
    if (close(fd) != 0 && !status) status = ng_err_sys(err, errno, "cannot write %s", path);
    if (status) (void)unlink(path);
    return status;
}

int ng_file_take_mode(int folder, const char *name, const struct stat *like, struct ng_err *err) {
    struct stat now;
    bool failed = fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) != 0;
    /* Only root may give files away. Nothing is set that fits: some file systems cannot set either. */
    if (!failed && (now.st_uid != like->st_uid || now.st_gid != like->st_gid)) {
        failed = fchownat(folder, name, like->st_uid, like->st_gid, AT_SYMLINK_NOFOLLOW) != 0 && errno != EPERM;
    }
    if (!failed && ((now.st_mode ^ like->st_mode) & 0666)) failed = fchmodat(folder, name, like->st_mode & 0666, 0) != 0;
    return failed ? ng_err_sys(err, errno, "cannot set the permissions of %s", name) : NG_OK;
}

int ng_file_append(int fd, struct ng_buf *buf, size_t most, size_t *got, const char *path, struct ng_err *err) {
    int status = ng_buf_reserve(buf, most, err);
    if (status) return status;
    ssize_t length;
    do {
        length = read(fd, buf->data + buf->length, most);
    } while (length < 0 && errno == EINTR);
    if (length < 0) return ng_err_sys(err, errno, "cannot read %s", path);
    *got = (size_t)length;
    buf->length += *got;
    return NG_OK;
}

int ng_file_sync_folder(const char *path, struct ng_err *err) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return ng_err_sys(err, errno, "cannot open folder %s", path);
    int status = NG_OK;
    /* Some file systems cannot sync a folder and say EINVAL; they have nothing to make durable then. */
    if (fsync(fd) != 0 && errno != EINVAL) status = ng_err_sys(err, errno, "cannot sync folder %s", path);
    (void)close(fd);
    return status;
}

int ng_file_join(char **joined, const char *folder, const char *name, struct ng_err *err) {
    size_t folder_length = strlen(folder);
    size_t name_length = strlen(name);
    size_t slash = folder_length > 0 && folder[folder_length - 1] != '/';
    char *path = malloc(folder_length + slash + name_length + 1);
    if (!path) return ng_err_nomem(err, folder_length + name_length + 2, "a file name");
    memcpy(path, folder, folder_length);
    if (slash) path[folder_length] = '/';
    memcpy(path + folder_length + slash, name, name_length + 1);
    *joined = path;
    return NG_OK;
}
