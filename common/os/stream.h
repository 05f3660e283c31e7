/*
 * A file as a stream of decompressed bytes: plain, gzip (any number of members) or zstd (any number
 * of frames). Buffers are of fixed size. A stream ends either where its file ends between members, or with
 * an error: one that is cut short never passes for a shorter one.
 */
#ifndef NG_COMMON_OS_STREAM_H
#define NG_COMMON_OS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/err.h"

struct ng_stream;

/* Opens a file in the format that the end of its name tells (".gz", ".zst", or anything else); "-" is standard input, whose format its first bytes tell.
 * *stream is owned by the caller. Errors: NG_ERR_NOTFOUND, NG_ERR_IO, NG_ERR_NOMEM, NG_ERR_INPUT (no file). */
int ng_stream_open(struct ng_stream **stream, const char *path, struct ng_err *err);

/* The window that the first frame of a zstd file names (RFC 8878, 3.1.1.1.2), at most 2^NG_MAX_ZSTD_WINDOW_LOG bytes: what
 * it takes to unpack it. 0 for other files, and for those that cannot be read, which whoever reads them will tell. */
uint64_t ng_stream_window_bytes(const char *path);

/* Before the first read of standard input: a zstd window may have so many bytes at most, and is NG_ERR_LIMIT else. */
void ng_stream_limit_window(struct ng_stream *stream, uint64_t bytes);

/* Reads up to capacity > 0 bytes; *length is 0 only at the end. Errors, which name the file and the
 * decompressed offset: NG_ERR_INPUT (broken or cut short, or followed by other bytes), NG_ERR_LIMIT (zstd
 * window over NG_MAX_ZSTD_WINDOW_LOG), NG_ERR_IO, NG_ERR_NOMEM. After an error only _close may follow. */
int ng_stream_read(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err);

/* The same into a buffer, behind what it holds. */
int ng_stream_append(struct ng_stream *stream, struct ng_buf *buf, size_t most, bool *at_end, struct ng_err *err);

/* Bytes of the file, as it is on disk, that have been used up. */
uint64_t ng_stream_input_bytes(const struct ng_stream *stream);

void ng_stream_close(struct ng_stream *stream);

#endif
