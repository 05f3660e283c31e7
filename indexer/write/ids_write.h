/*
 * Writes section DIDS of a shard: its documents by the hashes of their ids. The layout is in FORMAT.md, section "DIDS".
 *
 * Memory: 5 bytes for a document with an id; while the section is written, 12 and the section.
 */
#ifndef NG_INDEXER_WRITE_IDS_WRITE_H
#define NG_INDEXER_WRITE_IDS_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/container/container_write.h"

struct ng_ids_writer {
    const char *field;    /* path of the id in the metadata; borrowed. NULL: there are no ids */
    struct ng_buf hashes; /* their highest 32 bits, u32, in the order of documents */
    struct ng_buf gaps;   /* documents without an id before each, as varints */
    struct ng_buf id;     /* room for an id without its escapes */
    uint64_t documents;   /* so far */
    uint64_t next;        /* document behind the last with an id */
    uint64_t ids;
};

/* Adds the next document of the shard; its metadata are a JSON object. Errors: NG_ERR_NOMEM. */
int ng_ids_writer_push(struct ng_ids_writer *writer, const uint8_t *metadata, uint64_t metadata_bytes,
                       struct ng_err *err);

/* Writes the section into a container in which none is begun, unless there are no ids.
 * Errors: NG_ERR_NOMEM, NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_ids_writer_finish(struct ng_ids_writer *writer, struct ng_container_writer *container, struct ng_err *err);

/* Idempotent. */
void ng_ids_writer_free(struct ng_ids_writer *writer);

#endif
