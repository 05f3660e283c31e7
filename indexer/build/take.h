/* Takes a file of one index over into another. Shards never change, so two indexes may share one. */
#ifndef NG_INDEXER_BUILD_TAKE_H
#define NG_INDEXER_BUILD_TAKE_H

#include <stdbool.h>

#include "common/os/file.h"

/* Gives the mapped file, whose name is from, a second one. False where the file system cannot, or where from is another
 * file by now. */
bool ng_take_link(const struct ng_map *map, const char *from, const char *to);

/* Writes a durable copy to a new file. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_EXISTS. */
int ng_take_copy(const struct ng_map *map, const char *to, struct ng_err *err);

#endif
