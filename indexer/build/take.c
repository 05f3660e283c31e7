#include "indexer/build/take.h"

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
    ng_map_advise(map, true);
    return ng_file_write_durably(to, O_EXCL, map->data, (size_t)map->length_bytes, err);
}
