/*
 * WET files: WARC files (ISO 28500) of "conversion" records, each a page's text. One record is one document; its URI,
 * date and id become metadata.
 */
#ifndef NG_INDEXER_CORPUS_WARC_H
#define NG_INDEXER_CORPUS_WARC_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/os/stream.h"
#include "indexer/record/jsonl.h"

/* Zero-initialised memory is a reader that has no stream yet. */
struct ng_warc {
    struct ng_stream *stream; /* borrowed */
    const char *path;         /* borrowed; for errors */
    struct ng_record_bounds bounds;
    struct ng_buf input; /* bytes not yet used are [begin, input.length) */
    size_t begin;
    bool at_end;
    uint64_t number;     /* of records that were read */
    struct ng_buf head;  /* of the record, up to its blank line */
    struct ng_buf text;
    char *metadata; /* owned */
    size_t metadata_bytes;
};

struct ng_warc_record {
    const uint8_t *text; /* both valid until the next call */
    uint64_t text_bytes;
    const uint8_t *metadata; /* {"id":...,"url":...,"date":...,"language":...}: those that the record has */
    uint64_t metadata_bytes;
    uint64_t number; /* 1-based, among all records of the file */
    bool too_long;   /* over the limit: there is no text */
};

void ng_warc_start(struct ng_warc *warc, const char *path, struct ng_stream *stream, const struct ng_record_bounds *bounds);

/* Reads on to the next conversion record; those of other types that hold no page (warcinfo, metadata) are passed over.
 * Errors: NG_ERR_INPUT (not WARC; response, resource or revisit records: pages of which the text has yet to be made),
 * NG_ERR_LIMIT (NG_MAX_WARC_HEADER_BYTES), NG_ERR_NOMEM, those of the stream and of make_room. */
int ng_warc_next(struct ng_warc *warc, struct ng_warc_record *record, bool *found, struct ng_err *err);

void ng_warc_free(struct ng_warc *warc);

#endif
