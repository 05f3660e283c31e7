/*
 * Writes the documents of one shard into its container: where each starts in the text (section DOCS), and what
 * came with it: source path, line, metadata (section META, zstd blocks). The layout is in FORMAT.md, sections
 * "DOCS" and "META".
 *
 * META is written while documents arrive. Memory: one block, and 2 to 4 bytes a document.
 */
#ifndef NG_INDEXER_WRITE_DOCS_WRITE_H
#define NG_INDEXER_WRITE_DOCS_WRITE_H

#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/container/container_write.h"
#include "indexer/write/ids_write.h"

struct ng_docs_writer {
    struct ng_container_writer *container; /* borrowed */
    ZSTD_CCtx *compressor;                 /* owned */

    /* The block that is being filled. */
    struct ng_buf metadata; /* of its documents, one after the other */
    struct ng_buf records;
    struct ng_buf packed;   /* room for the compressed block */
    struct ng_buf path;     /* of the previous document; empty at the start of a block */
    uint64_t line;          /* likewise */

    struct ng_buf lengths;       /* of each document's text, as varints */
    struct ng_buf block_first;   /* the first document of each block, u64 */
    struct ng_buf block_offset;  /* where each block starts in META, u64 */
    struct ng_ids_writer ids;    /* the caller sets its field, and finishes it */
    uint64_t document_count;
    uint64_t text_bytes;
    uint64_t meta_bytes; /* written to META so far */
};

/* Begins section META. container is borrowed until finish; no other section may be begun before that.
 * On success: ng_docs_writer_free. Errors: those of ng_container_begin, NG_ERR_NOMEM. */
int ng_docs_writer_init(struct ng_docs_writer *writer, struct ng_container_writer *container, struct ng_err *err);

/* Adds the next document of the shard. path is NUL-terminated; line is 0 if the whole file is one document; metadata
 * may be any bytes. All are copied.
 * Errors: NG_ERR_LIMIT (path over NG_DOCS_MAX_PATH_BYTES, metadata over NG_MAX_METADATA_BYTES), NG_ERR_NOMEM,
 * NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_docs_writer_push(struct ng_docs_writer *writer, uint64_t text_bytes, const char *path, uint64_t line,
                        const uint8_t *metadata, uint64_t metadata_bytes, struct ng_err *err);

/* Ends META and writes DOCS. rows is the sum of all text bytes plus the number of documents, which is at least 1.
 * Errors: NG_ERR_NOMEM, NG_ERR_LIMIT (NG_MAX_SHARD_ROWS), NG_ERR_IO, NG_ERR_NOSPACE. */
int ng_docs_writer_finish(struct ng_docs_writer *writer, uint64_t rows, struct ng_err *err);

/* Idempotent; NULL is fine. */
void ng_docs_writer_free(struct ng_docs_writer *writer);

#endif
