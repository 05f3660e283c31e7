#include "indexer/spool/files_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "common/base/le.h"
#include "common/os/file.h"

enum { SUM_BYTES = 8 };

struct ng_files_log {
    char *path;
    int fd;
    size_t written; /* of the records of the list */
    uint64_t count; /* files in them */
};

/* A record counts at its place only. */
static uint64_t sum_of(const uint8_t *record, size_t length, uint64_t number) {
    return XXH3_64bits_withSeed(record, length, number);
}

static int restore(const struct ng_files_log *log, uint64_t count, struct ng_files *files, struct ng_err *err) {
    const struct ng_file_record unlisted = {.path = ""};
    struct ng_map map = {0};
    struct ng_file_record record;
    int status = count > 0 ? ng_map_open(&map, log->path, false, err) : NG_OK;
    if (status == NG_ERR_NOTFOUND) status = NG_OK;
    const size_t length = (size_t)map.length_bytes;
    for (size_t at = 0, begin = 0; !status && files->count < count; begin = at) {
        bool whole = ng_files_next(map.data, length, &at, &record) && length - at >= SUM_BYTES &&
                     ng_le_load64(map.data + at) == sum_of(map.data + begin, at - begin, files->count);
        if (!whole) break;
        status = ng_files_add(files, &record, err);
        at += SUM_BYTES;
    }
    ng_map_close(&map);
    files->partial = files->partial || files->count < count;
    while (!status && files->count < count) status = ng_files_add(files, &unlisted, err);
    return status;
}

int ng_files_log_open(struct ng_files_log **out, const char *folder, uint64_t count, struct ng_files *files,
                      struct ng_err *err) {
    struct ng_files_log *log = calloc(1, sizeof *log);
    *out = log;
    if (!log) return ng_err_nomem(err, sizeof *log, "the list of files");
    log->fd = -1;
    int status = ng_file_join(&log->path, folder, NG_FILES_LOG, err);
    if (!status) status = restore(log, count, files, err);
    /* Under the same name: one that is killed before the records are back lacks them, and says so. */
    if (!status) log->fd = open(log->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (!status && log->fd < 0) status = ng_err_sys(err, errno, "cannot create %s", log->path);
    return status ? status : ng_files_log_add(log, files, err);
}

int ng_files_log_add(struct ng_files_log *log, const struct ng_files *files, struct ng_err *err) {
    struct ng_buf out = {0};
    struct ng_file_record record;
    int status = NG_OK;
    size_t at = log->written;
    while (!status && ng_files_next(files->records.data, files->records.length, &at, &record)) {
        const uint8_t *begin = files->records.data + log->written;
        status = ng_buf_append(&out, begin, at - log->written, err);
        if (!status) status = ng_buf_append_u64(&out, sum_of(begin, at - log->written, log->count++), err);
        log->written = at;
    }
    if (!status && out.length > 0) status = ng_file_write(log->fd, out.data, out.length, log->path, err);
    ng_buf_free(&out);
    return status;
}

void ng_files_log_close(struct ng_files_log *log) {
    if (!log) return;
    if (log->fd >= 0) (void)close(log->fd);
    free(log->path);
    free(log);
}
