#include "indexer/build/take.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool ng_take_link(const struct ng_map *map, const char *from, const char *to) {
    struct stat info;
    if (link(from, to) != 0) return false;
    if (lstat(to, &info) == 0 && info.st_dev == map->device && info.st_ino == map->inode) return true;
    (void)unlink(to);
    return false;
}

int ng_take_copy(const struct ng_map *map, const char *to, struct ng_err *err) {
    int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return ng_err_sys(err, errno, "cannot create %s", to);
    ng_map_advise(map, true);
    int status = ng_file_write(fd, map->data, (size_t)map->length_bytes, to, err);
    if (!status && fsync(fd) != 0) status = ng_err_sys(err, errno, "cannot sync %s", to);
    (void)close(fd);
    return status;
}
