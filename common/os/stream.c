#include "common/os/stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "common/base/le.h"
#include "common/base/limits.h"
#include "common/base/text.h"

enum {
    INPUT_CAPACITY = 1 << 18,
    ZSTD_WINDOWLOG_LEAST = 10,
    MAX_OUTPUT = 1 << 30,   /* asked for at once: zlib counts in 32 bits */
    GZIP_HEADER_BYTES = 10, /* the fixed part */
    GZIP_WINDOW_LOG = 15,   /* the largest there is */
    GZIP_WRAPPER = 16       /* added to it, tells zlib to expect gzip's header and trailer */
};

/* Of a zstd frame (RFC 8878, 3.1.1.1). */
enum {
    MAGIC_BYTES = 4,
    DESCRIPTOR_AT = 4,
    WINDOW_AT = 5,
    HEADER_BYTES = 18, /* the most there can be */
    SINGLE_SEGMENT = 0x20
};

static const uint8_t zstd_magic[MAGIC_BYTES] = {0x28, 0xB5, 0x2F, 0xFD};

enum format { PLAIN, GZIP, ZSTD };

struct ng_stream {
    char *path;
    int fd;
    bool owns_fd;
    bool guesses_format; /* standard input, of which nothing has been read yet */
    enum format format;
    unsigned window_log; /* of the largest zstd window */

    /* Input that was read and not yet used is input[begin, end). */
    uint8_t *input;
    size_t begin;
    size_t end;
    bool at_end;          /* of the file */
    uint64_t read_bytes;  /* from the file */
    uint64_t out_bytes;   /* handed out */

    /* A part is a gzip member or a zstd frame. An empty file is none, so the first part is open from the start. */
    bool part_open;
    uint64_t parts; /* that are complete */
    bool has_gzip;
    z_stream gzip;
    ZSTD_DCtx *zstd;
};

/* What the end of a file's name says. */
static enum format format_of(const char *path) {
    if (ng_text_uncompressed(path) == strlen(path)) return PLAIN;
    return ng_text_ends(path, strlen(path), ".gz") ? GZIP : ZSTD;
}

static int start_format(struct ng_stream *stream, struct ng_err *err) {
    stream->part_open = true;
    if (stream->format == GZIP) {
        if (inflateInit2(&stream->gzip, GZIP_WINDOW_LOG + GZIP_WRAPPER) != Z_OK) {
            return ng_err_nomem(err, sizeof stream->gzip, "a gzip decoder");
        }
        stream->has_gzip = true;
    } else if (stream->format == ZSTD) {
        stream->zstd = ZSTD_createDCtx();
        if (!stream->zstd) return ng_err_nomem(err, ZSTD_DStreamInSize(), "a zstd decoder");
        size_t code = ZSTD_DCtx_setParameter(stream->zstd, ZSTD_d_windowLogMax, (int)stream->window_log);
        assert(!ZSTD_isError(code));
        (void)code;
    }
    return NG_OK;
}

static int open_file(struct ng_stream *stream, struct ng_err *err) {
    if (strcmp(stream->path, "-") == 0) {
        stream->fd = STDIN_FILENO;
        stream->guesses_format = true;
        return NG_OK;
    }
    /* O_NONBLOCK: a fifo that took the file's place must not hold us up before it is recognised. */
    stream->fd = open(stream->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (stream->fd < 0) return ng_err_sys(err, errno, "cannot open %s", stream->path);
    stream->owns_fd = true;
    struct stat found;
    if (fstat(stream->fd, &found) != 0) return ng_err_sys(err, errno, "cannot read %s", stream->path);
    if (!S_ISREG(found.st_mode)) {
        return ng_err_set(err, NG_ERR_INPUT, "%s is not a regular file", stream->path);
    }
    (void)posix_fadvise(stream->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* advice: nothing is lost where it is not taken */
    stream->format = format_of(stream->path);
    return start_format(stream, err);
}

int ng_stream_open(struct ng_stream **out, const char *path, struct ng_err *err) {
    *out = NULL;
    struct ng_stream *stream = calloc(1, sizeof *stream);
    if (!stream) return ng_err_nomem(err, sizeof *stream, "a file to read");
    stream->fd = -1;
    stream->window_log = NG_MAX_ZSTD_WINDOW_LOG;
    stream->path = strdup(path);
    stream->input = malloc(INPUT_CAPACITY);
    int status = stream->path && stream->input ? open_file(stream, err)
                                               : ng_err_nomem(err, INPUT_CAPACITY, "a file to read");
    if (status) {
        ng_stream_close(stream);
        return status;
    }
    *out = stream;
    return NG_OK;
}

static int read_file(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    *length = 0;
    ssize_t got;
    do {
        got = read(stream->fd, out, capacity);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return ng_err_sys(err, errno, "cannot read %s at byte %llu", stream->path,
                          (unsigned long long)stream->read_bytes);
    }
    *length = (size_t)got;
    stream->read_bytes += (uint64_t)got;
    stream->at_end = got == 0;
    return NG_OK;
}

/* Makes input hold something unless the file is at its end. */
static int fill(struct ng_stream *stream, struct ng_err *err) {
    if (stream->begin < stream->end || stream->at_end) return NG_OK;
    stream->begin = 0;
    stream->end = 0;
    return read_file(stream, stream->input, INPUT_CAPACITY, &stream->end, err);
}

/* No JSON line starts with the bytes that start gzip and zstd, so standard input may be told by them. */
static int guess_format(struct ng_stream *stream, struct ng_err *err) {
    static const uint8_t gzip_magic[] = {0x1F, 0x8B};
    stream->guesses_format = false;
    while (stream->end < sizeof zstd_magic && !stream->at_end) {
        size_t length;
        int status = read_file(stream, stream->input + stream->end, INPUT_CAPACITY - stream->end, &length, err);
        if (status) return status;
        stream->end += length;
    }
    if (stream->end >= sizeof gzip_magic && memcmp(stream->input, gzip_magic, sizeof gzip_magic) == 0) {
        stream->format = GZIP;
    } else if (stream->end >= sizeof zstd_magic && memcmp(stream->input, zstd_magic, sizeof zstd_magic) == 0) {
        stream->format = ZSTD;
    }
    return start_format(stream, err);
}

static int broken(const struct ng_stream *stream, size_t length, const char *reason, struct ng_err *err) {
    const char *tool = stream->format == GZIP ? "gzip" : "zstd";
    (void)ng_err_set(err, NG_ERR_INPUT, "%s: %s stream at decompressed byte %llu: %s", stream->path, tool,
                     (unsigned long long)stream->out_bytes + length, reason);
    return ng_err_hint(err, "%s -t tests the file; if it is damaged, fetch or compress it again", tool);
}

static int followed_by_garbage(const struct ng_stream *stream, struct ng_err *err) {
    return broken(stream, 0, "bytes follow that are not part of it (trailing garbage)", err);
}

static int read_plain(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    size_t held = stream->end - stream->begin; /* what guess_format has read ahead */
    if (held == 0) return stream->at_end ? NG_OK : read_file(stream, out, capacity, length, err);
    *length = held < capacity ? held : capacity;
    memcpy(out, stream->input + stream->begin, *length);
    stream->begin += *length;
    return NG_OK;
}

/* One call of zlib. *ended: a member is complete. */
static int inflate_some(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    z_stream *gzip = &stream->gzip;
    gzip->next_in = stream->input + stream->begin;
    gzip->avail_in = (uInt)(stream->end - stream->begin);
    gzip->next_out = out;
    gzip->avail_out = (uInt)capacity;
    int code = inflate(gzip, Z_NO_FLUSH);
    stream->begin = stream->end - gzip->avail_in;
    *length = capacity - gzip->avail_out;
    switch (code) {
    case Z_OK:
    case Z_BUF_ERROR: /* wants more input */
        return NG_OK;
    case Z_STREAM_END:
        stream->part_open = false;
        stream->parts++;
        (void)inflateReset(gzip); /* fails for a stream that was never set up only */
        return NG_OK;
    case Z_MEM_ERROR: return ng_err_nomem(err, 1u << GZIP_WINDOW_LOG, "a gzip window");
    default:
        if (stream->parts > 0 && gzip->total_in < GZIP_HEADER_BYTES) return followed_by_garbage(stream, err);
        return broken(stream, *length, gzip->msg ? gzip->msg : "not gzip data", err);
    }
}

/* One call of libzstd. */
static int unzstd_some(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    ZSTD_inBuffer in = {.src = stream->input, .size = stream->end, .pos = stream->begin};
    ZSTD_outBuffer to = {.dst = out, .size = capacity};
    size_t code = ZSTD_decompressStream(stream->zstd, &to, &in);
    stream->begin = in.pos;
    *length = to.pos;
    if (code == 0) {
        stream->part_open = false;
        stream->parts++;
    }
    if (!ZSTD_isError(code)) return NG_OK;
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
        return ng_err_nomem(err, 1ull << NG_MAX_ZSTD_WINDOW_LOG, "a zstd window (at most)");
    case ZSTD_error_frameParameter_windowTooLarge:
        (void)ng_err_set(err, NG_ERR_LIMIT, "%s: zstd window over 2^%u bytes (%s)", stream->path, stream->window_log,
                         stream->window_log < NG_MAX_ZSTD_WINDOW_LOG ? "what fits the memory" : "NG_MAX_ZSTD_WINDOW_LOG");
        return ng_err_hint(err, "compress it again with at most --long=%u, or pipe it in (zstd -dc --long=31 FILE), "
                           "with - as the name of the file", stream->window_log);
    case ZSTD_error_prefix_unknown:
        if (stream->parts > 0) return followed_by_garbage(stream, err);
        return broken(stream, *length, "not zstd data", err);
    default: return broken(stream, *length, ZSTD_getErrorName(code), err);
    }
}

static int read_compressed(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length,
                           struct ng_err *err) {
    while (*length == 0) {
        int status = fill(stream, err);
        if (status) return status;
        bool drained = stream->begin == stream->end;
        if (drained && !stream->part_open) return NG_OK;
        stream->part_open = true;
        /* Also without input: the decoder may still hold output for which there was no room. */
        status = stream->format == GZIP ? inflate_some(stream, out, capacity, length, err)
                                                  : unzstd_some(stream, out, capacity, length, err);
        if (status) return status;
        if (drained && stream->part_open && *length == 0) {
            return broken(stream, 0, "the file is cut short: it ends inside the stream", err);
        }
    }
    return NG_OK;
}

/* A frame in one segment has no window of its own: it takes its content's size. */
static uint64_t single_segment_bytes(const uint8_t *header) {
    static const unsigned dictionary_bytes[] = {0, 1, 2, 4};
    unsigned descriptor = header[DESCRIPTOR_AT];
    const uint8_t *size = header + DESCRIPTOR_AT + 1 + dictionary_bytes[descriptor & 3];
    switch (descriptor >> 6) {
    case 0: return size[0];
    case 1: return ng_le_load16(size) + UINT64_C(256);
    case 2: return ng_le_load32(size);
    default: return ng_le_load64(size);
    }
}

uint64_t ng_stream_window_bytes(const char *path) {
    const uint64_t most = UINT64_C(1) << NG_MAX_ZSTD_WINDOW_LOG;
    uint8_t header[HEADER_BYTES] = {0};
    if (format_of(path) != ZSTD) return 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return 0;
    ssize_t got = read(fd, header, sizeof header);
    (void)close(fd);
    if (got < WINDOW_AT + 1 || memcmp(header, zstd_magic, MAGIC_BYTES) != 0) return 0;
    uint64_t window;
    if (header[DESCRIPTOR_AT] & SINGLE_SEGMENT) {
        window = single_segment_bytes(header);
    } else {
        uint64_t base = UINT64_C(1) << (10 + (header[WINDOW_AT] >> 3));
        window = base + base / 8 * (header[WINDOW_AT] & 7);
    }
    return window < most ? window : most;
}

void ng_stream_limit_window(struct ng_stream *stream, uint64_t bytes) {
    while (stream->window_log > ZSTD_WINDOWLOG_LEAST && UINT64_C(1) << stream->window_log > bytes) stream->window_log--;
}

int ng_stream_read(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    assert(capacity > 0);
    *length = 0;
    if (capacity > MAX_OUTPUT) capacity = MAX_OUTPUT;
    if (stream->guesses_format) {
        int status = guess_format(stream, err);
        if (status) return status;
    }
    int status = stream->format == PLAIN ? read_plain(stream, out, capacity, length, err)
                                                   : read_compressed(stream, out, capacity, length, err);
    stream->out_bytes += *length;
    return status;
}

int ng_stream_append(struct ng_stream *stream, struct ng_buf *buf, size_t most, bool *at_end, struct ng_err *err) {
    size_t length = 0;
    int status = ng_buf_reserve(buf, most, err);
    if (!status) status = ng_stream_read(stream, buf->data + buf->length, most, &length, err);
    buf->length += length;
    *at_end = !status && length == 0;
    return status;
}

uint64_t ng_stream_input_bytes(const struct ng_stream *stream) {
    return stream->read_bytes - (stream->end - stream->begin);
}

void ng_stream_close(struct ng_stream *stream) {
    if (!stream) return;
    if (stream->has_gzip) (void)inflateEnd(&stream->gzip);
    (void)ZSTD_freeDCtx(stream->zstd);
    if (stream->owns_fd) (void)close(stream->fd);
    free(stream->input);
    free(stream->path);
    free(stream);
}
