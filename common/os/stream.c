#include "common/os/stream.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/limits.h"
#include "common/base/text.h"
#include "common/base/utf8.h"
#include "common/os/decode.h"

enum {
    INPUT_CAPACITY = 1 << 18,
    WINDOW_LOG_LEAST = 10,
    MAX_OUTPUT = 1 << 30, /* asked for at once: the decoders count in 32 bits */
    SMALL_READ = 4096, /* what is less is read ahead for */
    MAGIC_BYTES = 10      /* the longest */
};

struct ng_stream {
    char *path;
    int fd; /* of a file; -1: there is a source */
    bool owns_fd;
    struct ng_stream_source source;
    bool is_told; /* the format is known */
    unsigned window_log; /* of the largest window */

    /* Input that was read and not yet used is input[begin, end). */
    uint8_t *input;
    size_t begin;
    size_t end;
    bool at_end;         /* of the source */
    uint64_t read_bytes; /* from the source */
    uint64_t out_bytes;  /* handed out, or held in head */

    /* Decompressed bytes that were peeked at and not yet read are head[head_begin, head_end). */
    uint8_t *head;
    size_t head_begin;
    size_t head_end;
    int late_status; /* what came behind the head, for the read that gets there */
    struct ng_err late;

    XXH3_state_t *hash; /* of what the source gave; NULL: not wanted */

    const struct ng_decoder *decoder; /* NULL: plain */
    void *decoding;
    bool part_open;
    uint64_t parts; /* that are complete */
};

static const struct {
    const char *magic;
    size_t length;
    const struct ng_decoder *decoder;
} formats[] = {{"\x1F\x8B\x08", 3, &ng_decode_gzip},
               {"\x28\xB5\x2F\xFD", 4, &ng_decode_zstd},
               {"\xFD" "7zXZ\0", 6, &ng_decode_xz}};

/* gzip's two bytes are enough where the third, the method, is not there. */
static const struct ng_decoder *find_decoder(const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        size_t known = formats[i].length;
        if (length >= known && memcmp(bytes, formats[i].magic, known) == 0) return formats[i].decoder;
    }
    if (length >= 4 && (bytes[0] & 0xF0) == 0x50 && memcmp(bytes + 1, "\x2A\x4D\x18", 3) == 0) return &ng_decode_zstd;
    bool bzip2 = length >= 4 && memcmp(bytes, "BZh", 3) == 0 && bytes[3] >= '1' && bytes[3] <= '9';
    if (!bzip2) return NULL;
    size_t rest = length < MAGIC_BYTES ? length - 4 : 6;
    if (memcmp(bytes + 4, "\x31\x41\x59\x26\x53\x59", rest) == 0) return &ng_decode_bzip2; /* pi: a block */
    return memcmp(bytes + 4, "\x17\x72\x45\x38\x50\x90", rest) == 0 ? &ng_decode_bzip2 : NULL; /* its root: the end */
}

/* The format that a name claims, or NULL. */
static const struct ng_decoder *claimed_decoder(const char *path) {
    static const struct {
        const char *ending;
        const struct ng_decoder *decoder;
    } endings[] = {{".gz", &ng_decode_gzip}, {".zst", &ng_decode_zstd}, {".zstd", &ng_decode_zstd},
                   {".bz2", &ng_decode_bzip2}, {".xz", &ng_decode_xz}, {".tgz", &ng_decode_gzip}};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (ng_text_ends(path, strlen(path), endings[i].ending)) return endings[i].decoder;
    }
    return NULL;
}

static int open_file(struct ng_stream *stream, struct ng_err *err) {
    if (strcmp(stream->path, "-") == 0) {
        stream->fd = STDIN_FILENO;
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
    return NG_OK;
}

static int make(struct ng_stream **out, const char *name, const struct ng_stream_source *source, struct ng_err *err) {
    struct ng_stream *stream = calloc(1, sizeof *stream);
    if (stream) {
        stream->fd = -1;
        stream->window_log = NG_MAX_ZSTD_WINDOW_LOG;
        stream->path = strdup(name);
        stream->input = malloc(INPUT_CAPACITY);
        if (source) stream->source = *source;
    } else if (source && source->close) {
        source->close(source->context);
    }
    *out = stream;
    if (stream && stream->path && stream->input) return NG_OK;
    return ng_err_nomem(err, INPUT_CAPACITY, "a file to read");
}

int ng_stream_open(struct ng_stream **out, const char *path, struct ng_err *err) {
    int status = make(out, path, NULL, err);
    if (!status) status = open_file(*out, err);
    if (!status) return NG_OK;
    ng_stream_close(*out);
    *out = NULL;
    return status;
}

int ng_stream_begin_after(struct ng_stream *stream, uint64_t offset, struct ng_err *err) {
    assert(stream->fd >= 0 && stream->read_bytes == 0);
    for (;;) {
        ssize_t got = pread(stream->fd, stream->input, INPUT_CAPACITY, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ng_err_sys(err, errno, "cannot read %s", stream->path);
        const uint8_t *end = got > 0 ? memchr(stream->input, '\n', (size_t)got) : NULL;
        offset += end ? (uint64_t)(end - stream->input) + 1 : (uint64_t)got;
        if (end || got == 0) break;
    }
    if (lseek(stream->fd, (off_t)offset, SEEK_SET) >= 0) return NG_OK;
    return ng_err_sys(err, errno, "cannot read %s", stream->path);
}

int ng_stream_open_source(struct ng_stream **out, const char *name, const struct ng_stream_source *source,
                          struct ng_err *err) {
    int status = make(out, name, source, err);
    if (!status) return NG_OK;
    ng_stream_close(*out);
    *out = NULL;
    return status;
}

static int read_source(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    *length = 0;
    if (stream->fd < 0) {
        int status = stream->source.read(stream->source.context, out, capacity, length, err);
        if (status) return status;
    } else {
        ssize_t got;
        do {
            got = read(stream->fd, out, capacity);
        } while (got < 0 && errno == EINTR);
        if (got < 0) {
            return ng_err_sys(err, errno, "cannot read %s at byte %llu", stream->path,
                              (unsigned long long)stream->read_bytes);
        }
        *length = (size_t)got;
    }
    stream->read_bytes += *length;
    stream->at_end = *length == 0;
    if (stream->hash) (void)XXH3_128bits_update(stream->hash, out, *length);
    return NG_OK;
}

/* Makes input hold something unless the source is at its end. */
static int fill(struct ng_stream *stream, struct ng_err *err) {
    if (stream->begin < stream->end || stream->at_end) return NG_OK;
    stream->begin = 0;
    stream->end = 0;
    return read_source(stream, stream->input, INPUT_CAPACITY, &stream->end, err);
}

static int broken(const struct ng_stream *stream, const struct ng_decoder *decoder, size_t length, const char *reason,
                  struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_INPUT, "%s: %s stream at decompressed byte %llu: %s", stream->path, decoder->tool,
                     (unsigned long long)stream->out_bytes + length, reason);
    return ng_err_hint(err, "%s -t tests the file; if it is damaged, fetch or compress it again, or skip such files "
                       "with --skip-bad-files", decoder->tool);
}

static bool looks_like_text(const uint8_t *bytes, size_t length) {
    enum { LOOKED_AT = 4096, CUT_CHARACTER = 3 };
    bool whole = length <= LOOKED_AT;
    if (!whole) length = LOOKED_AT;
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] < ' ' && !memchr("\t\n\r", bytes[i], 3)) return false;
    }
    return ng_utf8_valid_prefix(bytes, length) + (whole ? 0 : CUT_CHARACTER) >= length;
}

/* A name that ends in .gz promises what only gzip gives: unless the content is plainly something else, a wrong start
 * means a damaged file. */
static int check_claim(const struct ng_stream *stream, struct ng_err *err) {
    const struct ng_decoder *claimed = claimed_decoder(stream->path);
    if (!claimed || stream->decoder) return NG_OK;
    if (stream->end < 4) return broken(stream, claimed, 0, "the file is cut short", err);
    if (looks_like_text(stream->input, stream->end)) return NG_OK;
    if (stream->end < MAGIC_BYTES) return broken(stream, claimed, 0, "the file is cut short", err);
    char reason[32];
    (void)snprintf(reason, sizeof reason, "not %s data", claimed->tool);
    return broken(stream, claimed, 0, reason, err);
}

/* No text starts with the bytes that start compressed streams. */
static int tell_format(struct ng_stream *stream, struct ng_err *err) {
    stream->is_told = true;
    while (stream->end < MAGIC_BYTES && !stream->at_end) {
        size_t length;
        int status = read_source(stream, stream->input + stream->end, INPUT_CAPACITY - stream->end, &length, err);
        if (status) return status;
        stream->end += length;
    }
    stream->decoder = find_decoder(stream->input, stream->end);
    if (!stream->decoder) return check_claim(stream, err);
    stream->part_open = true;
    stream->decoding = stream->decoder->open(stream->window_log);
    return stream->decoding ? NG_OK : ng_err_nomem(err, INPUT_CAPACITY, "a decoder");
}

static int read_plain(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    size_t held = stream->end - stream->begin; /* what was read ahead to tell the format */
    if (held == 0 && capacity >= SMALL_READ) {
        return stream->at_end ? NG_OK : read_source(stream, out, capacity, length, err);
    }
    int status = fill(stream, err);
    if (status) return status;
    held = stream->end - stream->begin;
    *length = held < capacity ? held : capacity;
    memcpy(out, stream->input + stream->begin, *length);
    stream->begin += *length;
    return NG_OK;
}

static int window_too_large(const struct ng_stream *stream, struct ng_err *err) {
    (void)ng_err_set(err, NG_ERR_LIMIT, "%s: %s window over 2^%u bytes (%s)", stream->path, stream->decoder->tool,
                     stream->window_log,
                     stream->window_log < NG_MAX_ZSTD_WINDOW_LOG ? "what fits the memory" : "NG_MAX_ZSTD_WINDOW_LOG");
    return ng_err_hint(err, "allow it with --long-window, which takes that much of the memory; or compress the "
                       "file again with a smaller window; or pipe it in (%s -dc FILE), with - as the name of the file",
                       stream->decoder->tool);
}

static int decode_some(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    struct ng_decode call = {.in = stream->input + stream->begin, .in_length = stream->end - stream->begin,
                             .out = out, .capacity = capacity};
    enum ng_decode_result result = stream->decoder->decode(stream->decoding, &call);
    stream->begin += call.in_used;
    *length = call.length;
    if (call.ended) {
        stream->part_open = false;
        stream->parts++;
    }
    switch (result) {
    case NG_DECODE_OK: return NG_OK;
    case NG_DECODE_NOMEM: return ng_err_nomem(err, UINT64_C(1) << stream->window_log, "a window (at most)");
    case NG_DECODE_WINDOW: return window_too_large(stream, err);
    case NG_DECODE_NOT_THIS:
        if (stream->parts == 0) return broken(stream, stream->decoder, *length, "a start that it does not know", err);
        return broken(stream, stream->decoder, 0, "bytes follow that are not part of it (trailing garbage)", err);
    case NG_DECODE_BROKEN: break;
    }
    return broken(stream, stream->decoder, *length, call.reason, err);
}

/* Passes over zeros behind a part. *drained: nothing is left. */
static int pass_zeros(struct ng_stream *stream, bool *drained, struct ng_err *err) {
    for (;;) {
        int status = fill(stream, err);
        *drained = stream->begin == stream->end;
        if (status || *drained || stream->part_open || stream->input[stream->begin] != 0) return status;
        while (stream->begin < stream->end && stream->input[stream->begin] == 0) stream->begin++;
    }
}

static int read_compressed(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length,
                           struct ng_err *err) {
    while (*length == 0) {
        bool drained;
        int status = pass_zeros(stream, &drained, err);
        if (status || (drained && !stream->part_open)) return status;
        stream->part_open = true;
        /* Also without input: the decoder may still hold output for which there was no room. */
        status = decode_some(stream, out, capacity, length, err);
        if (status) return status;
        if (drained && stream->part_open && *length == 0) {
            return broken(stream, stream->decoder, 0, "the file is cut short: it ends inside the stream", err);
        }
    }
    return NG_OK;
}

void ng_stream_limit_window(struct ng_stream *stream, uint64_t bytes) {
    unsigned most = bytes > UINT64_C(1) << NG_MAX_ZSTD_WINDOW_LOG ? NG_MAX_LONG_WINDOW_LOG : NG_MAX_ZSTD_WINDOW_LOG;
    stream->window_log = most;
    while (stream->window_log > WINDOW_LOG_LEAST && UINT64_C(1) << stream->window_log > bytes) stream->window_log--;
}

static int read_decompressed(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length,
                             struct ng_err *err) {
    *length = 0;
    if (capacity > MAX_OUTPUT) capacity = MAX_OUTPUT;
    int status = stream->is_told ? NG_OK : tell_format(stream, err);
    if (status) return status;
    status = stream->decoder ? read_compressed(stream, out, capacity, length, err)
                             : read_plain(stream, out, capacity, length, err);
    stream->out_bytes += *length;
    return status;
}

int ng_stream_peek(struct ng_stream *stream, const uint8_t **bytes, size_t *length, struct ng_err *err) {
    if (!stream->head) stream->head = malloc(NG_STREAM_HEAD_BYTES);
    if (!stream->head) return ng_err_nomem(err, NG_STREAM_HEAD_BYTES, "the start of a file");
    size_t got = 1;
    while (stream->head_end < NG_STREAM_HEAD_BYTES && got > 0 && !stream->late_status) {
        stream->late_status = read_decompressed(stream, stream->head + stream->head_end,
                                                NG_STREAM_HEAD_BYTES - stream->head_end, &got, &stream->late);
        if (!stream->late_status) stream->head_end += got;
    }
    if (stream->late_status && stream->head_end == 0) {
        if (err) *err = stream->late;
        return stream->late_status;
    }
    *bytes = stream->head + stream->head_begin;
    *length = stream->head_end - stream->head_begin;
    return NG_OK;
}

int ng_stream_read(struct ng_stream *stream, uint8_t *out, size_t capacity, size_t *length, struct ng_err *err) {
    assert(capacity > 0);
    size_t held = stream->head_end - stream->head_begin;
    *length = 0;
    if (held == 0 && stream->late_status) {
        if (err) *err = stream->late;
        return stream->late_status;
    }
    if (held == 0) return read_decompressed(stream, out, capacity, length, err);
    *length = held < capacity ? held : capacity;
    memcpy(out, stream->head + stream->head_begin, *length);
    stream->head_begin += *length;
    return NG_OK;
}

int ng_stream_append(struct ng_stream *stream, struct ng_buf *buf, size_t most, bool *at_end, struct ng_err *err) {
    size_t length = 0;
    int status = ng_buf_reserve(buf, most, err);
    if (!status) status = ng_stream_read(stream, buf->data + buf->length, most, &length, err);
    buf->length += length;
    *at_end = !status && length == 0;
    return status;
}

bool ng_stream_is_compressed(const struct ng_stream *stream) {
    return stream->decoder != NULL;
}

int ng_stream_hash(struct ng_stream *stream, struct ng_err *err) {
    assert(!stream->is_told && !stream->hash);
    stream->hash = XXH3_createState();
    if (!stream->hash) return ng_err_nomem(err, INPUT_CAPACITY, "a hash");
    (void)XXH3_128bits_reset(stream->hash);
    return NG_OK;
}

int ng_stream_finish_hash(struct ng_stream *stream, uint64_t *bytes, uint8_t xxh3_128[static 16], struct ng_err *err) {
    XXH128_canonical_t canonical;
    assert(stream->hash);
    while (!stream->at_end) {
        stream->begin = stream->end = 0;
        int status = read_source(stream, stream->input, INPUT_CAPACITY, &stream->end, err);
        if (status) return status;
    }
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(stream->hash));
    memcpy(xxh3_128, canonical.digest, sizeof canonical.digest);
    *bytes = stream->read_bytes;
    return NG_OK;
}

uint64_t ng_stream_input_bytes(const struct ng_stream *stream) {
    return stream->read_bytes - (stream->end - stream->begin);
}

void ng_stream_close(struct ng_stream *stream) {
    if (!stream) return;
    if (stream->decoding) stream->decoder->close(stream->decoding);
    if (stream->source.close) stream->source.close(stream->source.context);
    if (stream->owns_fd) (void)close(stream->fd);
    (void)XXH3_freeState(stream->hash);
    free(stream->head);
    free(stream->input);
    free(stream->path);
    free(stream);
}
