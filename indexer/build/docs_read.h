/*
 * Reads the documents of a finished shard in order: length of the text, source, metadata. For merging shards; queries
 * have a reader of their own (common/shard/docs.h), which finds any document.
 */
#ifndef NG_INDEXER_BUILD_DOCS_READ_H
#define NG_INDEXER_BUILD_DOCS_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/container/container.h"

struct ng_docs_reader;

/* One document, valid until the next call. */
struct ng_docs_entry {
    uint64_t start;      /* position of its first byte in the shard's text */
    uint64_t text_bytes;
    const char *path;
    uint64_t line;
    const uint8_t *metadata;
    uint64_t metadata_bytes;
};

/* Opens sections DOCS and META of a shard of so many rows and documents. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM. */
int ng_docs_reader_open(struct ng_docs_reader **reader, struct ng_container *container, uint64_t rows,
                        uint64_t documents, struct ng_err *err);

/* The next document; *found is false behind the last. Errors: NG_ERR_CORRUPT, NG_ERR_NOMEM. */
int ng_docs_reader_next(struct ng_docs_reader *reader, struct ng_docs_entry *entry, bool *found, struct ng_err *err);

/* NULL is fine. */
void ng_docs_reader_close(struct ng_docs_reader *reader);

#endif
