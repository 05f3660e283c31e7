/*
 * Files as ngidx uses them: mapped whole to read them; written by one writer and made durable before they count.
 */
#ifndef NG_COMMON_OS_FILE_H
#define NG_COMMON_OS_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/os/map_guard.h"

/* What tells one file at a path from another without reading it: a rename, a new file or a write in place changes
 * it. */
struct ng_file_identity {
    dev_t device;
    ino_t inode;
    off_t bytes;
    struct timespec changed;
};

/* All zeros if there is no file at the path; folder is a descriptor, or AT_FDCWD. */
struct ng_file_identity ng_file_identify(int folder, const char *path);
struct ng_file_identity ng_file_identity_of(const struct stat *info);
bool ng_file_identity_equal(const struct ng_file_identity *a, const struct ng_file_identity *b);

/* A read-only mapping of a whole file, or a copy of it in memory. data is NULL for an empty file. */
struct ng_map {
    const uint8_t *data;
    uint64_t length_bytes;
    struct ng_map_slot *slot; /* owned; NULL if memory holds a copy */
    dev_t device;             /* of the file; while it is mapped, no other file has this pair */
    ino_t inode;
};

/* Maps the file, at its current length, for random access. If the file shrinks afterwards, using the lost part raises
 * SIGBUS; if the program has installed the guard of map_guard.h, ng_map_slot_lost reports the loss instead. in_memory:
 * reads the file into memory instead, in huge pages if the system has them. Random access is then faster, and later
 * changes to the file do not matter. Errors: NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM. */
int ng_map_open(struct ng_map *map, const char *path, bool in_memory, struct ng_err *err);

/* The same for an open file, which stays open; path names it in errors. */
int ng_map_file(struct ng_map *map, int fd, const char *path, bool in_memory, struct ng_err *err);

/* Advises the system how the mapping will be read: in order, in huge pages if it has them; or at random, which is the
 * initial state and reads no more than is asked for. */
void ng_map_advise(const struct ng_map *map, bool in_order);

/* Reads bytes [begin, end) of the mapping, as far as they exist, into memory and maps them in one go. Use it before you
 * read all of them: a page fault for every few pages takes longer. Does nothing if the system cannot do this. */
void ng_map_populate(const struct ng_map *map, uint64_t begin, uint64_t end);

/* Idempotent. */
void ng_map_close(struct ng_map *map);

/* Writes all bytes to a file descriptor at its current offset, despite interruptions and short writes. path is for the
 * error text. Errors: NG_ERR_NOSPACE, NG_ERR_IO. */
int ng_file_write(int fd, const void *bytes, size_t length, const char *path, struct ng_err *err);

/* Makes a file of these bytes, which must not exist, and makes it durable. After an error there is no new file.
 * Errors: NG_ERR_EXISTS, NG_ERR_NOSPACE, NG_ERR_IO. */
int ng_file_write_durably(const char *path, const void *bytes, size_t length, struct ng_err *err);

/* Gives a file, name within an open folder, the permissions of another file and, if the process may, its owners.
 * Errors: NG_ERR_IO. */
int ng_file_take_mode(int folder, const char *name, const struct stat *like, struct ng_err *err);

/* Reads exactly length bytes at an offset. Errors: NG_ERR_IO (also if the file ends too early). */
int ng_file_read(int fd, uint64_t offset, void *out, size_t length, const char *path, struct ng_err *err);

/* Appends what one read gives, up to most bytes. *got is 0 only at the end of the file. path is for the error text.
 * Errors: NG_ERR_IO, NG_ERR_NOMEM. */
int ng_file_append(int fd, struct ng_buf *buf, size_t most, size_t *got, const char *path, struct ng_err *err);

/* Makes the entries of a folder durable after a file in it was created or renamed. Errors: NG_ERR_IO,
 * NG_ERR_NOTFOUND. */
int ng_file_sync_folder(const char *path, struct ng_err *err);

/* Joins a folder and a name into a new string, owned by the caller (free). Errors: NG_ERR_NOMEM. */
int ng_file_join(char **joined, const char *folder, const char *name, struct ng_err *err);

#endif
