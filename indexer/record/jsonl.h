/*
 * A byte stream as lines, or as JSON values: the elements of an array, or one after the other. Memory grows to the longest
 * line or value, up to a limit.
 */
#ifndef NG_INDEXER_RECORD_JSONL_H
#define NG_INDEXER_RECORD_JSONL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"
#include "common/json/scan.h"
#include "common/os/stream.h"

/* How much memory a line, or a file that is one document, may take. */
struct ng_record_bounds {
    size_t most_bytes; /* longer ones are too long */
    size_t room_bytes; /* before reading longer ones, make_room is called to free memory for most_bytes */
    int (*make_room)(void *context, struct ng_err *err); /* or NULL */
    void *context;
};

/* How a stream is cut. */
enum ng_jsonl_cut {
    NG_JSONL_LINES,     /* at LF */
    NG_JSONL_CR_LINES,  /* at CR: old files of the Macintosh */
    NG_JSONL_VALUES     /* at the ends of JSON values; commas and one array around them are skipped */
};

/* Zero-initialised memory is a reader that has no stream yet. */
struct ng_jsonl {
    struct ng_stream *stream; /* borrowed */
    struct ng_record_bounds bounds;
    enum ng_jsonl_cut cut;
    struct ng_buf buffer; /* lines not yet handed out are [begin, buffer.length) */
    size_t begin;
    size_t scanned; /* no newline in [begin, scanned) */
    uint64_t number;  /* of lines or values that were read */
    uint64_t line;    /* NG_JSONL_VALUES: line of begin, less 1 */
    struct ng_json_scan scan; /* NG_JSONL_VALUES: how far scanned is */
    bool in_array;    /* an array is open around the values */
    bool at_end;
    bool has_room;   /* for the line that is being read, which is long */
    bool in_too_long; /* the next bytes are the rest of a line that is too long */
};

struct ng_line {
    const uint8_t *bytes; /* without its LF or CRLF; valid until the next call */
    size_t length;
    uint64_t number; /* of the line, 1-based, blank lines counted; of the line where a value starts */
    bool too_long;   /* over the limit: bytes is NULL, and the next call skips its rest */
};

/* Starts on a stream, which must outlive the reading; keeps the buffer of the previous stream. */
void ng_jsonl_start(struct ng_jsonl *lines, struct ng_stream *stream, enum ng_jsonl_cut cut,
                    const struct ng_record_bounds *bounds);

/* Reads the next line that is not blank (spaces, tabs and carriage returns), or the next value. A byte order mark at
 * the start of a line is not part of it: concatenated files have some inside. The last line needs no newline. An
 * unfinished value is returned as it is. *found is false at the end.
 * Errors: those of ng_stream_read and of make_room, NG_ERR_NOMEM, NG_ERR_INPUT (the array around the values does not
 * end; err is the caller's to fill). */
int ng_jsonl_next(struct ng_jsonl *lines, struct ng_line *line, bool *found, struct ng_err *err);

/* Frees the buffer, not the stream. */
void ng_jsonl_free(struct ng_jsonl *lines);

#endif
