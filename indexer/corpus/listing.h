/*
 * The files of a corpus: given files, and what lies below given folders, in an order that depends on
 * nothing but the names, so that a build is deterministic.
 */
#ifndef NG_INDEXER_CORPUS_LISTING_H
#define NG_INDEXER_CORPUS_LISTING_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

enum { NG_WALK_EXCLUDES = 4 };

struct ng_walk_file {
    char *path;     /* owned; "-" for standard input */
    uint64_t bytes; /* size on disk when it was listed; 0 for standard input */
};

/* Zero-initialised memory is an empty list. */
struct ng_walk {
    struct ng_walk_file *files; /* owned */
    size_t count;
    size_t capacity;
};

/* Adds what path stands for: "-", a file, or all files below a folder, sorted bytewise by path. Hidden files
 * are files like others. A symbolic link to a file counts as a file; one to a folder, found below path, is
 * not followed, so that no folder is listed twice and none without end. Sockets, fifos and devices below a
 * folder are passed over. The folders exclude_paths (each may be NULL, and need not exist)
 * are left out.
 * Errors: NG_ERR_NOTFOUND; NG_ERR_IO (a file or folder that may not be read: nothing is passed over
 * silently); NG_ERR_USAGE (path itself is neither file nor folder); NG_ERR_LIMIT (NG_MAX_FOLDER_DEPTH);
 * NG_ERR_NOMEM. After an error the list may hold some of the files, and is still to be freed. */
int ng_walk_add(struct ng_walk *walk, const char *path, const char *const exclude_paths[NG_WALK_EXCLUDES], struct ng_err *err);

void ng_walk_free(struct ng_walk *walk);

#endif
