/*
 * A file or another source as a stream of decompressed bytes. The first bytes, not the name, tell whether it is plain,
 * gzip, zstd, bzip2 or xz. A compressed stream may have any number of members, frames or streams, followed by zeros, as
 * tapes and block devices leave them. Buffers have a fixed size. A stream ends where its source ends between members;
 * anywhere else it ends with an error, so a truncated stream never passes for a shorter one. One thread at a time.
 */
#ifndef NG_COMMON_OS_STREAM_H
#define NG_COMMON_OS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/buf.h"
#include "common/base/err.h"

struct ng_stream;

/* Where the bytes of a stream come from. read gives 1 to capacity bytes, or 0 at the end; capacity is at least 4,096.
 * Errors: as ng_stream_read. */
struct ng_stream_source {
    int (*read)(void *context, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err);
    void (*close)(void *context); /* or NULL */
    void *context;
};

/* Opens a file; "-" is standard input. The caller owns *stream.
 * Errors: NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM, NG_ERR_INPUT (no file). */
int ng_stream_open(struct ng_stream **stream, const char *path, struct ng_err *err);

/* Opens a stream from another source. The stream takes over the source and closes it, also if opening fails. name names
 * the source in errors. Errors: NG_ERR_NOMEM. */
int ng_stream_open_source(struct ng_stream **stream, const char *name, const struct ng_stream_source *source,
                          struct ng_err *err);

/* Limits the window of a decoder to bytes, rounded down to a power of two; a larger window fails with NG_ERR_LIMIT.
 * Call it before the first read. The default is 2^NG_MAX_ZSTD_WINDOW_LOG. */
void ng_stream_limit_window(struct ng_stream *stream, uint64_t bytes);

/* Starts reading at the first line after an offset, or at the end if there is none. Meant for plain files of lines.
 * Call it before the first read. Errors: NG_ERR_IO. */
int ng_stream_begin_after(struct ng_stream *stream, uint64_t offset, struct ng_err *err);

/* Gives the first bytes of the stream before anything is read: up to NG_STREAM_HEAD_BYTES, fewer only if the stream is
 * shorter or broken there, which ng_stream_read then reports. ng_stream_read gives the same bytes again; *bytes is
 * valid until then. Errors: those of ng_stream_read. */
enum { NG_STREAM_HEAD_BYTES = 1 << 16 };
int ng_stream_peek(struct ng_stream *stream, const uint8_t **bytes, size_t *length, struct ng_err *err);

/* Reads up to capacity > 0 bytes; *length is 0 only at the end. Errors, which name the file and the decompressed
 * offset: NG_ERR_INPUT (the stream is broken, truncated or followed by other bytes; or the name ends like that of a
 * compressed file, but the content is neither compressed nor text), NG_ERR_LIMIT (window), NG_ERR_IO, NG_ERR_NOMEM,
 * those of the source. After an error, call only ng_stream_close. */
int ng_stream_read(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err);

/* As ng_stream_read, but appends to a buffer. */
int ng_stream_append(struct ng_stream *stream, struct ng_buf *buf, size_t most, bool *at_end, struct ng_err *err);

/* Whether the bytes are compressed. Known from the first ng_stream_peek or ng_stream_read on. */
bool ng_stream_is_compressed(const struct ng_stream *stream);

/* Has the bytes of the source hashed, as stored on disk, while they are read. Call it before the first read.
 * Errors: NG_ERR_NOMEM. */
int ng_stream_hash(struct ng_stream *stream, struct ng_err *err);

/* Reads what is left of the source, and gives how long it is and its XXH3-128, in canonical form. Then only
 * ng_stream_input_bytes and ng_stream_close may follow. Errors: NG_ERR_IO, those of the source. */
int ng_stream_finish_hash(struct ng_stream *stream, uint64_t *bytes, uint8_t xxh3_128[static 16], struct ng_err *err);

/* Bytes of the source, as stored on disk, that have been consumed. */
uint64_t ng_stream_input_bytes(const struct ng_stream *stream);

/* stream may be NULL. */
void ng_stream_close(struct ng_stream *stream);

/* Creates a file, or empties it, and opens it for writing through gzip: the file's bytes depend on what is written alone.
 * Write errors stay in the FILE; fclose fails if there was one. Errors: those of creating a file, NG_ERR_NOMEM. */
int ng_stream_create_gzip(FILE **stream, const char *path, struct ng_err *err);

enum ng_coding { NG_CODING_NONE, NG_CODING_GZIP, NG_CODING_ZSTD };

/* Compresses bytes in memory, as one member or frame. Returns them for the caller to free, or NULL if they do not get
 * smaller or there is no memory. */
char *ng_encode_bytes(enum ng_coding coding, int level, const void *bytes, size_t length, size_t *packed_length);

#endif
