/*
 * Files as ngidx uses them: read whole by mapping, written by one writer and made durable before they count.
 */
#ifndef NG_COMMON_OS_FILE_H
#define NG_COMMON_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "common/base/err.h"
#include "common/os/map_guard.h"

/* What tells one file at a path from another without reading it: a rename, a new file or a write in place changes it. */
struct ng_file_identity {
    dev_t device;
    ino_t inode;
    off_t bytes;
    struct timespec changed;
};

/* All zeros where there is no file at the path; folder is a descriptor, or AT_FDCWD. */
struct ng_file_identity ng_file_identify(int folder, const char *path);
struct ng_file_identity ng_file_identity_of(const struct stat *info);
bool ng_file_identity_equal(const struct ng_file_identity *a, const struct ng_file_identity *b);

/* A read-only mapping of a whole file. data is NULL for an empty file. */
struct ng_map {
    const uint8_t *data;
    uint64_t length_bytes;
    uint64_t mapped_bytes;    /* of memory, length_bytes or a little more */
    struct ng_map_slot *slot; /* owned; NULL where memory holds a copy */
    dev_t device;             /* of the file; while it is mapped, no other file has this pair */
    ino_t inode;
};

/* Maps the file for random access. Its length is that of the moment; a file that shrinks afterwards raises
 * SIGBUS on use, or is found lost by ng_map_slot_lost where the program has installed the guard of map_guard.h.
 * in_memory: reads it into memory of its own instead, in huge pages where the system has them: random access is then
 * faster, and nothing that happens to the file matters any more. Errors: NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM. */
int ng_map_open(struct ng_map *map, const char *path, bool in_memory, struct ng_err *err);

/* The same for an open file, which stays open; path names it in errors. */
int ng_map_file(struct ng_map *map, int fd, const char *path, bool in_memory, struct ng_err *err);

/* Advice to the system: whether the mapping is about to be read in order, in huge pages where it has them, or, as at
 * first, at random: then no more comes in than is asked for. */
void ng_map_advise(const struct ng_map *map, bool in_order);

/* Brings bytes [begin, end) of the mapping, as far as there are such, into memory and under its address in one go, for
 * whoever is about to read them all: a fault for every few pages takes longer. Nothing happens where the system cannot. */
void ng_map_populate(const struct ng_map *map, uint64_t begin, uint64_t end);

/* Idempotent. */
void ng_map_close(struct ng_map *map);

/* Writes all bytes to a file descriptor, at its current offset, whatever the interruptions and short writes.
 * path is for the error text. Errors: NG_ERR_NOSPACE, NG_ERR_IO. */
int ng_file_write(int fd, const void *bytes, size_t length, const char *path, struct ng_err *err);

/* Reads just length bytes at an offset. Errors: NG_ERR_IO (also where the file ends before). */
int ng_file_read(int fd, uint64_t offset, void *out, size_t length, const char *path, struct ng_err *err);

/* Makes a folder's entries durable, after a file in it was made or renamed. Errors: NG_ERR_IO, NG_ERR_NOTFOUND. */
int ng_file_sync_folder(const char *path, struct ng_err *err);

/* Joins a folder and a name into a new string, owned by the caller (free). Errors: NG_ERR_NOMEM. */
int ng_file_join(char **joined, const char *folder, const char *name, struct ng_err *err);

#endif
