/*
 * What the writer and the reader of documents (sections DOCS and META) agree on; the words for it are in
 * FORMAT.md. For indexer/write/docs_write.c and common/shard/docs.c only.
 */
#ifndef NG_COMMON_SHARD_DOCS_FORMAT_H
#define NG_COMMON_SHARD_DOCS_FORMAT_H

#include "common/base/limits.h"

#define NG_DOCS_SECTION "DOCS"
#define NG_DOCS_META_SECTION "META"

enum {
    NG_DOCS_MAX_PATH_BYTES = 65535, /* of a corpus file, NUL not counted */
    NG_DOCS_TRAILER_BYTES = 4       /* of a block: how many bytes of records stand before it */
};

/* A block, decompressed, is at most one largest record: metadata, path, and room for numbers and trailer. */
#define NG_DOCS_MAX_BLOCK_BYTES (NG_MAX_METADATA_BYTES + NG_DOCS_MAX_PATH_BYTES + 64)

#endif
