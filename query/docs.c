#include "query/docs.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "common/checked.h"
#include "common/docs_format.h"
#include "common/le.h"

static int fail_open(const struct ng_container *container, struct ng_err *err, const char *why) {
    if (ng_container_status(container, err)) return NG_ERR_CORRUPT;
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: section %s: %s", container->path, NG_DOCS_SECTION, why);
    (void)ng_err_hint(err, "restore the file from a copy, or build the index again");
    return NG_ERR_CORRUPT;
}

/* Making a zstd context takes two thirds of the time of a look-up, so one is kept. Whoever needs it takes it away
 * meanwhile; a thread that finds none makes one for itself. */
struct ng_docs_spare {
    _Atomic(ZSTD_DCtx *) context;
};

static ZSTD_DCtx *take_context(const struct ng_docs *docs) {
    ZSTD_DCtx *context = atomic_exchange(&docs->spare->context, NULL);
    return context ? context : ZSTD_createDCtx();
}

static void give_back_context(const struct ng_docs *docs, ZSTD_DCtx *context) {
    (void)ZSTD_freeDCtx(atomic_exchange(&docs->spare->context, context));
}

void ng_docs_close(struct ng_docs *docs) {
    if (!docs || !docs->spare) return;
    give_back_context(docs, NULL);
    free(docs->spare);
    docs->spare = NULL;
}

int ng_docs_open(struct ng_docs *docs, struct ng_container *container, uint64_t rows, uint64_t documents,
                 struct ng_err *err) {
    struct ng_view view;
    *docs = (struct ng_docs){.rows = rows};
    int status = ng_container_view(container, NG_DOCS_META_SECTION, &docs->meta, err);
    if (!status) status = ng_container_view(container, NG_DOCS_SECTION, &view, err);
    if (!status) status = ng_ef_open(&docs->starts, &view, 0, err);
    if (!status) status = ng_ef_open(&docs->block_first, &view, docs->starts.end, err);
    if (!status) status = ng_ef_open(&docs->block_offset, &view, docs->block_first.end, err);
    if (status) return status;
    if (docs->starts.count != documents || docs->starts.bound != rows) {
        return fail_open(container, err, "document starts at odds with the shard");
    }
    if (docs->block_first.count < 2 || docs->block_first.count - 1 > documents ||
        docs->block_first.bound != documents + 1 || docs->block_offset.count != docs->block_first.count ||
        docs->block_offset.bound != docs->meta.length_bytes + 1) {
        return fail_open(container, err, "block directory at odds with section " NG_DOCS_META_SECTION);
    }
    if (docs->block_offset.end != view.length_bytes) return fail_open(container, err, "wrong length");
    docs->block_count = docs->block_first.count - 1;
    docs->spare = calloc(1, sizeof *docs->spare);
    return docs->spare ? NG_OK : ng_err_nomem(err, sizeof *docs->spare, "a shard's documents");
}

uint64_t ng_docs_count(const struct ng_docs *docs) {
    return docs->starts.count;
}

uint64_t ng_docs_start(const struct ng_docs *docs, uint64_t document) {
    return ng_ef_get(&docs->starts, document);
}

uint64_t ng_docs_end(const struct ng_docs *docs, uint64_t document) {
    if (document + 1 == docs->starts.count) return docs->rows - 1;
    uint64_t next = ng_ef_get(&docs->starts, document + 1);
    if (next > 0) return next - 1;
    ng_container_mark_damaged(docs->meta.container);
    return 0;
}

uint64_t ng_docs_of_position(const struct ng_docs *docs, uint64_t position) {
    bool starts_here;
    uint64_t before = ng_ef_rank(&docs->starts, position, &starts_here);
    if (starts_here) return before;
    if (before > 0) return before - 1;
    ng_container_mark_damaged(docs->meta.container);
    return 0;
}

static int fail_block(const struct ng_docs *docs, uint64_t block, struct ng_err *err, const char *why) {
    struct ng_container *container = docs->meta.container;
    if (ng_container_status(container, err)) return NG_ERR_CORRUPT;
    ng_container_mark_damaged(container);
    (void)ng_err_set(err, NG_ERR_CORRUPT, "%s: section %s: block %llu: %s", container->path, NG_DOCS_META_SECTION,
                     (unsigned long long)block, why);
    (void)ng_err_hint(err, "restore the file from a copy, or build the index again");
    return NG_ERR_CORRUPT;
}

/* One block of META. */
struct block {
    uint64_t number;
    uint64_t first_document;
    uint64_t end_document;
    uint64_t offset; /* in META, compressed */
    uint64_t packed_bytes;
    uint8_t *data; /* decompressed; owned */
    size_t length_bytes;
};

static int find_block(const struct ng_docs *docs, uint64_t document, struct block *block, struct ng_err *err) {
    bool starts_here;
    uint64_t number = ng_ef_rank(&docs->block_first, document, &starts_here);
    if (!starts_here) number--;
    if (number >= docs->block_count) return fail_block(docs, number, err, "no such block");
    uint64_t offset = ng_ef_get(&docs->block_offset, number);
    uint64_t end = ng_ef_get(&docs->block_offset, number + 1);
    *block = (struct block){.number = number,
                            .first_document = ng_ef_get(&docs->block_first, number),
                            .end_document = ng_ef_get(&docs->block_first, number + 1),
                            .offset = offset,
                            .packed_bytes = end - offset};
    /* A number from a damaged page may look right by chance. */
    int status = ng_container_status(docs->meta.container, err);
    if (status) return status;
    if (document < block->first_document || document >= block->end_document || offset >= end) {
        return fail_block(docs, number, err, "its directory is out of order");
    }
    if (!ng_view_check(&docs->meta, offset, end - offset)) return fail_block(docs, number, err, "not in the section");
    return NG_OK;
}

static int load_block(const struct ng_docs *docs, struct block *block, struct ng_err *err) {
    const uint8_t *packed = docs->meta.data + block->offset;
    size_t packed_bytes = (size_t)block->packed_bytes;
    /* Its error values are larger than any content. */
    unsigned long long length = ZSTD_getFrameContentSize(packed, packed_bytes);
    if (length < NG_DOCS_TRAILER_BYTES || length > NG_DOCS_MAX_BLOCK_BYTES) {
        return fail_block(docs, block->number, err, "its size is out of range");
    }
    block->length_bytes = (size_t)length;
    block->data = malloc(block->length_bytes);
    ZSTD_DCtx *decompressor = take_context(docs);
    int status = NG_OK;
    if (!block->data || !decompressor) {
        status = ng_err_nomem(err, length, "a block of metadata");
        goto out;
    }
    size_t got = ZSTD_decompressDCtx(decompressor, block->data, block->length_bytes, packed, packed_bytes);
    if (ZSTD_isError(got) || got != block->length_bytes) {
        status = fail_block(docs, block->number, err, "it does not decompress");
    }
out:
    give_back_context(docs, decompressor);
    return status;
}

/* Bytes [at, end) of a block, still to be read. */
struct cursor {
    const uint8_t *data;
    size_t at;
    size_t end;
};

static bool read_varint(struct cursor *cursor, uint64_t *value) {
    uint64_t result = 0;
    for (unsigned shift = 0; shift < 64 && cursor->at < cursor->end; shift += 7) {
        uint8_t byte = cursor->data[cursor->at++];
        uint64_t bits = byte & 0x7f;
        if (bits << shift >> shift != bits) return false;
        result |= bits << shift;
        if (byte < 0x80) {
            *value = result;
            return true;
        }
    }
    return false;
}

/* What the records of a block, read one after the other, say of the last one that was read. */
struct record {
    struct cursor next;
    uint64_t metadata_at;
    uint64_t metadata_bytes;
    uint64_t line;
    char *path; /* room for any path; owned */
    size_t path_bytes;
};

static bool read_path(struct record *record) {
    uint64_t shared;
    uint64_t added;
    if (!read_varint(&record->next, &shared) || !read_varint(&record->next, &added)) return false;
    if (shared > record->path_bytes || added > NG_DOCS_MAX_PATH_BYTES - shared) return false;
    if (added > record->next.end - record->next.at) return false;
    const uint8_t *bytes = record->next.data + record->next.at;
    if (memchr(bytes, '\0', (size_t)added)) return false;
    memcpy(record->path + shared, bytes, (size_t)added);
    record->next.at += (size_t)added;
    record->path_bytes = (size_t)(shared + added);
    return read_varint(&record->next, &record->line);
}

static bool read_record(struct record *record, uint64_t metadata_end) {
    uint64_t head;
    record->metadata_at += record->metadata_bytes;
    if (!read_varint(&record->next, &head)) return false;
    record->metadata_bytes = head >> 1;
    if (!ng_checked_range(record->metadata_at, record->metadata_bytes, metadata_end)) return false;
    if (head & 1) return read_path(record);
    return ng_checked_add(record->line, 1, &record->line);
}

static int find_record(const struct ng_docs *docs, const struct block *block, uint64_t document,
                       struct record *record, struct ng_err *err) {
    size_t records_end = block->length_bytes - NG_DOCS_TRAILER_BYTES;
    uint32_t record_bytes = ng_le_load32(block->data + records_end);
    if (record_bytes > records_end) return fail_block(docs, block->number, err, "its records are out of range");
    size_t metadata_end = records_end - record_bytes;
    record->next = (struct cursor){.data = block->data, .at = metadata_end, .end = records_end};
    record->path = malloc(NG_DOCS_MAX_PATH_BYTES + 1);
    if (!record->path) return ng_err_nomem(err, NG_DOCS_MAX_PATH_BYTES + 1, "a file name");
    for (uint64_t i = block->first_document; i <= document; i++) {
        if (!read_record(record, metadata_end)) return fail_block(docs, block->number, err, "a record is out of range");
    }
    record->path[record->path_bytes] = '\0';
    return NG_OK;
}

int ng_docs_source(const struct ng_docs *docs, uint64_t document, struct ng_doc_source *source, struct ng_err *err) {
    *source = (struct ng_doc_source){0};
    struct block block = {0};
    struct record record = {0};
    char *metadata = NULL;
    int status = find_block(docs, document, &block, err);
    if (!status) status = load_block(docs, &block, err);
    if (!status) status = find_record(docs, &block, document, &record, err);
    if (status) goto out;
    /* A NUL behind the metadata: they are a JSON object, and often used as a string. */
    metadata = malloc((size_t)record.metadata_bytes + 1);
    char *path = realloc(record.path, record.path_bytes + 1);
    if (path) record.path = path;
    if (!metadata) {
        status = ng_err_nomem(err, record.metadata_bytes, "metadata");
        goto out;
    }
    memcpy(metadata, block.data + record.metadata_at, (size_t)record.metadata_bytes);
    metadata[record.metadata_bytes] = '\0';
    *source = (struct ng_doc_source){
        .path = record.path, .line = record.line, .metadata = metadata, .metadata_bytes = record.metadata_bytes};
    record.path = NULL;
out:
    free(record.path);
    free(block.data);
    return status;
}

void ng_doc_source_free(struct ng_doc_source *source) {
    if (!source) return;
    free(source->path);
    free(source->metadata);
    *source = (struct ng_doc_source){0};
}
