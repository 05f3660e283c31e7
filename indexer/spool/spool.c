#include "indexer/spool/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/buf.h"
#include "common/os/file.h"

enum { BUFFER_BYTES = 1 << 18 };

struct ng_spool_writer {
    int fd;
    char *path;
    bool finished;
    uint8_t *buffer;
    size_t buffered;
    uint64_t length;
    XXH3_state_t *hash;
};

int ng_spool_create(struct ng_spool_writer **writer, const char *path, struct ng_err *err) {
    struct ng_spool_writer *w = calloc(1, sizeof *w);
    if (!w) return ng_err_nomem(err, sizeof *w, "a temporary file");
    int status = NG_OK;
    w->fd = -1;
    w->path = strdup(path);
    w->buffer = malloc(BUFFER_BYTES);
    w->hash = XXH3_createState();
    if (!w->path || !w->buffer || !w->hash) {
        status = ng_err_nomem(err, BUFFER_BYTES, "a temporary file");
        goto out;
    }
    (void)XXH3_64bits_reset(w->hash);
    w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (w->fd < 0) {
        status = ng_err_sys(err, errno, "cannot create %s", path);
        goto out;
    }
    *writer = w;
    w = NULL;
out:
    ng_spool_writer_free(w);
    return status;
}

static int flush(struct ng_spool_writer *w, struct ng_err *err) {
    (void)XXH3_64bits_update(w->hash, w->buffer, w->buffered);
    int status = ng_file_write(w->fd, w->buffer, w->buffered, w->path, err);
    w->buffered = 0;
    return status;
}

int ng_spool_write(struct ng_spool_writer *w, const void *bytes, size_t length, struct ng_err *err) {
    const uint8_t *next = bytes;
    w->length += length;
    while (length > 0) {
        int status = ng_fill(w->buffer, BUFFER_BYTES, &w->buffered, &next, &length) ? flush(w, err) : NG_OK;
        if (status) return status;
    }
    return NG_OK;
}

int ng_spool_finish(struct ng_spool_writer *w, struct ng_spool_sum *sum, struct ng_err *err) {
    int status = flush(w, err);
    if (!status && fsync(w->fd) != 0) status = ng_err_sys(err, errno, "cannot sync %s", w->path);
    if (status) return status;
    w->finished = true;
    if (sum) *sum = (struct ng_spool_sum){.bytes = w->length, .xxh3_64 = XXH3_64bits_digest(w->hash)};
    return NG_OK;
}

void ng_spool_writer_free(struct ng_spool_writer *w) {
    if (!w) return;
    if (w->fd >= 0) {
        (void)close(w->fd);
        if (!w->finished) (void)unlink(w->path);
    }
    (void)XXH3_freeState(w->hash);
    free(w->buffer);
    free(w->path);
    free(w);
}

int ng_spool_open(struct ng_spool *spool, const char *path, struct ng_err *err) {
    struct stat info;
    *spool = (struct ng_spool){.fd = -1, .path = strdup(path)};
    if (!spool->path) return ng_err_nomem(err, strlen(path) + 1, "a file name");
    spool->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (spool->fd < 0 || fstat(spool->fd, &info) != 0) {
        int status = ng_err_sys(err, errno, "cannot open %s", path);
        ng_spool_close(spool);
        return status;
    }
    spool->bytes = (uint64_t)info.st_size;
    return NG_OK;
}

int ng_spool_read(const struct ng_spool *spool, uint64_t offset, void *out, size_t length, struct ng_err *err) {
    return ng_file_read(spool->fd, offset, out, length, spool->path, err);
}

void ng_spool_close(struct ng_spool *spool) {
    if (!spool) return;
    if (spool->fd >= 0) (void)close(spool->fd);
    free(spool->path);
    *spool = (struct ng_spool){.fd = -1};
}

int ng_spool_measure(const char *path, struct ng_spool_sum *sum, struct ng_err *err) {
    struct ng_spool spool;
    int status = ng_spool_open(&spool, path, err);
    if (status) return status;
    XXH3_state_t *hash = XXH3_createState();
    uint8_t *buffer = malloc(BUFFER_BYTES);
    if (!hash || !buffer) status = ng_err_nomem(err, BUFFER_BYTES, "reading a temporary file");
    if (!status) (void)XXH3_64bits_reset(hash);
    for (uint64_t at = 0; at < spool.bytes && !status;) {
        size_t part = spool.bytes - at < BUFFER_BYTES ? (size_t)(spool.bytes - at) : BUFFER_BYTES;
        status = ng_spool_read(&spool, at, buffer, part, err);
        if (!status) (void)XXH3_64bits_update(hash, buffer, part);
        at += part;
    }
    if (!status) *sum = (struct ng_spool_sum){.bytes = spool.bytes, .xxh3_64 = XXH3_64bits_digest(hash)};
    (void)XXH3_freeState(hash);
    free(buffer);
    ng_spool_close(&spool);
    return status;
}
