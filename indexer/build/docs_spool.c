#include "indexer/build/docs_spool.h"

#include <string.h>

/* Before the path and the metadata of a document; read by this build alone. */
struct head {
    uint64_t text_bytes;
    uint64_t line;
    uint64_t metadata_bytes;
    uint64_t path_bytes; /* its NUL included */
};

int ng_docs_spool_push(struct ng_spool_writer *file, const struct ng_document *document, struct ng_err *err) {
    const struct head head = {document->text_bytes, document->line, document->metadata_bytes,
                              strlen(document->path) + 1};
    int status = ng_spool_write(file, &head, sizeof head, err);
    if (!status) status = ng_spool_write(file, document->path, (size_t)head.path_bytes, err);
    return status ? status : ng_spool_write(file, document->metadata, document->metadata_bytes, err);
}

static int replay_one(const struct ng_spool *file, uint64_t *at, struct ng_buf *room, struct ng_docs_writer *docs,
                      struct ng_err *err) {
    struct head head;
    int status = ng_spool_read(file, *at, &head, sizeof head, err);
    if (status) return status;
    *at += sizeof head;
    uint64_t left = file->bytes - *at;
    if (head.path_bytes == 0 || head.path_bytes > left || head.metadata_bytes > left - head.path_bytes) {
        return ng_err_set(err, NG_ERR_IO, "%s is damaged", file->path);
    }
    size_t bytes = (size_t)(head.path_bytes + head.metadata_bytes);
    room->length = 0;
    status = ng_buf_reserve(room, bytes, err);
    if (!status) status = ng_spool_read(file, *at, room->data, bytes, err);
    if (status) return status;
    *at += bytes;
    room->data[head.path_bytes - 1] = '\0';
    return ng_docs_writer_push(docs, head.text_bytes, (const char *)room->data, head.line,
                               room->data + head.path_bytes, head.metadata_bytes, err);
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
