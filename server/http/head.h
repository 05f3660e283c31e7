/*
 * The head of an HTTP/1 request, and the chunks of its body, read strictly after RFC 9112. What two programs could read
 * in two ways is refused, so that a proxy in front and this server always agree where a request ends: two lengths, a
 * length beside chunks, a bare LF, a folded line, white space before a colon, NUL, any version but 1.0 and 1.1.
 *
 * Pure functions over bytes; no sockets. Thread-safe.
 */
#ifndef NG_SERVER_HTTP_HEAD_H
#define NG_SERVER_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Finds the end of a head that comes in pieces. Zero-initialised memory is its start. */
struct ng_http_scan {
    size_t line_bytes; /* of the line being read */
    size_t lines;      /* that ended, empty ones before the first not counted */
    bool after_cr;
    enum { NG_HTTP_SCAN_MORE, NG_HTTP_SCAN_WHOLE, NG_HTTP_SCAN_BROKEN } state;
};

/* Reads on, to the end of the head at most, and returns how many of the bytes belong to it. A byte that no head may
 * hold makes it NG_HTTP_SCAN_BROKEN at once. */
size_t ng_http_scan(struct ng_http_scan *scan, const uint8_t *bytes, size_t length);

/* All texts point into the bytes that were parsed, and end with NUL. */
struct ng_http_head {
    const char *method;
    const char *path;  /* of the target, percent-encoded; "*" where the request line could not be read */
    const char *query; /* behind the '?', or NULL */
    const char *host;  /* with the port, if any; from the target where that names one. NULL: HTTP/1.0 without one */
    const char *origin;
    const char *authorization;
    const char *content_type;
    bool encoded; /* the body is compressed, or coded in another way */
    bool chunked;
    bool has_length;
    uint64_t content_length; /* UINT64_MAX where it is larger */
    bool old;                /* HTTP/1.0 */
    bool keep_alive;
    bool expects_continue;
    const char *why; /* static; set where the head is refused */
};

/* Reads a whole head, of which scan said where it ends. Writes to bytes. Returns 0, or the status to refuse the request
 * with: 400, 417, 501 or 505. */
int ng_http_head_parse(struct ng_http_head *head, char *bytes, size_t length);

/* Decodes a body in chunks. Zero-initialised memory is its start. */
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
    uint64_t size;        /* of the chunk, what is left of it */
    uint64_t extra_bytes; /* of extensions and trailer lines, which are skipped */
    size_t line_bytes;    /* of the trailer line being read */
};

/* Reads on until a piece of the body is found (data[0, *data_length)), the body ends or the bytes do; returns how many
 * it took. Whoever has a limit sees chunks->size before the chunk's data come. */
size_t ng_http_chunks_read(struct ng_http_chunks *chunks, const uint8_t *bytes, size_t length, const uint8_t **data,
                           size_t *data_length);

#endif
