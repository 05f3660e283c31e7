/*
 * The phrases of a query file, in batches. A batch holds as many as one read brings. So memory is bounded, a pipe may
 * go on for ever, and a program that writes one phrase at a time gets each answer at once.
 */
#ifndef NG_QUERY_ARGS_QUERIES_H
#define NG_QUERY_ARGS_QUERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "query/include/ngidx.h"

struct ng_queries {
    const char *path;
    int file;
    uint8_t separator;
    bool at_end;
    bool begun;           /* a phrase was read */
    bool crlf;            /* a line ended with CR LF */
    uint64_t line;        /* number of the first phrase of the batch, from 1 */
    struct ng_buf buffer; /* the batch, then what was read beyond it */
    size_t used_bytes;    /* of the batch */
    struct ng_bytes *phrases;
    size_t phrase_count;
    size_t phrase_capacity;
};

/* Opens the file path, "-" for standard input. A phrase is everything up to the next separator byte; the last
 * one needs none. Where that is LF, a CR before it, and a byte order mark at the file's start, are no part of a phrase. Errors: NG_ERR_NOTFOUND, NG_ERR_IO. Give *queries to ng_queries_close in any case. */
int ng_queries_open(struct ng_queries *queries, const char *path, uint8_t separator, struct ng_err *err);

/* Reads the next batch into queries->phrases, valid until the next call; phrase_count is 0 at the end.
 * Errors, which name the line: NG_ERR_INPUT (a phrase holds byte 0xFF), NG_ERR_LIMIT (a phrase is over
 * NG_MAX_PHRASE_BYTES), NG_ERR_IO, NG_ERR_NOMEM. */
int ng_queries_next(struct ng_queries *queries, struct ng_err *err);

void ng_queries_close(struct ng_queries *queries);

#endif
