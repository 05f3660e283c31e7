#include "indexer/build/docs_spool.h"

#include <string.h>

#include "common/base/le.h"

enum { TEXT_BYTES_AT = 0, LINE_AT = 8, METADATA_BYTES_AT = 16, PATH_BYTES_AT = 24, HEAD_BYTES = 28 };

int ng_docs_spool_push(struct ng_spool_writer *file, const struct ng_document *document, struct ng_err *err) {
    uint8_t head[HEAD_BYTES];
    size_t path_bytes = strlen(document->path);
    ng_le_store64(head + TEXT_BYTES_AT, document->text_bytes);
    ng_le_store64(head + LINE_AT, document->line);
    ng_le_store64(head + METADATA_BYTES_AT, document->metadata_bytes);
    ng_le_store32(head + PATH_BYTES_AT, (uint32_t)path_bytes);
    int status = ng_spool_write(file, head, sizeof head, err);
    if (!status) status = ng_spool_write(file, document->path, path_bytes, err);
    return status ? status : ng_spool_write(file, document->metadata, document->metadata_bytes, err);
}

static int replay_one(const struct ng_spool *file, uint64_t *at, struct ng_buf *room, struct ng_docs_writer *docs,
                      struct ng_err *err) {
    uint8_t head[HEAD_BYTES];
    int status = ng_spool_read(file, *at, head, sizeof head, err);
    if (status) return status;
    uint64_t metadata_bytes = ng_le_load64(head + METADATA_BYTES_AT);
    uint64_t path_bytes = ng_le_load32(head + PATH_BYTES_AT);
    *at += sizeof head;
    if (metadata_bytes > file->bytes || path_bytes + metadata_bytes > file->bytes - *at) {
        return ng_err_set(err, NG_ERR_IO, "%s is damaged", file->path);
    }
    room->length = 0;
    status = ng_buf_reserve(room, (size_t)(path_bytes + 1 + metadata_bytes), err);
    if (!status) status = ng_spool_read(file, *at, room->data, (size_t)path_bytes, err);
    if (status) return status;
    room->data[path_bytes] = '\0';
    uint8_t *metadata = room->data + path_bytes + 1;
    status = ng_spool_read(file, *at + path_bytes, metadata, (size_t)metadata_bytes, err);
    *at += path_bytes + metadata_bytes;
    if (status) return status;
    return ng_docs_writer_push(docs, ng_le_load64(head + TEXT_BYTES_AT), (const char *)room->data,
                               ng_le_load64(head + LINE_AT), metadata, metadata_bytes, err);
}

int ng_docs_spool_replay(const char *path, struct ng_docs_writer *docs, struct ng_err *err) {
    struct ng_spool file;
    struct ng_buf room = {0};
    int status = ng_spool_open(&file, path, err);
    if (status) return status;
    for (uint64_t at = 0; at < file.bytes && !status;) status = replay_one(&file, &at, &room, docs, err);
    ng_buf_free(&room);
    ng_spool_close(&file);
    return status;
}
