/*
 * The records in a block of section META, once it is decompressed: read one after the other, each field checked
 * against FORMAT.md, section "META". Nothing is allocated.
 */
#ifndef NG_COMMON_SHARD_DOCS_RECORDS_H
#define NG_COMMON_SHARD_DOCS_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/shard/docs_format.h"

struct ng_docs_records {
    const uint8_t *block; /* borrowed */
    size_t at;            /* records still to be read are [at, end) */
    size_t end;
    size_t metadata_end;

    /* The record that was read last. */
    uint64_t metadata_at; /* in block */
    uint64_t metadata_bytes;
    uint64_t line;
    size_t path_bytes;
    char path[NG_DOCS_MAX_PATH_BYTES + 1]; /* NUL-terminated */
};

/* Starts on a block of at least NG_DOCS_TRAILER_BYTES. False where it is damaged. */
bool ng_docs_records_start(struct ng_docs_records *records, const uint8_t *block, size_t length_bytes);

/* Reads the next record. False where there is none, or it is damaged. */
bool ng_docs_records_next(struct ng_docs_records *records);

#endif
