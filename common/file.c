#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int ng_map_open(struct ng_map *map, const char *path, struct ng_err *err) {
    *map = (struct ng_map){0};
    int status = NG_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ng_err_sys(err, errno, "cannot open %s", path);
    struct stat info;
    if (fstat(fd, &info) != 0) {
        status = ng_err_sys(err, errno, "cannot read the size of %s", path);
        goto out;
    }
    if (!S_ISREG(info.st_mode)) {
        status = ng_err_set(err, NG_ERR_IO, "%s is not a regular file", path);
        goto out;
    }
    if (info.st_size == 0) goto out;
    void *data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (data == MAP_FAILED) {
        status = ng_err_sys(err, errno, "cannot map %s", path);
        goto out;
    }
    /* Advice only: read-ahead around a random access would bring in pages that nobody asked for. */
    (void)madvise(data, (size_t)info.st_size, MADV_RANDOM);
    status = ng_map_slot_take(&map->slot, data, (size_t)info.st_size, err);
    if (status) {
        (void)munmap(data, (size_t)info.st_size);
        goto out;
    }
    map->data = data;
    map->length_bytes = (uint64_t)info.st_size;
out:
    (void)close(fd);
    return status;
}

void ng_map_close(struct ng_map *map) {
    if (!map || !map->data) return;
    ng_map_slot_release(map->slot);
    (void)munmap((void *)(uintptr_t)map->data, (size_t)map->length_bytes);
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
