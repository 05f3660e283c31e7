/*
 * A file, or what another source gives, as a stream of decompressed bytes: plain, gzip, zstd, bzip2 or xz, told by the
 * first bytes and not by a name. A compressed stream may have any number of members, frames or streams, and zeros behind
 * them, as tapes and block devices leave them. Buffers are of fixed size. A stream ends either where its source ends
 * between members, or with an error: one that is cut short never passes for a shorter one. One thread at a time.
 */
#ifndef NG_COMMON_OS_STREAM_H
#define NG_COMMON_OS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

struct ng_stream;

/* Where the bytes of a stream come from. read gives 1 to capacity bytes, 0 at the end; it is
 * asked for 4,096 or more; errors as of ng_stream_read. */
struct ng_stream_source {
    int (*read)(void *context, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err);
    void (*close)(void *context); /* or NULL */
    void *context;
};

/* Opens a file; "-" is standard input. *stream is owned by the caller.
 * Errors: NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM, NG_ERR_INPUT (no file). */
int ng_stream_open(struct ng_stream **stream, const char *path, struct ng_err *err);

/* A stream of another source, which it closes with itself, also where opening it fails; name stands for it in errors.
 * Errors: NG_ERR_NOMEM. */
int ng_stream_open_source(struct ng_stream **stream, const char *name, const struct ng_stream_source *source,
                          struct ng_err *err);

/* Before the first read: a decoder may take a window of so many bytes at most, rounded down to a power of two, and fails
 * with NG_ERR_LIMIT else. Without this call 2^NG_MAX_ZSTD_WINDOW_LOG. */
void ng_stream_limit_window(struct ng_stream *stream, uint64_t bytes);

/* The first bytes of the stream, before anything is read: up to NG_STREAM_HEAD_BYTES, fewer only where the stream is
 * shorter or broken there, which ng_stream_read will tell. They are read again by ng_stream_read. *bytes is valid until then. Errors: those of ng_stream_read. */
enum { NG_STREAM_HEAD_BYTES = 1 << 16 };
int ng_stream_peek(struct ng_stream *stream, const uint8_t **bytes, size_t *length, struct ng_err *err);

/* Reads up to capacity > 0 bytes; *length is 0 only at the end. Errors, which name the file and the
 * decompressed offset: NG_ERR_INPUT (broken or cut short, or followed by other bytes; a name that ends as one of a
 * compressed file where the content is neither compressed nor text), NG_ERR_LIMIT (window), NG_ERR_IO, NG_ERR_NOMEM,
 * those of the source. After an error only _close may follow. */
int ng_stream_read(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err);

/* The same into a buffer, behind what it holds. */
int ng_stream_append(struct ng_stream *stream, struct ng_buf *buf, size_t most, bool *at_end, struct ng_err *err);

/* Whether the bytes are compressed: known from the first ng_stream_peek or _read on. */
bool ng_stream_is_compressed(const struct ng_stream *stream);

/* Bytes of the source, as it is on disk, that have been used up. */
uint64_t ng_stream_input_bytes(const struct ng_stream *stream);

/* NULL is fine. */
void ng_stream_close(struct ng_stream *stream);

#endif
