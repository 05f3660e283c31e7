#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "common/os/stream.h"

static ssize_t write_gzip(void *cookie, const char *bytes, size_t length) {
    enum { MOST = 1 << 20 }; /* gzwrite takes an unsigned */
    gzFile file = cookie;
    if (length > MOST) length = MOST;
    errno = 0;
    int written = gzwrite(file, bytes, (unsigned)length);
    if (written > 0) return written;
    if (errno == 0) errno = EIO;
    return 0; /* what fopencookie takes for an error */
}

static int close_gzip(void *cookie) {
    errno = 0;
    if (gzclose((gzFile)cookie) == Z_OK) return 0;
    if (errno == 0) errno = EIO;
    return EOF;
}

int ng_stream_create_gzip(FILE **stream, const char *path, struct ng_err *err) {
    *stream = NULL;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return ng_err_sys(err, errno, "cannot make %s", path);
    gzFile file = gzdopen(fd, "wb6");
    if (!file) {
        (void)close(fd);
        return ng_err_nomem(err, BUFSIZ, "a compressed file");
    }
    *stream = fopencookie(file, "w", (cookie_io_functions_t){.write = write_gzip, .close = close_gzip});
    if (*stream) return NG_OK;
    (void)gzclose(file);
    return ng_err_nomem(err, BUFSIZ, "a stream");
}

/* Returns the length, 0 if there is no room or no memory. */
static size_t pack_gzip(int level, const void *bytes, size_t length, void *packed, size_t room) {
    enum { GZIP_WINDOW_BITS = MAX_WBITS + 16, MEMORY_LEVEL = 8 };
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)length,
                       .next_out = packed,
                       .avail_out = (uInt)room};
    if (deflateInit2(&stream, level, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) return 0;
    bool well = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    (void)deflateEnd(&stream);
    return well ? stream.total_out : 0;
}

static size_t pack_zstd(int level, const void *bytes, size_t length, void *packed, size_t room) {
    size_t written = ZSTD_compress(packed, room, bytes, length, level);
    return ZSTD_isError(written) ? 0 : written;
}

char *ng_encode_bytes(enum ng_coding coding, int level, const void *bytes, size_t length, size_t *packed_length) {
    if (coding == NG_CODING_NONE || length > UINT_MAX) return NULL; /* zlib counts in unsigned */
    /* No room for more: what does not shrink stays as it is. */
    char *room = malloc(length);
    if (!room) return NULL;
    *packed_length = coding == NG_CODING_ZSTD ? pack_zstd(level, bytes, length, room, length)
                                              : pack_gzip(level, bytes, length, room, length);
    if (*packed_length == 0) {
        free(room);
        return NULL;
    }
    char *fitted = realloc(room, *packed_length);
    return fitted ? fitted : room;
}
