#include "indexer/write/docs_write.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/le.h"
#include "common/rank/ef.h"
#include "common/shard/docs_format.h"

enum {
    BLOCK_BYTES = 16384,
    COMPRESSION_LEVEL = 9,
    MAX_VARINT_BYTES = 10
};

/* Seven bits a byte, the lowest first; the top bit says that more follow. */
static size_t put_varint(uint8_t out[static MAX_VARINT_BYTES], uint64_t value) {
    size_t length = 0;
    for (; value >= 0x80; value >>= 7) out[length++] = (uint8_t)(value | 0x80);
    out[length++] = (uint8_t)value;
    return length;
}

static int append_varint(struct ng_buf *out, uint64_t value, struct ng_err *err) {
    uint8_t bytes[MAX_VARINT_BYTES];
    return ng_buf_append(out, bytes, put_varint(bytes, value), err);
}

int ng_docs_writer_init(struct ng_docs_writer *w, struct ng_container_writer *container, struct ng_err *err) {
    *w = (struct ng_docs_writer){.container = container};
    w->compressor = ZSTD_createCCtx();
    if (!w->compressor || ZSTD_isError(ZSTD_CCtx_setParameter(w->compressor, ZSTD_c_compressionLevel,
                                                              COMPRESSION_LEVEL))) {
        ng_docs_writer_free(w);
        return ng_err_nomem(err, 0, "a zstd compressor");
    }
    int status = ng_container_begin(container, NG_DOCS_META_SECTION, err);
    if (status) ng_docs_writer_free(w);
    return status;
}

/* Compresses the block into one zstd frame, which states its size, and starts the next block. */
static int flush_block(struct ng_docs_writer *w, struct ng_err *err) {
    uint32_t record_bytes = (uint32_t)w->records.length;
    int status = ng_buf_append(&w->metadata, w->records.data, w->records.length, err);
    if (!status) status = ng_buf_append_u32(&w->metadata, record_bytes, err);
    if (!status) status = ng_buf_reserve(&w->packed, ZSTD_compressBound(w->metadata.length), err);
    if (status) return status;
    size_t packed = ZSTD_compress2(w->compressor, w->packed.data, w->packed.capacity, w->metadata.data,
                                   w->metadata.length);
    /* The room is enough, so memory is all that can be short. */
    if (ZSTD_isError(packed)) return ng_err_nomem(err, w->metadata.length, "compressing metadata");
    status = ng_container_write(w->container, w->packed.data, packed, err);
    w->meta_bytes += packed;
    w->metadata.length = 0;
    w->records.length = 0;
    w->path.length = 0;
    w->line = 0;
    return status;
}

static int begin_block(struct ng_docs_writer *w, struct ng_err *err) {
    int status = ng_buf_append_u64(&w->block_first, w->document_count, err);
    return status ? status : ng_buf_append_u64(&w->block_offset, w->meta_bytes, err);
}

static size_t common_prefix(const struct ng_buf *a, const char *b, size_t length) {
    size_t common = 0;
    while (common < a->length && common < length && a->data[common] == (uint8_t)b[common]) common++;
    return common;
}

/* A line of JSON follows the one before it in the same file more often than not; then its length is all there
 * is to say. */
static int append_record(struct ng_docs_writer *w, const char *path, size_t path_bytes, uint64_t line,
                         uint64_t metadata_bytes, struct ng_err *err) {
    size_t shared = common_prefix(&w->path, path, path_bytes);
    bool follows = shared == path_bytes && shared == w->path.length && line > 0 && line - 1 == w->line;
    w->line = line;
    int status = append_varint(&w->records, metadata_bytes << 1 | (follows ? 0 : 1), err);
    if (follows || status) return status;
    status = append_varint(&w->records, shared, err);
    if (!status) status = append_varint(&w->records, path_bytes - shared, err);
    if (!status) status = ng_buf_append(&w->records, path + shared, path_bytes - shared, err);
    if (!status) status = append_varint(&w->records, line, err);
    w->path.length = shared;
    return status ? status : ng_buf_append(&w->path, path + shared, path_bytes - shared, err);
}

int ng_docs_writer_push(struct ng_docs_writer *w, uint64_t text_bytes, const char *path, uint64_t line,
                        const uint8_t *metadata, uint64_t metadata_bytes, struct ng_err *err) {
    size_t path_bytes = strlen(path);
    if (path_bytes > NG_DOCS_MAX_PATH_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "%.80s...: path over %d bytes", path, NG_DOCS_MAX_PATH_BYTES);
    }
    if (metadata_bytes > NG_MAX_METADATA_BYTES) {
        return ng_err_set(err, NG_ERR_LIMIT, "%s:%llu: metadata over %llu bytes", path, (unsigned long long)line,
                          (unsigned long long)NG_MAX_METADATA_BYTES);
    }
    int status = NG_OK;
    uint64_t filled = w->metadata.length + w->records.length;
    if (filled > 0 && filled + path_bytes + metadata_bytes > BLOCK_BYTES) status = flush_block(w, err);
    if (!status && w->records.length == 0) status = begin_block(w, err);
    if (!status) status = append_record(w, path, path_bytes, line, metadata_bytes, err);
    if (!status) status = ng_buf_append(&w->metadata, metadata, (size_t)metadata_bytes, err);
    if (!status) status = append_varint(&w->lengths, text_bytes, err);
    if (!status) status = ng_ids_writer_push(&w->ids, metadata, metadata_bytes, err);
    w->document_count++;
    w->text_bytes += text_bytes;
    return status;
}

/* The start of each document, in positions of the shard's text: one terminator byte follows every document. */
static int append_starts(const struct ng_docs_writer *w, uint64_t rows, struct ng_buf *out, struct ng_err *err) {
    struct ng_ef_builder starts;
    int status = ng_ef_builder_init(&starts, w->document_count, rows, err);
    if (status) return status;
    uint64_t start = 0;
    const uint8_t *next = w->lengths.data;
    for (uint64_t i = 0; i < w->document_count; i++) {
        ng_ef_builder_push(&starts, start);
        unsigned shift = 0;
        for (; *next & 0x80; shift += 7) start += (uint64_t)(*next++ & 0x7f) << shift;
        start += ((uint64_t)*next++ << shift) + 1;
    }
    status = ng_ef_builder_finish(&starts, out, err);
    ng_ef_builder_free(&starts);
    return status;
}

/* An array of u64, and its end as a last element. */
static int append_directory(const struct ng_buf *array, uint64_t end, struct ng_buf *out, struct ng_err *err) {
    struct ng_ef_builder numbers;
    size_t count = array->length / sizeof(uint64_t);
    int status = ng_ef_builder_init(&numbers, count + 1, end + 1, err);
    if (status) return status;
    for (size_t i = 0; i < count; i++) ng_ef_builder_push(&numbers, ng_le_load64(array->data + i * sizeof(uint64_t)));
    ng_ef_builder_push(&numbers, end);
    status = ng_ef_builder_finish(&numbers, out, err);
    ng_ef_builder_free(&numbers);
    return status;
}

int ng_docs_writer_finish(struct ng_docs_writer *w, uint64_t rows, struct ng_err *err) {
    assert(w->document_count > 0 && rows == w->text_bytes + w->document_count);
    struct ng_buf section = {0};
    int status = flush_block(w, err);
    if (!status) status = append_starts(w, rows, &section, err);
    if (!status) status = append_directory(&w->block_first, w->document_count, &section, err);
    if (!status) status = append_directory(&w->block_offset, w->meta_bytes, &section, err);
    if (!status) {
        status = ng_container_write_section(w->container, NG_DOCS_SECTION, section.data, section.length, err);
    }
    ng_buf_free(&section);
    return status;
}

void ng_docs_writer_free(struct ng_docs_writer *w) {
    if (!w) return;
    (void)ZSTD_freeCCtx(w->compressor);
    ng_ids_writer_free(&w->ids);
    ng_buf_free(&w->metadata);
    ng_buf_free(&w->records);
    ng_buf_free(&w->packed);
    ng_buf_free(&w->path);
    ng_buf_free(&w->lengths);
    ng_buf_free(&w->block_first);
    ng_buf_free(&w->block_offset);
    *w = (struct ng_docs_writer){0};
}
