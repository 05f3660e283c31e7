/*
 * Constants shared by the writer and the reader of documents (sections DOCS and META), which FORMAT.md describes. For
 * indexer/write/docs_write.c and common/shard/docs.c only.
 */
#ifndef NG_COMMON_SHARD_DOCS_FORMAT_H
#define NG_COMMON_SHARD_DOCS_FORMAT_H

#include "common/base/limits.h"

#define NG_DOCS_SECTION "DOCS"
#define NG_DOCS_META_SECTION "META"

enum {
    NG_DOCS_MAX_PATH_BYTES = 65535, /* of a corpus file, NUL not counted */
    NG_DOCS_TRAILER_BYTES = 4       /* of a block: the number of bytes of records before it */
};

/* A decompressed block is at most as large as the largest record: metadata, path, and room for numbers and trailer. */
#define NG_DOCS_MAX_BLOCK_BYTES (NG_MAX_METADATA_BYTES + NG_DOCS_MAX_PATH_BYTES + 64)

#endif
