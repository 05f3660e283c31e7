/*
 * Writes a shard container (container.h) in one pass, one section after the other.
 */
#ifndef NG_COMMON_CONTAINER_CONTAINER_WRITE_H
#define NG_COMMON_CONTAINER_CONTAINER_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/container/container.h"

struct ng_container_writer;

/* Creates the file, which must not exist. Errors: NG_ERR_EXISTS, NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_container_create(struct ng_container_writer **writer, const char *path, struct ng_err *err);

/* Gives the file at least this version, which one of its sections has. */
void ng_container_need_version(struct ng_container_writer *writer, uint32_t version);

/* Starts the section with a name (four letters, not used before). It ends where the next one starts.
 * Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM, NG_ERR_LIMIT (NG_MAX_SECTIONS). */
int ng_container_begin(struct ng_container_writer *writer, const char *name, struct ng_err *err);

/* Appends to the current section. Errors: NG_ERR_IO, NG_ERR_NOSPACE, NG_ERR_NOMEM. */
int ng_container_write(struct ng_container_writer *writer, const void *bytes, size_t length, struct ng_err *err);

/* Writes a whole section at once. Errors: those of ng_container_begin and ng_container_write. */
int ng_container_write_section(struct ng_container_writer *writer, const char *name, const void *bytes,
                               size_t length, struct ng_err *err);

/* Size and hash of a finished file. */
struct ng_container_written {
    uint64_t bytes;
    uint8_t xxh3_128[16]; /* of the whole file, canonical (big-endian) form */
};

/* Writes the checksums and the header and makes the file durable. */
int ng_container_finish(struct ng_container_writer *writer, struct ng_container_written *written,
                        struct ng_err *err);

/* Closes the file, and removes it unless it is finished. writer may be NULL. */
void ng_container_writer_free(struct ng_container_writer *writer);

#endif
