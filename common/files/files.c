#include "common/files/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/le.h"
#include "common/files/files_format.h"

#define SECTION "FILE"

enum { HEAD_BYTES = 16, PARTIAL_AT = 8 };

int ng_files_add(struct ng_files *files, const struct ng_file_record *record, struct ng_err *err) {
    size_t path_bytes = strlen(record->path) + 1;
    int status = ng_buf_reserve(&files->records, NG_FILES_PATH_AT + path_bytes, err);
    if (!status) status = ng_buf_append_u64(&files->records, record->bytes, err);
    if (!status) status = ng_buf_append(&files->records, record->xxh3_128, NG_FILES_HASH_BYTES, err);
    if (!status) status = ng_buf_append(&files->records, record->path, path_bytes, err);
    if (!status) files->count++;
    return status;
}

bool ng_files_next(const uint8_t *bytes, size_t length, size_t *at, struct ng_file_record *record) {
    if (length - *at <= NG_FILES_PATH_AT) return false;
    const uint8_t *begin = bytes + *at;
    const uint8_t *end = memchr(begin + NG_FILES_PATH_AT, 0, length - *at - NG_FILES_PATH_AT);
    if (!end) return false;
    record->bytes = ng_le_load64(begin);
    memcpy(record->xxh3_128, begin + NG_FILES_HASH_AT, NG_FILES_HASH_BYTES);
    record->path = (const char *)begin + NG_FILES_PATH_AT;
    *at += (size_t)(end - begin) + 1;
    return true;
}

static int add_all(struct ng_files *files, const struct ng_view *view, struct ng_err *err) {
    if (view->length_bytes < HEAD_BYTES || !ng_view_check(view, 0, view->length_bytes)) {
        ng_container_mark_damaged(view->container);
        return ng_container_status(view->container, err);
    }
    const uint64_t count = ng_le_load64(view->data);
    const uint64_t partial = ng_le_load64(view->data + PARTIAL_AT);
    const size_t length = (size_t)view->length_bytes - HEAD_BYTES;
    struct ng_file_record record;
    uint64_t found = 0;
    size_t at = 0;
    while (ng_files_next(view->data + HEAD_BYTES, length, &at, &record) && record.path[0]) found++;
    if (at != length || found != count || partial > 1) ng_container_mark_damaged(view->container);
    int status = ng_container_status(view->container, err);
    if (!status) status = ng_buf_append(&files->records, view->data + HEAD_BYTES, length, err);
    if (status) return status;
    files->count += count;
    files->partial = files->partial || partial;
    return NG_OK;
}

int ng_files_read(struct ng_files *files, struct ng_container *container, struct ng_err *err) {
    struct ng_view view;
    int status = ng_container_view(container, SECTION, &view, err);
    if (!status) status = add_all(files, &view, err);
    ng_container_close(container);
    return status;
}

static int write_records(const struct ng_files *files, struct ng_container_writer *writer, struct ng_err *err) {
    const uint8_t *bytes = files->records.data;
    uint8_t head[HEAD_BYTES] = {0};
    struct ng_file_record record;
    uint64_t listed = 0;
    for (size_t at = 0; ng_files_next(bytes, files->records.length, &at, &record);) listed += record.path[0] != '\0';
    ng_le_store64(head, listed);
    ng_le_store64(head + PARTIAL_AT, files->partial);
    int status = ng_container_begin(writer, SECTION, err);
    if (!status) status = ng_container_write(writer, head, sizeof head, err);
    for (size_t at = 0, begin = 0; !status && ng_files_next(bytes, files->records.length, &at, &record); begin = at) {
        if (record.path[0]) status = ng_container_write(writer, bytes + begin, at - begin, err);
    }
    return status;
}

int ng_files_write(const struct ng_files *files, const char *path, struct ng_container_written *written,
                   struct ng_err *err) {
    struct ng_container_writer *writer = NULL;
    if (unlink(path) != 0 && errno != ENOENT) return ng_err_sys(err, errno, "cannot remove %s", path);
    int status = ng_container_create(&writer, path, err);
    if (!status) status = write_records(files, writer, err);
    if (!status) status = ng_container_finish(writer, written, err);
    ng_container_writer_free(writer);
    return status;
}

void ng_files_free(struct ng_files *files) {
    ng_buf_free(&files->records);
    *files = (struct ng_files){0};
}
