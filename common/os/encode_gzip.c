#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <zlib.h>

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
