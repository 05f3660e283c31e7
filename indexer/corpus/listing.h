/*
 * The files of a corpus: given files, and files below given folders, in an order that depends only on the names, so
 * that a build is deterministic.
 */
#ifndef NG_INDEXER_CORPUS_LISTING_H
#define NG_INDEXER_CORPUS_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/base/err.h"
#include "common/base/limits.h"
#include "indexer/corpus/note.h"

enum { NG_WALK_EXCLUDES = 4 };

/* Which files of a folder are taken. All zero: all files that are not hidden. Globs are fnmatch's: one without a
 * slash is matched against names, one with a slash against the path below the given folder, where * also matches
 * slashes. */
struct ng_walk_options {
    const char *exclude_paths[NG_WALK_EXCLUDES]; /* folders to leave out (index and its building place), or NULL */
    const char *include[NG_MAX_GLOBS]; /* only files that match one of these */
    size_t include_count;
    const char *exclude[NG_MAX_GLOBS]; /* no file or folder (with its content) that matches one of these */
    size_t exclude_count;
    bool hidden; /* take files and folders whose names start with a dot */
    bool skip_unreadable; /* note unreadable folders instead of failing; unreadable files are still listed */
    bool follow; /* follow symbolic links to folders */
    ng_note_take *note; /* or NULL */
    void *note_context;
};

struct ng_walk_file {
    char *path;     /* owned; "-" for standard input */
    uint64_t bytes; /* size on disk when it was listed; 0 for standard input */
    dev_t device;
    ino_t inode;
    bool is_given; /* not found below a folder */
    bool is_link;  /* found through a symbolic link */
    unsigned call; /* of ng_walk_add that found it, from 0 */
};

/* Zero-initialised memory is an empty list. */
struct ng_walk {
    struct ng_walk_file *files; /* owned */
    size_t count;
    size_t capacity;
    unsigned calls; /* of ng_walk_add */
};

/* Adds what path names: "-", a file, or the files below a folder, sorted bytewise by path. A symbolic link to a file
 * counts as the file, unless the file is listed already, by itself or by another link. Hidden files, dangling links,
 * folders of indexes, sockets, fifos and devices below a folder are skipped and noted. So are links to folders, unless
 * options->follow is set; each folder is then listed once, even if several links lead to it.
 * Errors: NG_ERR_NOTFOUND; NG_ERR_IO (an unreadable file or folder); NG_ERR_USAGE (path itself is neither file nor
 * folder); NG_ERR_LIMIT (NG_MAX_FOLDER_DEPTH); NG_ERR_NOMEM. After an error the list may hold some files and must still
 * be freed. */
int ng_walk_add(struct ng_walk *walk, const char *path, const struct ng_walk_options *options, struct ng_err *err);

/* Notes the files that several calls of ng_walk_add found: each but the first. Errors: NG_ERR_NOMEM. */
int ng_walk_note_twice(const struct ng_walk *walk, const struct ng_walk_options *options, struct ng_err *err);

/* Adds files that were listed before. Errors: NG_ERR_NOMEM. */
int ng_walk_copy(struct ng_walk *walk, const struct ng_walk_file *files, size_t count, struct ng_err *err);

void ng_walk_free(struct ng_walk *walk);

#endif
