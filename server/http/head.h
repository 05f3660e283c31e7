/*
 * The head of an HTTP/1 request, and the chunks of its body, read strictly by RFC 9112. Ambiguous input is refused,
 * so that a proxy in front and this server always agree where a request ends: two lengths, a length together with
 * chunks, a bare LF, a folded line, white space before a colon, NUL, any version but 1.0 and 1.1.
 *
 * Pure functions over bytes; no sockets. Thread-safe.
 */
#ifndef NG_SERVER_HTTP_HEAD_H
#define NG_SERVER_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/limits.h"

/* Whether no head may hold this byte, not counting the line ends. */
static inline bool ng_http_is_control(unsigned char c) {
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* Finds the end of a head that arrives in pieces. Zero-initialised memory is the initial state. */
struct ng_http_scan {
    size_t line_bytes; /* of the line being read */
    size_t lines;      /* complete lines; empty ones before the first do not count */
    bool after_cr;
    enum { NG_HTTP_SCAN_MORE, NG_HTTP_SCAN_WHOLE, NG_HTTP_SCAN_BROKEN } state;
};

/* Reads on, at most to the end of the head, and returns how many of the bytes belong to it. A byte that no head may
 * hold makes the state NG_HTTP_SCAN_BROKEN at once. */
size_t ng_http_scan(struct ng_http_scan *scan, const uint8_t *bytes, size_t length);

/* The lines of a field that may be there several times. */
struct ng_http_lines {
    const char *values[NG_MAX_FORWARDED_LINES];
    size_t count;
};

/* All texts point into the bytes that were parsed, and end with NUL. */
struct ng_http_head {
    const char *method;
    const char *path;  /* of the target, percent-encoded; "*" if the request line could not be read */
    const char *query; /* after the '?', or NULL */
    const char *host;  /* with the port, if any; from the target if that names one. NULL: HTTP/1.0 without one */
    const char *origin;
    const char *authorization;
    const char *content_type;
    const char *if_none_match; /* the first of several: what it leaves out costs an answer in full */
    const char *accept_encoding; /* likewise */
    const char *request_id;
    const char *via; /* of Ngidx-Via, the first */
    struct ng_http_lines forwarded;
    struct ng_http_lines forwarded_for;
    bool encoded; /* the body is compressed or encoded in another way */
    bool chunked;
    bool has_length;
    uint64_t content_length; /* UINT64_MAX if it is larger */
    bool old;                /* HTTP/1.0 */
    bool keep_alive;
    bool expects_continue;
    const char *why; /* static; set if the head is refused */
};

/* Reads a whole head, up to the end that the scan found. Modifies bytes. Returns 0, or the status to refuse the request
 * with: 400, 417, 501 or 505. */
int ng_http_head_parse(struct ng_http_head *head, char *bytes, size_t length);

/* Decodes a body in chunks. Zero-initialised memory is the initial state. */
struct ng_http_chunks {
    enum {
        NG_HTTP_CHUNK_SIZE,
        NG_HTTP_CHUNK_SPACE,
        NG_HTTP_CHUNK_EXTENSION,
        NG_HTTP_CHUNK_SIZE_LF,
        NG_HTTP_CHUNK_DATA,
        NG_HTTP_CHUNK_DATA_CR,
        NG_HTTP_CHUNK_DATA_LF,
        NG_HTTP_CHUNK_TRAILER,
        NG_HTTP_CHUNK_TRAILER_LF,
        NG_HTTP_CHUNK_END,
        NG_HTTP_CHUNK_BROKEN
    } state;
    unsigned digits;      /* of the size being read, 16 at most */
    uint64_t size;        /* bytes left of the chunk */
    uint64_t extra_bytes; /* of extensions and trailer lines, which are skipped */
    size_t line_bytes;    /* of the trailer line being read */
};

/* Reads on until it finds a piece of the body (data[0, *data_length)), or the body or the bytes end; returns how many
 * bytes it took. A caller with a limit sees chunks->size before the chunk's data arrive. */
size_t ng_http_chunks_read(struct ng_http_chunks *chunks, const uint8_t *bytes, size_t length, const uint8_t **data,
                           size_t *data_length);

#endif
