/*
 * The documents of one shard: where each starts and ends in the shard's text, which document a position is in, and the
 * source and metadata of each. Internal to the query library. The layout is in FORMAT.md, sections "DOCS" and "META".
 *
 * All functions are thread-safe; what they keep between calls only saves time. Functions that return a number record
 * damage in the container, and then return a bounded but meaningless number.
 */
#ifndef NG_COMMON_SHARD_DOCS_H
#define NG_COMMON_SHARD_DOCS_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/container/container.h"
#include "common/rank/ef.h"
#include "query/include/ngidx.h"

struct ng_docs {
    struct ng_ef starts;       /* position of each document's first byte */
    struct ng_ef block_first;  /* first document of each block of META, and the number of documents */
    struct ng_ef block_offset; /* where each block starts in META, and the length of META */
    struct ng_view meta;
    uint64_t rows;
    uint64_t block_count;
    struct ng_docs_spare *spare; /* what the last look-up keeps for the next; owned */
};

/* Opens sections DOCS and META of a shard of rows > 0 rows and documents > 0 documents. The container must outlive
 * docs. Close docs with ng_docs_close, also after an error. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM. */
int ng_docs_open(struct ng_docs *docs, struct ng_container *container, uint64_t rows, uint64_t documents,
                 struct ng_err *err);

/* Idempotent. */
void ng_docs_close(struct ng_docs *docs);

/* Position of the first byte of a document, or of its terminator if the document is empty. */
uint64_t ng_docs_start(const struct ng_docs *docs, uint64_t document);

/* Position of the terminator of a document, right after its last byte; less than rows. At least ng_docs_start unless
 * there is damage. */
uint64_t ng_docs_end(const struct ng_docs *docs, uint64_t document);

/* The document that a position, less than rows, is in; a terminator belongs to the document before it. */
uint64_t ng_docs_of_position(const struct ng_docs *docs, uint64_t position);

/* Where pages are not in memory (common/container/ahead.h): asks for what ng_docs_of_position will read for many positions,
 * or ng_docs_source for many documents. */
void ng_docs_ask_positions(const struct ng_docs *docs, const uint64_t *positions, size_t count);
void ng_docs_ask_sources(const struct ng_docs *docs, const uint64_t *documents, size_t count);

/* Reads the source of a document. On success, free *source with ng_docs_source_free. Decompresses one block, about 16
 * KB or one large record, unless the last look-up was in the same block. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM. */
int ng_docs_source(const struct ng_docs *docs, uint64_t document, struct ng_doc_source *source, struct ng_err *err);

/* As ng_doc_source_free, for code that is not linked with the library. */
void ng_docs_source_free(struct ng_doc_source *source);

/* Takes the metadata of a document, as they are stored: nobody has checked that they are a JSON object. */
typedef void ng_docs_take(void *context, uint64_t document, const uint8_t *metadata, size_t metadata_bytes);

/* Gives the metadata of every document of a block of META, number < block_count, in order: many times as fast as
 * ng_docs_source. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM. */
int ng_docs_each(const struct ng_docs *docs, uint64_t number, ng_docs_take *take, void *context, struct ng_err *err);

/* Checks all of section DOCS: that documents and blocks are in order. Errors: NG_ERR_CORRUPT. */
int ng_docs_check_directory(const struct ng_docs *docs, struct ng_err *err);

/* Checks a whole block of META, number < block_count: it must decompress to the records of its documents and nothing
 * else, each with a JSON object. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM. */
int ng_docs_check_block(const struct ng_docs *docs, uint64_t number, struct ng_err *err);

#endif
