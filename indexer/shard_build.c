#include "indexer/shard_build.h"

#include <stdlib.h>
#include <string.h>

#include "common/container_write.h"
#include "common/file.h"
#include "common/shard_format.h"
#include "indexer/docs_write.h"
#include "indexer/encode.h"
#include "indexer/jump.h"
#include "indexer/sort.h"

struct ng_shard_build {
    uint64_t number;
    char name[NG_SHARD_NAME_BYTES];
    struct ng_container_writer *container;
    struct ng_docs_writer docs;
    struct ng_buf text; /* the documents, each with its terminator */
    uint64_t documents;
};

int ng_shard_build_open(struct ng_shard_build **build, const char *folder, uint64_t number, struct ng_err *err) {
    struct ng_shard_build *b = calloc(1, sizeof *b);
    if (!b) return ng_err_nomem(err, sizeof *b, "a shard");
    b->number = number;
    ng_shard_name_format(b->name, number);
    char *path = NULL;
    int status = ng_file_join(&path, folder, b->name, err);
    if (!status) status = ng_container_create(&b->container, path, err);
    if (!status) status = ng_docs_writer_init(&b->docs, b->container, err);
    free(path);
    if (status) {
        ng_shard_build_close(b);
        return status;
    }
    *build = b;
    return NG_OK;
}

int ng_shard_build_push(struct ng_shard_build *b, const struct ng_document *document, struct ng_err *err) {
    const uint8_t terminator = NG_TERMINATOR;
    int status = ng_buf_append(&b->text, document->text, document->text_bytes, err);
    if (!status) status = ng_buf_append(&b->text, &terminator, 1, err);
    if (!status) {
        status = ng_docs_writer_push(&b->docs, document->text_bytes, document->path, document->line,
                                     document->metadata, document->metadata_bytes, err);
    }
    b->documents++;
    return status;
}

uint64_t ng_shard_build_rows(const struct ng_shard_build *b) {
    return b->text.length;
}

static void report(const struct ng_shard_build *b, const struct ng_build_options *options, enum ng_build_stage stage,
                   uint64_t done, uint64_t total) {
    if (options->progress) options->progress(options->progress_context, stage, b->number, done, total);
}

static int encode(struct ng_shard_build *b, struct ng_sort *sort, uint64_t rows,
                  const struct ng_build_options *options, struct ng_err *err) {
    enum { PIECE = 1 << 15 };
    struct ng_encoder *encoder = NULL;
    struct ng_encoder_options encoding = {.rows = rows,
                                          .documents = b->documents,
                                          .sa_sample = options->sa_sample};
    struct ng_sort_row *piece = malloc(PIECE * sizeof *piece);
    int status = piece ? NG_OK : ng_err_nomem(err, PIECE * sizeof *piece, "rows");
    if (!status) status = ng_encoder_open(&encoder, b->container, &encoding, err);
    size_t count;
    for (uint64_t done = 0; !status && (count = ng_sort_read(sort, piece, PIECE)) > 0; done += count) {
        report(b, options, NG_BUILD_ENCODE, done, rows);
        status = ng_encoder_push(encoder, piece, count, err);
    }
    if (!status) status = ng_encoder_finish(encoder, err);
    ng_encoder_close(encoder);
    free(piece);
    return status;
}

int ng_shard_build_finish(struct ng_shard_build *b, const struct ng_build_options *options,
                          struct ng_manifest_shard *entry, struct ng_err *err) {
    uint64_t rows = b->text.length;
    struct ng_sort *sort = NULL;
    struct ng_container_written written;
    int status = ng_docs_writer_finish(&b->docs, rows, err);
    if (!status) status = ng_jump_write(b->container, b->text.data, b->text.length, err);
    report(b, options, NG_BUILD_SORT, 0, rows);
    if (!status) status = ng_sort_open(&sort, &b->text, b->documents, err);
    if (!status) status = encode(b, sort, rows, options, err);
    ng_sort_close(sort);
    report(b, options, NG_BUILD_PUBLISH, 0, rows);
    if (!status) status = ng_container_finish(b->container, &written, err);
    if (status) return status;
    *entry = (struct ng_manifest_shard){
        .bytes = written.bytes, .documents = b->documents, .text_bytes = rows - b->documents};
    memcpy(entry->file, b->name, sizeof entry->file);
    memcpy(entry->xxh3_128, written.xxh3_128, sizeof entry->xxh3_128);
    return NG_OK;
}

void ng_shard_build_close(struct ng_shard_build *b) {
    if (!b) return;
    ng_docs_writer_free(&b->docs);
    ng_container_writer_free(b->container);
    ng_buf_free(&b->text);
    free(b);
}
