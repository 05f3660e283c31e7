/*
 * The list of the files that an index was built of, with a hash of the bytes of each: files.ngx. Only what adds to an
 * index reads it, to tell which files are in it already. The layout is in FORMAT.md, section "Files of the corpus".
 */
#ifndef NG_COMMON_FILES_FILES_H
#define NG_COMMON_FILES_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/container/container_write.h"

/* Zero-initialised memory is an empty list. */
struct ng_files {
    struct ng_buf records; /* as FORMAT.md has them */
    uint64_t count;
    bool partial; /* the index may hold documents of other files, too */
};

struct ng_file_record {
    const char *path; /* as sources of documents have it; "": a file that is not to be listed */
    uint64_t bytes;
    uint8_t xxh3_128[16]; /* canonical (big-endian) form */
};

/* Adds a file. Errors: NG_ERR_NOMEM. */
int ng_files_add(struct ng_files *files, const struct ng_file_record *record, struct ng_err *err);

/* Takes apart the record at *at, which is left at its end. False where there is none, or a broken one. record->path is
 * valid until bytes are not. */
bool ng_files_next(const uint8_t *bytes, size_t length, size_t *at, struct ng_file_record *record);

/* Adds what a file of a list says, which takes the container over. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM. */
int ng_files_read(struct ng_files *files, struct ng_container *container, struct ng_err *err);

/* Writes the list, without the files that are not to be listed, in the place of a file that may be there.
 * Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_files_write(const struct ng_files *files, const char *path, struct ng_container_written *written,
                   struct ng_err *err);

/* Idempotent. */
void ng_files_free(struct ng_files *files);

/* A list in which files are looked up; the list outlives it. */
struct ng_listed {
    const struct ng_files *files;
    const uint8_t **by_content; /* records; owned */
    const uint8_t **by_path;    /* owned */
};

/* On success: ng_listed_close. Errors: NG_ERR_NOMEM. */
int ng_listed_open(struct ng_listed *known, const struct ng_files *files, struct ng_err *err);

/* Whether a file of this size is listed. */
bool ng_listed_size(const struct ng_listed *known, uint64_t bytes);

/* The path under which these bytes are listed, the same as record->path if that is one of them; or NULL. */
const char *ng_listed_content(const struct ng_listed *known, const struct ng_file_record *record);

/* Whether a file of this path is listed. */
bool ng_listed_path(const struct ng_listed *known, const char *path);

/* Idempotent. */
void ng_listed_close(struct ng_listed *known);

#endif
